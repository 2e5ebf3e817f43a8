// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/fetch_run.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::programs {

absl::StatusOr<FetchRun> RunFetch(const gitops::FetchRequest& request,
                                  const std::string& directory) {
  std::string words[] = {
      std::filesystem::absolute("controller/gitops/fetch/rollout-fetch"),
      directory + "/request", directory + "/answer"};
  PosixFileSystem files;
  RETURN_IF_ERROR(files.WriteAtomically(words[1], request.SerializeAsString()));
  RETURN_IF_ERROR(files.RemoveAll(words[2]));

  FetchRun run;
  SystemClock clock;
  const absl::Duration begin = clock.Uptime();
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = 0;
  int error = posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ);
  if (error != 0) return absl::ErrnoToStatus(error, words[0]);
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  run.time = clock.Uptime() - begin;
  run.peak_kilobytes = usage.ru_maxrss;
  if (!run.answer.ParseFromString(files.Read(words[2]).value_or("none"))) {
    return absl::InternalError(
        absl::StrCat("rollout-fetch ", DescribeWaitStatus(status)));
  }
  return run;
}

}  // namespace rollout::programs
