// SPDX-License-Identifier: Apache-2.0
//
// A program that runs beside the test, with its output in a file.

#ifndef TESTS_E2E_PROCESS_H_
#define TESTS_E2E_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollout::e2e {

// Not thread-safe.
class Process {
 public:
  // `arguments[0]` is the program's path. Standard output and error are
  // appended to `log`. `environment` of "NAME=value"; none: this process's.
  static absl::StatusOr<std::unique_ptr<Process>> Start(
      const std::vector<std::string>& arguments, const std::string& log,
      const std::optional<std::vector<std::string>>& environment =
          std::nullopt);

  // Kills it if it still runs, and waits for it.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // False: it has ended.
  bool Running();
  void Signal(int signal);

  // Waits for its end; returns its wait status, as from waitpid(2). None: it
  // still runs after `limit`.
  std::optional<int> Wait(absl::Duration limit);

 private:
  explicit Process(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
  std::optional<int> wait_status_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_PROCESS_H_
