// SPDX-License-Identifier: Apache-2.0
//
// rollout-fetch: brings a branch of a Git repository here, or leaves a note
// there. Started by the controller for each. Wiring only.
//
//   rollout-fetch [--note] REQUEST_FILE ANSWER_FILE
//
// The files, absolute paths, hold a FetchRequest, or a NoteRequest, and a
// FetchAnswer (controller/gitops/fetch.proto). Exits 0 with a result, 1 with a
// failure, 2 without an answer and with a line on standard error.

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
#include "controller/gitops/fetch/note_push.h"
#include "controller/gitops/fetch/process_limits.h"

namespace rollout::gitops {
namespace {

struct CommandLine {
  bool note = false;
  std::string request_file;
  std::string answer_file;
};

absl::StatusOr<FetchResult> Answer(const CommandLine& line, FileSystem& files) {
  ASSIGN_OR_RETURN(std::string bytes, files.Read(line.request_file));
  GitLibrary library;
  if (line.note) {
    NoteRequest request;
    if (!request.ParseFromString(bytes)) {
      return absl::InvalidArgumentError(line.request_file +
                                        " is no NoteRequest");
    }
    RETURN_IF_ERROR(PushNote(request, files));
    return FetchResult();
  }
  FetchRequest request;
  if (!request.ParseFromString(bytes)) {
    return absl::InvalidArgumentError(line.request_file +
                                      " is no FetchRequest");
  }
  return FetchBranch(request, files);
}

// The standard library throws where memory ends, libgit2 does not.
absl::StatusOr<std::string> AnswerOrRunOut(const CommandLine& line,
                                           FileSystem& files) {
  try {
    FetchAnswer answer;
    ASSIGN_OR_RETURN(*answer.mutable_result(), Answer(line, files));
    return answer.SerializeAsString();
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a fetch may use 512 MiB of memory: ", error.what()));
  }
}

int Main(int count, char** words) {
  const bool note = count > 1 && std::string(words[1]) == "--note";
  if (count != (note ? 4 : 3)) {
    LogError("usage: rollout-fetch [--note] REQUEST_FILE ANSWER_FILE");
    return 2;
  }
  const CommandLine line = {note, words[count - 2], words[count - 1]};
  LimitProcess();
  PosixFileSystem files;
  absl::StatusOr<std::string> answer = AnswerOrRunOut(line, files);
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
  absl::Status written = files.WriteAtomically(line.answer_file, *answer);
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
