// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_status.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "nlohmann/json.hpp"

namespace rollout::gitops {
namespace {

// GitHub's limit, of characters; a byte is one at most.
constexpr size_t kMaxDescription = 140;

const char* StateName(CommitState state) {
  switch (state) {
    case CommitState::kPending:
      return "pending";
    case CommitState::kSuccess:
      return "success";
    case CommitState::kFailure:
      return "failure";
    case CommitState::kError:
      return "error";
  }
  return "error";
}

std::string Cut(absl::string_view description) {
  std::string text = ToUtf8(description);
  if (text.size() <= kMaxDescription) return text;
  constexpr absl::string_view kMore = "...";
  text.resize(kMaxDescription - kMore.size());
  text.resize(ValidUtf8Prefix(text));
  return absl::StrCat(text, kMore);
}

std::string Body(const CommitStatus& status) {
  nlohmann::json body = {{"state", StateName(status.state)},
                         {"context", absl::StrCat("rollout/", status.source)},
                         {"description", Cut(status.description)}};
  if (!status.target_url.empty()) body["target_url"] = status.target_url;
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<std::string> ReadToken(FileSystem& files,
                                      const std::string& path) {
  ASSIGN_OR_RETURN(std::string token, files.Read(path));
  absl::StripAsciiWhitespace(&token);
  const bool is_word = !token.empty() && std::all_of(token.begin(), token.end(),
                                                     absl::ascii_isgraph);
  if (!is_word) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": not a token: write the forge's token and nothing else"));
  }
  return token;
}

// Unavailable: another try may help.
absl::Status Judge(int http_status) {
  if (http_status >= 200 && http_status < 300) return absl::OkStatus();
  const std::string said =
      absl::StrCat("the forge answered with status ", http_status);
  if (http_status >= 500 || http_status == 408 || http_status == 429) {
    return absl::UnavailableError(said);
  }
  if (http_status == 401 || http_status == 403 || http_status == 404) {
    return absl::PermissionDeniedError(
        absl::StrCat(said,
                     ": give it a token that may write commit statuses of this "
                     "repository"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(said, ": look at the address of its API"));
}

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

CommitStatusReporter::CommitStatusReporter(std::map<std::string, Forge> forges,
                                           const CommitStatusSettings& settings,
                                           FileSystem& files,
                                           prometheus::Registry& registry)
    : forges_(std::move(forges)),
      settings_(settings),
      files_(files),
      statuses_(
          prometheus::BuildCounter()
              .Name("rollout_commit_statuses_total")
              .Help("Statuses of commits for forges, by what became of them.")
              .Register(registry)),
      sent_(statuses_.Add({{"outcome", "sent"}})),
      failed_(statuses_.Add({{"outcome", "failed"}})),
      dropped_(statuses_.Add({{"outcome", "dropped"}})),
      exchange_(settings.bounds),
      thread_([this] { Run(); }) {}

CommitStatusReporter::~CommitStatusReporter() { Stop(); }

void CommitStatusReporter::Report(CommitStatus status) {
  if (forges_.count(status.source) == 0) return;
  MutexLock lock(&mutex_);
  auto older = Find(status);
  if (older != waiting_.end()) waiting_.erase(older);
  if (waiting_.size() >= settings_.max_waiting) {
    waiting_.pop_front();
    dropped_.Increment();
  }
  waiting_.push_back({std::move(status),
                      Backoff(settings_.first_wait, settings_.longest_wait)});
  changed_.NotifyAll();
}

void CommitStatusReporter::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  exchange_.Cancel();
  if (thread_.joinable()) thread_.join();
}

void CommitStatusReporter::Run() {
  while (std::optional<Waiting> waiting = Next()) {
    const absl::Status sent = Send(waiting->status);
    Settle(*std::move(waiting), sent);
  }
}

std::optional<CommitStatusReporter::Waiting> CommitStatusReporter::Next() {
  MutexLock lock(&mutex_);
  while (!stopped_) {
    auto first = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
    if (first == waiting_.end()) {
      changed_.Wait(&mutex_);
      continue;
    }
    const absl::Duration left = first->due - clock_.Uptime();
    if (left > absl::ZeroDuration()) {
      changed_.WaitFor(&mutex_, left);
      continue;
    }
    Waiting next = std::move(*first);
    waiting_.erase(first);
    return next;
  }
  return std::nullopt;
}

absl::Status CommitStatusReporter::Send(const CommitStatus& status) {
  const Forge& forge = forges_.at(status.source);
  ASSIGN_OR_RETURN(std::string token, ReadToken(files_, forge.token_file));
  HttpQuestion question;
  question.method = "POST";
  question.url = absl::StrCat(forge.api, "/repos/", forge.repository,
                              "/statuses/", status.commit);
  question.headers = {{"Authorization", absl::StrCat("token ", token)},
                      {"Accept", "application/json"},
                      {"Content-Type", "application/json"}};
  question.body = Body(status);
  question.ca_file = forge.ca_file;
  ASSIGN_OR_RETURN(HttpAnswer answer, exchange_.Ask(question));
  return Judge(answer.status);
}

void CommitStatusReporter::Settle(Waiting waiting, const absl::Status& sent) {
  MutexLock lock(&mutex_);
  if (sent.ok()) {
    sent_.Increment();
    return;
  }
  // A newer one takes its place.
  if (stopped_ || Find(waiting.status) != waiting_.end()) return;
  if (MayPass(sent) && ++waiting.tries < settings_.max_tries &&
      waiting_.size() < settings_.max_waiting) {
    waiting.due = clock_.Uptime() + waiting.backoff.Next(random_);
    waiting_.push_front(std::move(waiting));
    return;
  }
  failed_.Increment();
  LogWarning("the status of commit ", waiting.status.commit, " of source ",
             waiting.status.source, " could not be reported to ",
             forges_.at(waiting.status.source).api, ": ", sent.message());
}

std::list<CommitStatusReporter::Waiting>::iterator CommitStatusReporter::Find(
    const CommitStatus& status) {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [&](const Waiting& waiting) {
                        return waiting.status.source == status.source &&
                               waiting.status.commit == status.commit;
                      });
}

}  // namespace rollout::gitops
