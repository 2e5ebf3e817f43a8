// SPDX-License-Identifier: Apache-2.0
//
// One HTTP request on one connection of its own, told apart by how it ended.
// Nothing is tried twice: a swap that loses a connection must show.

#ifndef TESTS_LOAD_HTTP_GET_H_
#define TESTS_LOAD_HTTP_GET_H_

#include <netinet/in.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rollout::load {

enum class Outcome {
  kOk,
  // The connection was refused.
  kRefused,
  // The connection was cut by the other side, by RST or in some other way
  // that is an error of the socket.
  kReset,
  // The connection ended in order, but before the whole answer was there.
  kShort,
  // Nothing came for as long as the time-out.
  kTimedOut,
  // The whole answer was there, and its status was not 200.
  kBadStatus,
};
constexpr int kOutcomes = 6;

// "ok", "refused", "reset", "short", "timed_out", "bad_status".
absl::string_view OutcomeName(Outcome outcome);

struct Answer {
  Outcome outcome = Outcome::kOk;
  // What came of the body.
  std::string body;
  // For people: "recv: Connection reset by peer after 0 bytes".
  std::string detail;
};

// Whom to ask for what. A value; any number of threads may use one.
class HttpGet {
 public:
  // `address` is "IPV4:PORT". `timeout` bounds each wait for the other side:
  // connect, send, every piece of the answer.
  //
  // InvalidArgument: `address` is not of that form.
  static absl::StatusOr<HttpGet> Create(absl::string_view address,
                                        absl::string_view path,
                                        absl::Duration timeout);

  // Connects, sends GET in HTTP/1.0, reads the answer until it is complete by
  // its Content-Length. An answer without that header counts as short: nobody
  // could tell whether it was whole.
  Answer Ask() const;

 private:
  HttpGet(sockaddr_in address, std::string request, absl::Duration timeout)
      : address_(address), request_(std::move(request)), timeout_(timeout) {}

  sockaddr_in address_;
  std::string request_;
  absl::Duration timeout_;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_HTTP_GET_H_
