// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/wait_until.h"

namespace rollout::e2e {
namespace {

// As exec(3) wants them; they point into `words`.
std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) {
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(
    const std::vector<std::string>& arguments, const std::string& log,
    const std::optional<std::vector<std::string>>& environment) {
  std::vector<char*> argv = Pointers(arguments);
  std::vector<char*> variables;
  if (environment) variables = Pointers(*environment);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t pid;
  int error = posix_spawn(&pid, argv[0], &files, nullptr, argv.data(),
                          environment ? variables.data() : environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    return absl::ErrnoToStatus(error, absl::StrCat("start ", arguments[0]));
  }
  return absl::WrapUnique(new Process(pid));
}

Process::~Process() {
  Signal(SIGKILL);
  Wait(absl::InfiniteDuration());
}

bool Process::Running() { return !Wait(absl::ZeroDuration()).has_value(); }

void Process::Signal(int signal) {
  if (!wait_status_) kill(pid_, signal);
}

std::optional<int> Process::Wait(absl::Duration limit) {
  (void)WaitUntil(limit, [this] {
    int status = 0;
    if (!wait_status_ && waitpid(pid_, &status, WNOHANG) == pid_) {
      wait_status_ = status;
    }
    return wait_status_.has_value();
  });
  return wait_status_;
}

}  // namespace rollout::e2e
