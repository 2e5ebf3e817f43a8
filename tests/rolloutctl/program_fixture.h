// SPDX-License-Identifier: Apache-2.0
//
// Runs rolloutctl in the test's process and keeps what it wrote.

#ifndef TESTS_ROLLOUTCTL_PROGRAM_FIXTURE_H_
#define TESTS_ROLLOUTCTL_PROGRAM_FIXTURE_H_

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"
#include "rolloutctl/console.h"

namespace rollout::ctl {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// Wall time stands still at the time of the render samples; uptime goes on.
class FixedTimeClock : public Clock {
 public:
  absl::Time Now() const override {
    return absl::FromUnixSeconds(1'800'000'000);
  }
  absl::Duration Uptime() const override { return system_.Uptime(); }

 private:
  SystemClock system_;
};

// A loopback address that refuses connections for as long as this lives: its
// port is bound, and nobody listens.
class RefusingAddress {
 public:
  RefusingAddress();
  // "127.0.0.1:PORT".
  const std::string& text() const { return text_; }

 private:
  UniqueFd socket_;
  std::string text_;
};

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest();
  ~ProgramTest() override;

  Ran Run(std::vector<std::string> arguments);
  // The same, with "--insecure-loopback --controller `controller_`" behind.
  Ran Call(std::vector<std::string> arguments);

  std::string Path(const std::string& name) const { return top_ + "/" + name; }
  void Write(const std::string& name, const std::string& content);

  // A directory of the test's own, and its XDG_CONFIG_HOME.
  std::string top_;
  std::string controller_;
  std::string input_;
  std::optional<WindowSize> window_;
};

}  // namespace rollout::ctl

#endif  // TESTS_ROLLOUTCTL_PROGRAM_FIXTURE_H_
