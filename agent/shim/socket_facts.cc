// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/socket_facts.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

// -1: the option can't be read.
int Option(int socket, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  if (getsockopt(socket, SOL_SOCKET, option, &value, &size) != 0) return -1;
  return value;
}

}  // namespace

uint64_t SocketInode(int socket) {
  struct stat status;
  return fstat(socket, &status) == 0 ? status.st_ino : 0;
}

uint32_t AcceptQueueLength(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_state == TCP_LISTEN ? info.tcpi_unacked : 0;
}

bool IsListening(int socket) { return Option(socket, SO_ACCEPTCONN) == 1; }

bool IsAddressShared(int socket) { return Option(socket, SO_REUSEADDR) == 1; }

bool IsTcp(int socket) {
  int domain = Option(socket, SO_DOMAIN);
  return (domain == AF_INET || domain == AF_INET6) &&
         Option(socket, SO_TYPE) == SOCK_STREAM &&
         Option(socket, SO_PROTOCOL) == IPPROTO_TCP;
}

std::optional<NetAddress> BoundAddress(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return std::nullopt;
  }
  auto parsed = NetAddress::FromSockaddr(&address, size);
  if (!parsed.ok() || parsed->port() == 0) return std::nullopt;
  return *parsed;
}

bool QueuesMove() {
  UniqueFd file(
      open("/proc/sys/net/ipv4/tcp_migrate_req", O_RDONLY | O_CLOEXEC));
  char value = '0';
  return file.valid() && read(file.get(), &value, 1) == 1 && value == '1';
}

}  // namespace rollout::shim
