// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/socket_facts.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/shim/unix_diag.h"
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

uint32_t AcceptQueueLength(int listener) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_state == TCP_LISTEN ? info.tcpi_unacked : 0;
}

}  // namespace

uint64_t SocketInode(int socket) {
  struct stat status;
  return fstat(socket, &status) == 0 ? status.st_ino : 0;
}

uint32_t WaitingClients(int socket) {
  const std::optional<Transport> transport = TransportOf(socket);
  if (transport == Transport::kTcp) return AcceptQueueLength(socket);
  pollfd readable{socket, POLLIN, 0};
  if (poll(&readable, 1, 0) != 1 || (readable.revents & POLLIN) == 0) return 0;
  if (transport != Transport::kUnix) return 1;
  auto entry = FindUnixSocket(SocketInode(socket));
  return entry.ok() ? std::max(entry->waiting, 1u) : 1;
}

uint32_t CutClients(int socket) {
  uint32_t cut = 0;
  if (TransportOf(socket) == Transport::kUdp) {
    char byte;
    while (recv(socket, &byte, 1, MSG_DONTWAIT) >= 0) ++cut;
    return cut;
  }
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  while (UniqueFd(accept4(socket, nullptr, nullptr, SOCK_CLOEXEC)).valid()) {
    ++cut;
  }
  return cut;
}

bool IsListening(int socket) { return Option(socket, SO_ACCEPTCONN) == 1; }

bool HasPeer(int socket) {
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

std::optional<Transport> TransportOf(int socket) {
  const int domain = Option(socket, SO_DOMAIN);
  const int type = Option(socket, SO_TYPE);
  if (domain == AF_UNIX && type == SOCK_STREAM) return Transport::kUnix;
  if (domain != AF_INET && domain != AF_INET6) return std::nullopt;
  const int protocol = Option(socket, SO_PROTOCOL);
  if (type == SOCK_STREAM && protocol == IPPROTO_TCP) return Transport::kTcp;
  if (type == SOCK_DGRAM && protocol == IPPROTO_UDP) return Transport::kUdp;
  return std::nullopt;
}

std::string BindHint(int error) {
  if (error != EADDRINUSE) return "";
  // The kernel lets no socket into a group that has one already.
  return " (if the service attaches a reuseport program of its own before "
         "bind, turn that off: Rollout steers this address)";
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
