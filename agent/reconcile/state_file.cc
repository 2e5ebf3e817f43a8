// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/state_file.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/checked_file.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

std::string StatePath(const std::string& state_directory) {
  return absl::StrCat(state_directory, "/assignment.pb");
}

// Reads one message. False: there is none, or it was damaged and put aside.
template <typename Message>
absl::StatusOr<bool> ReadMessage(FileSystem& files, const std::string& path,
                                 absl::Time now, Message* message,
                                 std::vector<std::string>* damage) {
  absl::StatusOr<std::string> content = ReadCheckedFile(files, path);
  if (content.ok() && message->ParseFromString(*content)) return true;
  if (absl::IsNotFound(content.status())) return false;
  if (!content.ok() && !absl::IsDataLoss(content.status())) {
    return content.status();
  }
  ASSIGN_OR_RETURN(std::string aside, SetAside(files, path, now));
  damage->push_back(absl::StrCat(
      path, " was damaged and is kept as ", aside,
      ": look at the disk; what it said is asked of the controller again"));
  return false;
}

}  // namespace

absl::StatusOr<FoundState> ReadState(FileSystem& files,
                                     const std::string& state_directory,
                                     absl::Time now) {
  FoundState found;
  absl::StatusOr<bool> read = ReadMessage(files, StatePath(state_directory),
                                          now, &found.state, &found.damage);
  RETURN_IF_ERROR(read.status());
  if (!*read) found.state.Clear();
  const std::string directory = absl::StrCat(state_directory, "/reports");
  RETURN_IF_ERROR(files.MakeDirectories(directory));
  ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(directory));
  for (const std::string& name : names) {
    if (absl::StrContains(name, ".corrupt-") || absl::EndsWith(name, ".new")) {
      continue;
    }
    v1::SwapReport report;
    read = ReadMessage(files, absl::StrCat(directory, "/", name), now, &report,
                       &found.damage);
    RETURN_IF_ERROR(read.status());
    if (*read) found.reports.push_back(std::move(report));
  }
  return found;
}

absl::Status WriteState(FileSystem& files, const std::string& state_directory,
                        const v1::AgentState& state) {
  return WriteCheckedFile(files, StatePath(state_directory),
                          state.SerializeAsString());
}

}  // namespace rollout::agent
