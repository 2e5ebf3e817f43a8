// SPDX-License-Identifier: Apache-2.0
//
// Wiring only: the real streams, terminal and clock.

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rolloutctl/console.h"
#include "rolloutctl/program.h"

namespace {

std::optional<rollout::ctl::WindowSize> TerminalSize() {
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return std::nullopt;
  if (size.ws_col == 0 || size.ws_row == 0) return rollout::ctl::WindowSize{};
  return rollout::ctl::WindowSize{size.ws_col, size.ws_row};
}

// See no-color.org.
bool WantsColor() {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && terminal != nullptr &&
         std::string(terminal) != "dumb";
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that has gone, or a peer, shows as a failed write.
  std::signal(SIGPIPE, SIG_IGN);
  // gRPC's own log says less than our errors do; whoever wants it can set this.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  rollout::SystemClock clock;
  rollout::ctl::Console console{std::cin, std::cout, std::cerr, TerminalSize,
                                WantsColor()};
  return rollout::ctl::RunProgram(
      std::vector<std::string>(argv + 1, argv + argc), console, clock);
}
