// SPDX-License-Identifier: Apache-2.0

#include "tests/rolloutctl/typed_shell.h"

#include <errno.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/unique_fd.h"

namespace rollout {
namespace {

// Null-terminated, as execvpe(3) wants it; `texts` must outlive it.
std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::string TypeInto(const std::vector<std::string>& command,
                     const std::vector<std::string>& environment,
                     const std::string& keys) {
  CHECK(keys.size() < 4096);
  const std::vector<char*> arguments = Pointers(command);
  const std::vector<char*> variables = Pointers(environment);
  int descriptor = -1;
  const pid_t child = forkpty(&descriptor, nullptr, nullptr, nullptr);
  CHECK(child >= 0);
  if (child == 0) {
    execvpe(arguments[0], arguments.data(), variables.data());
    _exit(127);
  }
  const UniqueFd terminal(descriptor);
  CHECK(write(terminal.get(), keys.data(), keys.size()) ==
        static_cast<ssize_t>(keys.size()));
  std::string shown;
  char buffer[4096];
  // Ends with an error, EIO, when nobody has the other side open any more.
  for (;;) {
    const ssize_t got = read(terminal.get(), buffer, sizeof buffer);
    if (got <= 0 && errno != EINTR) break;
    if (got > 0) shown.append(buffer, got);
  }
  CHECK(waitpid(child, nullptr, 0) == child);
  return shown;
}

}  // namespace rollout
