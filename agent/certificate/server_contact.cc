// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/server_contact.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/certificate/handshake.h"
#include "base/file_system.h"
#include "base/net_address.h"
#include "base/status_macros.h"
#include "base/subprocess.h"
#include "base/unique_fd.h"

namespace rollout::certificate {
namespace {

// For a command, and for a handshake.
constexpr absl::Duration kCommandTimeout = absl::Seconds(10);
constexpr absl::Duration kAskTimeout = absl::Seconds(2);

// Whether the process of that number is the server's: a child of its shim.
bool IsOurs(const Server& server) {
  PosixFileSystem files;
  const std::string status =
      files.Read(absl::StrCat("/proc/", server.pid, "/status")).value_or("");
  return absl::StrContains(status,
                           absl::StrCat("\nPPid:\t", server.parent, "\n")) &&
         !absl::StrContains(status, "\nState:\tZ");
}

absl::Status Signal(const Server& server) {
  UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, server.pid, 0)));
  // Whoever has the number now is held by the descriptor.
  if (!process.valid() || !IsOurs(server)) {
    return absl::UnavailableError("its main process has ended");
  }
  if (syscall(SYS_pidfd_send_signal, process.get(), server.signal, nullptr,
              0) != 0) {
    return absl::ErrnoToStatus(errno, "it can't be signalled");
  }
  return absl::OkStatus();
}

}  // namespace

bool operator==(const Server& a, const Server& b) {
  auto fields = [](const Server& server) {
    return std::tie(server.generation, server.pid, server.parent,
                    server.address, server.mark, server.server_name,
                    server.signal, server.command);
  };
  return fields(a) == fields(b);
}

absl::Status MarkedContact::Tell(const Server& server) {
  if (server.signal != 0) return Signal(server);
  Command command;
  command.arguments = server.command;
  command.environment = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  command.timeout = kCommandTimeout;
  command.cancel_fd = cancel_fd_;
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(command));
  if (result.end == CommandResult::End::kTimedOut) {
    return absl::DeadlineExceededError(
        absl::StrCat("reload.command took longer than ",
                     absl::FormatDuration(kCommandTimeout)));
  }
  if (result.wait_status == 0) return absl::OkStatus();
  return absl::UnknownError(
      absl::StrCat("reload.command ", DescribeWaitStatus(result.wait_status),
                   result.output.empty() ? "" : ": ", result.output));
}

bool MarkedContact::Lives(const Server& server) { return IsOurs(server); }

absl::StatusOr<CertificateFacts> MarkedContact::Ask(const Server& server) {
  ASSIGN_OR_RETURN(NetAddress address, NetAddress::Parse(server.address));
  return AskForCertificate({address, server.mark, server.server_name},
                           kAskTimeout, cancel_fd_);
}

bool MarkedContact::Pause(absl::Duration time) {
  pollfd cancel{cancel_fd_, POLLIN, 0};
  return poll(&cancel, 1, static_cast<int>(absl::ToInt64Milliseconds(time))) ==
         0;
}

}  // namespace rollout::certificate
