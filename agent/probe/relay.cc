// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/relay.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>

namespace rollout::probe {

Relay::Relay(UniqueFd first, UniqueFd second)
    : first_(std::move(first)), second_(std::move(second)) {}

short Relay::Events(const Pipe& in, const Pipe& out) {
  // A pipe is filled again when it is empty: no byte is moved twice.
  bool reads = in.empty() && !in.read_all;
  bool writes = !out.empty() || (out.read_all && !out.passed_on);
  return (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
}

std::array<pollfd, 2> Relay::Wanted() const {
  // A socket with nothing wanted is left out: poll would tell of its end again
  // and again.
  short first = Events(forth_, back_);
  short second = Events(back_, forth_);
  return {pollfd{first != 0 ? first_.get() : -1, first, 0},
          pollfd{second != 0 ? second_.get() : -1, second, 0}};
}

bool Relay::Move(const pollfd& first, const pollfd& second) {
  bool fine =
      Read(first, first_.get(), forth_) && Read(second, second_.get(), back_) &&
      Write(second, second_.get(), forth_) && Write(first, first_.get(), back_);
  if (!fine) Reset();
  return fine && !(forth_.passed_on && back_.passed_on);
}

bool Relay::Read(const pollfd& from, int fd, Pipe& pipe) {
  if (from.revents == 0 || (from.events & POLLIN) == 0) return true;
  ssize_t got = recv(fd, pipe.bytes.data(), pipe.bytes.size(), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  pipe.begin = 0;
  pipe.end = got;
  pipe.read_all = got == 0;
  return true;
}

bool Relay::Write(const pollfd& to, int fd, Pipe& pipe) {
  if (!pipe.empty()) {
    // Tried at once, though poll was not asked: mostly there is room.
    ssize_t sent = send(fd, pipe.bytes.data() + pipe.begin,
                        pipe.end - pipe.begin, MSG_NOSIGNAL);
    // While it is still connecting, EAGAIN too.
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    pipe.begin += sent;
  }
  // Not before poll says so: a socket that is still connecting would give up.
  if (pipe.empty() && pipe.read_all && (to.revents & POLLOUT) != 0) {
    shutdown(fd, SHUT_WR);
    pipe.passed_on = true;
  }
  return true;
}

void Relay::Reset() {
  linger reset = {1, 0};
  setsockopt(first_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  setsockopt(second_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace rollout::probe
