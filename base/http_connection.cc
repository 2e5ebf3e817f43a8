// SPDX-License-Identifier: Apache-2.0

#include "base/http_connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace rollout {
namespace {

constexpr size_t kBufferBytes = 4096;

}  // namespace

HttpConnection::HttpConnection(int socket, absl::Duration time)
    : socket_(socket), deadline_(clock_.Uptime() + time) {}

bool HttpConnection::Await(short events) const {
  for (;;) {
    absl::Duration left = deadline_ - clock_.Uptime();
    if (left <= absl::ZeroDuration()) return false;
    pollfd polled = {socket_, events, 0};
    int milliseconds = static_cast<int>(absl::ToInt64Milliseconds(left) + 1);
    int ready = poll(&polled, 1, milliseconds);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool HttpConnection::is_readable() const {
  return used_ < buffer_.size() || Await(POLLIN);
}

bool HttpConnection::is_writable() const { return Await(POLLOUT); }

ssize_t HttpConnection::read(char* to, size_t size) {
  if (used_ == buffer_.size()) {
    if (allowed_ == 0 || !Await(POLLIN)) return -1;
    buffer_.resize(std::min(allowed_, kBufferBytes));
    used_ = 0;
    ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    buffer_.resize(std::max<ssize_t>(got, 0));
    if (got <= 0) return got;
    allowed_ -= got;
  }
  size = std::min(size, buffer_.size() - used_);
  memcpy(to, buffer_.data() + used_, size);
  used_ += size;
  return static_cast<ssize_t>(size);
}

ssize_t HttpConnection::write(const char* from, size_t size) {
  if (!Await(POLLOUT)) return -1;
  return send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace rollout
