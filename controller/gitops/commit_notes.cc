// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_notes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace rollout::gitops {
namespace {

using Json = nlohmann::ordered_json;

// An object that is to be gone on with: without its last brace.
std::string Open(const Json& object) {
  std::string text =
      object.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text + ",";
}

}  // namespace

CommitNotes::CommitNotes(std::map<std::string, NoteTarget> targets,
                         std::string controller, NotePusher& pusher,
                         const Clock& clock)
    : targets_(std::move(targets)),
      controller_(std::move(controller)),
      pusher_(pusher),
      clock_(clock) {}

bool CommitNotes::Takes(const std::string& source) const {
  return targets_.count(source) != 0;
}

absl::Status CommitNotes::Send(const CommitStatus& status) {
  const NoteTarget& target = targets_.at(status.source);
  NoteRequest request;
  request.set_url(target.url);
  *request.mutable_credentials() = target.credentials;
  request.set_repository(target.directory);
  request.set_commit(status.commit);
  request.set_author(controller_);
  // The context comes first and the time last, so that a line is known by how
  // it begins, and one that says the same already by almost all of it.
  Json line = {{"context", ContextOf(status)}};
  request.set_key(Open(line));
  line["state"] = StateName(status.state);
  line["description"] = ShortDescription(status);
  if (!status.target_url.empty()) line["target_url"] = status.target_url;
  line["controller"] = controller_;
  request.set_saying(Open(line));
  request.set_line(absl::StrCat(
      request.saying(), "\"time\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", clock_.Now(), absl::UTCTimeZone()),
      "\"}"));
  return pusher_.PushNote(request);
}

std::string CommitNotes::PlaceOf(const std::string& source) const {
  return targets_.at(source).url;
}

}  // namespace rollout::gitops
