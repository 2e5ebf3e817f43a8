// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch_process.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/subprocess.h"
#include "base/utf8.h"

namespace rollout::gitops {
namespace {

// 64 MiB of manifests, and what is told of them.
constexpr uint64_t kAnswerBytes = 80u << 20;

// The files of one fetch, gone with this.
class FetchFiles {
 public:
  FetchFiles(const std::string& repository, FileSystem* files)
      : request(repository + ".request"),
        answer(repository + ".answer"),
        files_(*files) {}
  ~FetchFiles() {
    (void)files_.RemoveAll(request);
    (void)files_.RemoveAll(answer);
  }
  FetchFiles(const FetchFiles&) = delete;
  FetchFiles& operator=(const FetchFiles&) = delete;

  const std::string request;
  const std::string answer;

 private:
  FileSystem& files_;
};

// Of an end that leaves no answer.
absl::Status EndStatus(const CommandResult& result) {
  std::string how =
      absl::StrCat("rollout-fetch ", DescribeWaitStatus(result.wait_status));
  if (WIFSIGNALED(result.wait_status)) {
    // libgit2 writes packs through mapped memory: a full disk is a signal.
    if (WTERMSIG(result.wait_status) == SIGBUS) {
      return absl::ResourceExhaustedError(absl::StrCat(
          how, ": the disk is full: make room below the controller's dataDir"));
    }
    if (WTERMSIG(result.wait_status) == SIGKILL) {
      return absl::ResourceExhaustedError(absl::StrCat(
          how,
          ", by the kernel if nobody else: the machine has no memory "
          "left: give the controller's more"));
    }
  }
  return absl::InternalError(absl::StrCat(how, ": ", ToUtf8(result.output)));
}

}  // namespace

FetchProcess::FetchProcess(std::string program, FileSystem* files,
                           absl::Duration timeout)
    : program_(std::move(program)),
      files_(*files),
      timeout_(timeout),
      stopped_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(stopped_.valid());
}

absl::StatusOr<FetchResult> FetchProcess::Fetch(const FetchRequest& request) {
  return Run(
      {"", request.SerializeAsString(), request.url(), request.repository()});
}

absl::Status FetchProcess::PushNote(const NoteRequest& request) {
  return Run({"--note", request.SerializeAsString(), request.url(),
              request.repository()})
      .status();
}

absl::StatusOr<FetchResult> FetchProcess::Run(const Work& work) {
  const std::filesystem::path repository = work.repository;
  RETURN_IF_ERROR(files_.MakeDirectories(repository.parent_path().string()));
  FetchFiles files(repository.string(), &files_);
  RETURN_IF_ERROR(files_.RemoveAll(files.answer));
  RETURN_IF_ERROR(files_.WriteAtomically(files.request, work.request));

  Command command;
  command.arguments = {program_};
  if (!work.flag.empty()) command.arguments.push_back(work.flag);
  command.arguments.insert(command.arguments.end(),
                           {files.request, files.answer});
  // For gpgv and ssh-keygen.
  command.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  command.timeout = timeout_;
  command.cancel_fd = stopped_.get();
  absl::StatusOr<CommandResult> result = RunCommand(command);
  if (!result.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(result.status().message(),
                     ": install rollout-fetch beside rollout-controller"));
  }
  switch (result->end) {
    case CommandResult::End::kCancelled:
      return absl::CancelledError(
          "rollout-fetch was ended: the controller stops");
    case CommandResult::End::kTimedOut:
      return absl::DeadlineExceededError(absl::StrCat(
          work.url, ": rollout-fetch was ended after ",
          absl::FormatDuration(timeout_),
          ": the repository is too large or the way to it too slow"));
    case CommandResult::End::kExited:
      break;
  }
  if (!WIFEXITED(result->wait_status) || WEXITSTATUS(result->wait_status) > 1) {
    return WithContext(EndStatus(*result), work.url);
  }
  return ReadAnswer(files.answer);
}

void FetchProcess::Stop() { eventfd_write(stopped_.get(), 1); }

absl::StatusOr<FetchResult> FetchProcess::ReadAnswer(const std::string& path) {
  ASSIGN_OR_RETURN(FileInfo info, files_.Stat(path));
  if (info.size > kAnswerBytes) {
    return absl::InternalError(
        absl::StrCat("rollout-fetch has answered with ", info.size, " bytes"));
  }
  ASSIGN_OR_RETURN(std::string bytes, files_.Read(path));
  FetchAnswer answer;
  if (!answer.ParseFromString(bytes)) {
    return absl::InternalError(
        "rollout-fetch has answered with no FetchAnswer");
  }
  if (answer.has_result()) return std::move(*answer.mutable_result());
  return absl::Status(static_cast<absl::StatusCode>(answer.failure().code()),
                      answer.failure().message());
}

}  // namespace rollout::gitops
