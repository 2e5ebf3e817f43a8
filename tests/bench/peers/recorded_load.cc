// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/recorded_load.h"

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "base/status_macros.h"

namespace rollout::bench {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
// Of those that keep a connection: it lasts a tenth of a second.
constexpr int kRequestsOfConnection = 20;
constexpr absl::Duration kThinkTime = absl::Milliseconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<RecordedLoad>> RecordedLoad::Start(
    absl::string_view target, const load::Protocol& protocol) {
  ASSIGN_OR_RETURN(load::Peer peer, load::MakePeer(target, kTimeout));
  auto load = absl::WrapUnique(new RecordedLoad(peer, protocol));
  load->asking_ = load::ConnectionLoad::Start(
      [self = load.get()] { return self->Ask(); }, kClients);
  load::LoadOptions options;
  options.address = std::string(target);
  options.protocol = protocol;
  options.clients = kKeepingClients;
  options.timeout = kTimeout;
  options.requests_per_connection = kRequestsOfConnection;
  options.think_time = kThinkTime;
  ASSIGN_OR_RETURN(load->keeping_, load::ConnectionLoad::Start(options));
  return load;
}

load::Answer RecordedLoad::Ask() {
  SeenRequest request;
  request.start = clock_.Now();
  load::Conversation conversation(peer_, protocol_);
  load::Answer answer = conversation.Ask(protocol_.only_request);
  request.end = clock_.Now();
  if (answer.outcome == load::Outcome::kOk) {
    request.answer = std::string(absl::StripAsciiWhitespace(answer.body));
  }
  MutexLock lock(&mutex_);
  ++counts_[request.answer];
  requests_.push_back(std::move(request));
  return answer;
}

int64_t RecordedLoad::Count(const std::string& answer) const {
  MutexLock lock(&mutex_);
  auto found = counts_.find(answer);
  return found == counts_.end() ? 0 : found->second;
}

void RecordedLoad::Stop() {
  asking_->Stop();
  keeping_->Stop();
}

std::vector<SeenRequest> RecordedLoad::Requests() const {
  MutexLock lock(&mutex_);
  return requests_;
}

std::vector<std::string> RecordedLoad::Failures() const {
  std::vector<std::string> failures = asking_->Result().failures();
  const load::LoadResult kept = keeping_->Result();
  for (const std::string& failure : kept.failures()) {
    failures.push_back("kept: " + failure);
  }
  return failures;
}

}  // namespace rollout::bench
