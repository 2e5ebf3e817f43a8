// SPDX-License-Identifier: Apache-2.0
//
// Requests on one connection, one after the other, each told apart by how it
// ended. Nothing is tried twice: a swap that loses a request must show.

#ifndef TESTS_LOAD_CONVERSATION_H_
#define TESTS_LOAD_CONVERSATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"
#include "tests/load/answer.h"
#include "tests/load/protocol.h"

namespace rollout::load {

// Whom to ask. `timeout` bounds each wait for the other side: connect, send,
// every piece of an answer.
struct Peer {
  EndpointAddress address;
  absl::Duration timeout;
};

// "IPV4:PORT", "[IPV6]:PORT" or "unix:PATH". InvalidArgument: `address` is not
// of that form.
absl::StatusOr<Peer> MakePeer(absl::string_view address,
                              absl::Duration timeout);

// Not thread-safe.
class Conversation {
 public:
  // Connects at the first request. `protocol` must outlive this.
  Conversation(const Peer& peer, const Protocol& protocol)
      : peer_(peer), protocol_(protocol) {}

  // Sends `request`, which is one of the protocol's, and reads the answer.
  Answer Ask(absl::string_view request);

  // The next request would go the way of the last: nothing failed, and the
  // server has not said that it ends the connection.
  bool open() const { return connection_.valid(); }

  // The server has ended the connection in order while nothing was asked, as
  // it may: the next request goes on a connection of its own. What other
  // clients do, too, before they use a connection again.
  bool EndedInBetween();

 private:
  // An errno; 0: connected.
  int Connect();
  Answer Read();

  const Peer peer_;
  const Protocol& protocol_;
  UniqueFd connection_;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_CONVERSATION_H_
