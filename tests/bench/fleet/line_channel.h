// SPDX-License-Identifier: Apache-2.0
//
// A process of the benchmark beside this one: made by fork, told what to do by
// lines of text, and heard by them.

#ifndef TESTS_BENCH_FLEET_LINE_CHANNEL_H_
#define TESTS_BENCH_FLEET_LINE_CHANNEL_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace rollout::bench {

// One end. Not thread-safe.
class LineChannel {
 public:
  explicit LineChannel(UniqueFd socket) : socket_(std::move(socket)) {}

  // Without a line break.
  absl::Status Send(absl::string_view line);
  // Waits for the next line. Unavailable: the other end is gone.
  absl::StatusOr<std::string> Receive();
  // Sends, and waits for what it answers; an answer that begins with "error "
  // is one.
  absl::StatusOr<std::string> Ask(absl::string_view line);

 private:
  UniqueFd socket_;
  std::string received_;
};

// Killed and waited for when this is destroyed.
class ForkedProcess {
 public:
  // `body` runs in the new process, which ends with it or with its parent. To
  // be called before any thread is there.
  static absl::StatusOr<std::unique_ptr<ForkedProcess>> Start(
      const std::function<void(LineChannel&)>& body);
  ~ForkedProcess();
  ForkedProcess(const ForkedProcess&) = delete;
  ForkedProcess& operator=(const ForkedProcess&) = delete;

  pid_t pid() const { return pid_; }
  LineChannel& channel() { return channel_; }

 private:
  ForkedProcess(pid_t pid, UniqueFd socket)
      : pid_(pid), channel_(std::move(socket)) {}

  const pid_t pid_;
  LineChannel channel_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_LINE_CHANNEL_H_
