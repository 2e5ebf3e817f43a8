// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/door.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/probe/marked_socket.h"
#include "base/check.h"
#include "base/net_address.h"
#include "base/status_macros.h"

namespace rollout::probe {
namespace {

constexpr size_t kMaxConnections = 256;
constexpr int kRetryMs = 100;

absl::StatusOr<UniqueFd> Listen() {
  auto loopback = NetAddress::Parse("127.0.0.1:0");
  CHECK(loopback.ok());
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid() ||
      bind(fd.get(), loopback->sockaddr_ptr(), loopback->sockaddr_size()) ||
      listen(fd.get(), SOMAXCONN) != 0) {
    return absl::ErrnoToStatus(errno, "cannot open a door on 127.0.0.1");
  }
  return fd;
}

absl::StatusOr<NetAddress> AddressOf(int fd) {
  sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::ErrnoToStatus(errno, "cannot ask a door for its port");
  }
  return NetAddress::FromSockaddr(&address, size);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Door>> Door::Open(const EndpointAddress& target,
                                                 uint32_t mark) {
  if (target.transport() == Transport::kUdp) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no ${probe.address} for ", target.ToString(),
                     ": a door forwards connections, not datagrams"));
  }
  ASSIGN_OR_RETURN(UniqueFd listener, Listen());
  ASSIGN_OR_RETURN(NetAddress address, AddressOf(listener.get()));
  return std::unique_ptr<Door>(new Door(
      ReachableAddress(target), mark, std::move(listener), address.ToString()));
}

Door::Door(const EndpointAddress& target, uint32_t mark, UniqueFd listener,
           std::string address)
    : target_(target),
      mark_(mark),
      listener_(std::move(listener)),
      address_(std::move(address)),
      thread_([this] { Forward(); }) {}

Door::~Door() {
  closed_.Set();
  thread_.join();
}

void Door::Forward() {
  std::vector<pollfd> fds;
  bool room = true;
  for (;;) {
    fds = {{closed_.fd(), POLLIN, 0}, {room ? listener_.get() : -1, POLLIN, 0}};
    for (const Relay& relay : relays_) {
      for (const pollfd& fd : relay.Wanted()) fds.push_back(fd);
    }
    // Without room in the process nobody tells when there is some again.
    if (poll(fds.data(), fds.size(), room ? -1 : kRetryMs) < 0) continue;
    if (fds[0].revents != 0) return;
    size_t next = 2;
    for (auto relay = relays_.begin(); relay != relays_.end(); next += 2) {
      bool goes_on = relay->Move(fds[next], fds[next + 1]);
      relay = goes_on ? std::next(relay) : relays_.erase(relay);
    }
    room =
        (fds[1].revents == 0 || Accept()) && relays_.size() < kMaxConnections;
  }
}

bool Door::Accept() {
  UniqueFd client(
      accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!client.valid()) return errno != EMFILE && errno != ENFILE;
  // Where there is nobody behind the door, the client's connection just ends.
  auto server = StartConnect(target_, mark_);
  if (server.ok()) relays_.emplace_back(std::move(client), *std::move(server));
  return true;
}

}  // namespace rollout::probe
