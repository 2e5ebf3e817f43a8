// SPDX-License-Identifier: Apache-2.0
//
// The connection of one HTTP request, bounded in bytes and in time. httplib
// itself bounds neither the lines it reads nor what all of them take together.

#ifndef BASE_HTTP_CONNECTION_H_
#define BASE_HTTP_CONNECTION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "httplib.h"

namespace rollout {

// Not thread-safe.
class HttpConnection : public httplib::Stream {
 public:
  // `socket` is borrowed. Request and answer together may take `time`.
  HttpConnection(int socket, absl::Duration time);

  // So many bytes more may be read. At first none.
  void Allow(size_t bytes) { allowed_ += bytes; }

  bool is_readable() const override;
  bool is_writable() const override;
  // Both: -1, too, when the time is used up; read: when the bytes are.
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  // Nobody here asks.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  // Whether the socket has `events`, or an error, before the deadline.
  bool Await(short events) const;

  const int socket_;
  SystemClock clock_;
  // By the clock's Uptime.
  const absl::Duration deadline_;
  size_t allowed_ = 0;
  // Read from the socket, and not yet by httplib, which asks for single bytes.
  std::vector<char> buffer_;
  size_t used_ = 0;
};

}  // namespace rollout

#endif  // BASE_HTTP_CONNECTION_H_
