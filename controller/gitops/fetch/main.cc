// SPDX-License-Identifier: Apache-2.0
//
// rollout-fetch: brings a branch of a Git repository here. Started by the
// controller for each fetch. Wiring only.
//
//   rollout-fetch REQUEST_FILE ANSWER_FILE
//
// The files, absolute paths, hold a FetchRequest and a FetchAnswer
// (controller/gitops/fetch.proto). Exits 0 with a result, 1 with a failure, 2
// without an answer and with a line on standard error.

#include <exception>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch.pb.h"
#include "controller/gitops/fetch/branch_fetch.h"
#include "controller/gitops/fetch/git_library.h"
#include "controller/gitops/fetch/process_limits.h"

namespace rollout::gitops {
namespace {

absl::StatusOr<std::string> Answer(const std::string& request_file,
                                   FileSystem& files) {
  ASSIGN_OR_RETURN(std::string bytes, files.Read(request_file));
  FetchRequest request;
  if (!request.ParseFromString(bytes)) {
    return absl::InvalidArgumentError(request_file + " is no FetchRequest");
  }
  GitLibrary library;
  FetchAnswer answer;
  ASSIGN_OR_RETURN(*answer.mutable_result(), FetchBranch(request, files));
  return answer.SerializeAsString();
}

// The standard library throws where memory ends, libgit2 does not.
absl::StatusOr<std::string> AnswerOrRunOut(const std::string& request_file,
                                           FileSystem& files) {
  try {
    return Answer(request_file, files);
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a fetch may use 512 MiB of memory: ", error.what()));
  }
}

int Main(int count, char** words) {
  if (count != 3) {
    LogError("usage: rollout-fetch REQUEST_FILE ANSWER_FILE");
    return 2;
  }
  LimitProcess();
  PosixFileSystem files;
  absl::StatusOr<std::string> answer = AnswerOrRunOut(words[1], files);
  LiftMemoryLimit();
  const bool found = answer.ok();
  if (!found) {
    FetchAnswer failure;
    failure.mutable_failure()->set_code(
        static_cast<int>(answer.status().code()));
    failure.mutable_failure()->set_message(
        std::string(answer.status().message()));
    answer = failure.SerializeAsString();
  }
  absl::Status written = files.WriteAtomically(words[2], *answer);
  if (!written.ok()) {
    LogError(written.message());
    return 2;
  }
  return found ? 0 : 1;
}

}  // namespace
}  // namespace rollout::gitops

int main(int count, char** words) {
  return rollout::gitops::Main(count, words);
}
