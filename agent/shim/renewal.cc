// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/renewal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/saved_descriptor.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

constexpr int kAnswerMs = 2000;
char* const kNoEnvironment[] = {nullptr};

std::vector<char*> ToArguments(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  return arguments;
}

// Starts it with standard output as `output`; an errno, 0: it runs.
int Ask(const std::string& program, int output, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const std::vector<std::string> words = {program, "--state-version"};
  const int error = posix_spawn(pid, program.c_str(), &files, &attributes,
                                ToArguments(words).data(), kNoEnvironment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

// Until it has said a line, or its end, or too long.
std::string ReadLine(int input) {
  std::string line;
  char buffer[64];
  pollfd waited{input, POLLIN, 0};
  while (line.size() < sizeof buffer && line.find('\n') == std::string::npos &&
         poll(&waited, 1, kAnswerMs) > 0) {
    const ssize_t size = read(input, buffer, sizeof buffer);
    if (size <= 0) break;
    line.append(buffer, size);
  }
  return line;
}

void ForEachDescriptor(
    const v1::SavedState& state,
    const std::function<void(const v1::SavedDescriptor&)>& visit) {
  visit(state.control());
  visit(state.agent());
  visit(state.output().file());
  for (const v1::SavedGroup& group : state.groups()) {
    for (const v1::SavedMember& member : group.members()) {
      visit(member.socket());
    }
  }
  for (const v1::SavedGeneration& generation : state.generations()) {
    visit(generation.pidfd());
    visit(generation.seccomp());
    visit(generation.fifo());
    visit(generation.stage());
    visit(generation.notify());
  }
}

std::vector<std::string> Words(const std::string& program,
                               const v1::SavedState& state, int state_file) {
  return {program,
          "--service",
          state.service(),
          "--socket",
          state.socket(),
          "--mark-base",
          absl::StrCat(state.mark_base()),
          "--state",
          absl::StrCat(state_file)};
}

absl::Status Refused(const std::string& program, const std::string& why) {
  return absl::FailedPreconditionError(
      absl::StrCat("the shim can't go on in ", program, ": ", why));
}

}  // namespace

v1::Executable ThisExecutable() {
  struct stat facts {};
  stat("/proc/self/exe", &facts);
  v1::Executable executable;
  executable.set_device(facts.st_dev);
  executable.set_inode(facts.st_ino);
  executable.set_size(facts.st_size);
  executable.set_modified_ns(static_cast<uint64_t>(facts.st_mtim.tv_sec) *
                                 1000000000u +
                             facts.st_mtim.tv_nsec);
  return executable;
}

std::string StateVersionLine() {
  return absl::StrCat("rollout-shim state ", kStateVersion, "\n");
}

absl::Status CheckNextProgram(const std::string& program) {
  if (program.empty() || program[0] != '/') {
    return Refused(program, "name it by an absolute path");
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Refused(program, strerror(errno));
  UniqueFd out(ends[0]), in(ends[1]);
  pid_t pid;
  const int error = Ask(program, in.get(), &pid);
  if (error != 0) return Refused(program, strerror(error));
  in.reset();
  const std::string line = ReadLine(out.get());
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (line == StateVersionLine()) return absl::OkStatus();
  return Refused(program,
                 "it is no rollout-shim, or one that takes other states. End "
                 "the service on this host to have the new one started");
}

absl::Status GoOnIn(const std::string& program, const KeptMemory& memory) {
  UniqueFd file(memfd_create("state", 0));
  UniqueFd previous(open("/proc/self/exe", O_PATH));
  v1::SavedState state;
  if (!state.ParseFromString(memory.LoadState().value_or(""))) {
    return Refused(program, "the state that was kept can't be read");
  }
  for (const Endings::Ending& ending : memory.endings.Untold()) {
    v1::SavedEnding* saved = state.add_endings();
    saved->set_process(ending.process);
    saved->set_status(ending.status);
  }
  const std::string bytes = state.SerializeAsString();
  if (!file.valid() || !previous.valid() ||
      write(file.get(), bytes.data(), bytes.size()) !=
          static_cast<ssize_t>(bytes.size())) {
    return Refused(program, strerror(errno));
  }
  ForEachDescriptor(state, [](const v1::SavedDescriptor& descriptor) {
    SetCloseOnExec(descriptor, false);
  });
  std::vector<std::string> words = Words(program, state, file.get());
  words.push_back("--previous");
  words.push_back(absl::StrCat(previous.get()));
  execve(program.c_str(), ToArguments(words).data(), kNoEnvironment);
  const int error = errno;
  ForEachDescriptor(state, [](const v1::SavedDescriptor& descriptor) {
    SetCloseOnExec(descriptor, true);
  });
  return Refused(program, strerror(error));
}

absl::StatusOr<v1::SavedState> ReadState(int file) {
  struct stat facts {};
  fstat(file, &facts);
  std::string bytes(facts.st_size, '\0');
  v1::SavedState state;
  if (pread(file, bytes.data(), bytes.size(), 0) !=
          static_cast<ssize_t>(bytes.size()) ||
      !state.ParseFromString(bytes) || state.version() != kStateVersion) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the state that was handed over is none of version ", kStateVersion));
  }
  return state;
}

absl::Status GoBack(int previous, int state_file, const v1::SavedState& state) {
  ForEachDescriptor(state, [](const v1::SavedDescriptor& descriptor) {
    SetCloseOnExec(descriptor, false);
  });
  const std::vector<std::string> words =
      Words("/proc/self/exe", state, state_file);
  syscall(SYS_execveat, previous, "", ToArguments(words).data(), kNoEnvironment,
          AT_EMPTY_PATH);
  return Refused("the program it came from", strerror(errno));
}

}  // namespace rollout::shim
