// SPDX-License-Identifier: Apache-2.0

#include "agent/shim_client/process_shim_host.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim_client/socket_shim.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "base/unix_socket.h"

namespace rollout::shim_client {
namespace {

constexpr int kStartLimitMs = 5000;
constexpr int kMostTries = 4;

// Also when it is too busy to take another connection.
bool SomebodyListens(const std::string& path) {
  UniqueFd socket(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  absl::Status status = ConnectUnixSocket(socket.get(), path);
  return status.ok() || absl::IsUnavailable(status);
}

// Nothing of ours but standard error, which is the shim's log; its session is
// its own, so no terminal and no group of ours reaches it.
absl::StatusOr<pid_t> SpawnDetached(const std::vector<std::string>& words,
                                    const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&files, 0, 1);
  posix_spawn_file_actions_addopen(&files, 2, log.c_str(),
                                   O_WRONLY | O_APPEND | O_CREAT, 0640);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  // The service's environment is whole in its request; the shim needs none.
  char* environment[] = {nullptr};
  pid_t pid;
  int error = posix_spawn(&pid, arguments[0], &files, &attributes,
                          arguments.data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    return absl::UnavailableError(
        absl::ErrnoToStatus(error, absl::StrCat("cannot start ", words[0]))
            .message());
  }
  return pid;
}

// The started process ends when the shim is there, or can't be.
absl::Status AwaitStart(pid_t pid, const std::string& log) {
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd waited{pidfd.get(), POLLIN, 0};
  int ready;
  do {
    ready = poll(&waited, 1, kStartLimitMs);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) kill(pid, SIGKILL);
  int exit_status = 0;
  while (waitpid(pid, &exit_status, 0) < 0 && errno == EINTR) {
  }
  if (ready > 0 && WIFEXITED(exit_status) && WEXITSTATUS(exit_status) == 0) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(
      absl::StrCat("the shim did not start: its log ", log, " says why"));
}

}  // namespace

ProcessShimHost::ProcessShimHost(ShimHostOptions options,
                                 FileSystem& file_system)
    : options_(std::move(options)), file_system_(file_system) {}

absl::StatusOr<ShimProgram> ProcessShimHost::Program() {
  struct stat facts {};
  if (stat(options_.shim_binary.c_str(), &facts) != 0) {
    return absl::NotFoundError(
        absl::StrCat("cannot see ", options_.shim_binary));
  }
  ShimProgram program;
  program.path = options_.shim_binary;
  program.executable.set_device(facts.st_dev);
  program.executable.set_inode(facts.st_ino);
  program.executable.set_size(facts.st_size);
  program.executable.set_modified_ns(
      static_cast<uint64_t>(facts.st_mtim.tv_sec) * 1000000000u +
      facts.st_mtim.tv_nsec);
  return program;
}

absl::StatusOr<std::vector<std::string>> ProcessShimHost::FindServices() {
  auto names = file_system_.List(options_.state_directory + "/services");
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  RETURN_IF_ERROR(names.status());
  std::vector<std::string> living;
  for (const std::string& name : *names) {
    if (SomebodyListens(SocketPath(name))) living.push_back(name);
  }
  return living;
}

absl::StatusOr<std::unique_ptr<Shim>> ProcessShimHost::Open(
    const std::string& service, ShimEvents events) {
  if (service.empty() || service[0] == '.' ||
      service.find('/') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "service \"", service, "\": the name must do for a directory"));
  }
  MutexLock lock(&starting_);
  const std::string path = SocketPath(service);
  for (int tries = 1;; ++tries) {
    if (!SomebodyListens(path)) {
      RETURN_IF_ERROR(WithContext(StartShim(service),
                                  absl::StrCat("service \"", service, "\"")));
    }
    auto shim = SocketShim::Connect(path, events);
    if (shim.ok()) return std::unique_ptr<Shim>(*std::move(shim));
    // One that was just ending, as it had been asked to, makes place; so does
    // one that was lost.
    const bool is_gone =
        absl::IsAborted(shim.status()) || !SomebodyListens(path);
    if (!is_gone || tries == kMostTries) {
      return absl::UnavailableError(shim.status().message());
    }
  }
}

std::string ProcessShimHost::Directory(const std::string& service) const {
  return absl::StrCat(options_.state_directory, "/services/", service);
}

std::string ProcessShimHost::SocketPath(const std::string& service) const {
  return Directory(service) + "/shim.sock";
}

absl::Status ProcessShimHost::StartShim(const std::string& service) {
  RETURN_IF_ERROR(file_system_.MakeDirectories(Directory(service)));
  std::string log = Directory(service) + "/shim.log";
  ASSIGN_OR_RETURN(
      pid_t pid, SpawnDetached({options_.shim_binary, "--service", service,
                                "--socket", SocketPath(service), "--mark-base",
                                absl::StrCat(options_.mark_base)},
                               log));
  return AwaitStart(pid, log);
}

}  // namespace rollout::shim_client
