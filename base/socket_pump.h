// SPDX-License-Identifier: Apache-2.0
//
// Bytes between a connection and a stream of another kind, in both directions
// at once. The end of one direction is passed on while the other goes on; a
// connection that breaks at one end is reset at the other.

#ifndef BASE_SOCKET_PUMP_H_
#define BASE_SOCKET_PUMP_H_

#include <string>

#include "absl/status/status.h"
#include "base/unique_fd.h"

namespace rollout {

// The stream. One thread reads while another one writes.
class ByteStream {
 public:
  enum class Got { kData, kEnd, kOver };

  virtual ~ByteStream() = default;

  // Blocks. kEnd: the other end has no more data, and may still take some.
  // kOver: the stream has ended, or broke.
  virtual Got Read(std::string* data) = 0;

  // Blocks until the stream takes more. False: it is over. No data at all is
  // nothing to the other end, and shows whether there still is one.
  virtual bool Write(std::string data) = 0;
  // There is no more data from here.
  virtual bool WriteEnd() = 0;

  // Ends the stream with the reason, so that Read returns kOver soon. Called
  // once at most, by the thread that writes.
  virtual void Fail(const absl::Status& why) = 0;
};

// Moves bytes until both directions have ended and the stream is over, and
// closes the connection.
// `socket` is a connected stream socket. Blocks; uses one thread more. Memory
// is one buffer for each direction: whoever is slow slows the other down.
//
// Aborted: the connection broke; the stream was told by Fail. Cancelled: the
// stream ended early; the connection was reset.
absl::Status PumpSocket(UniqueFd socket, ByteStream& stream);

}  // namespace rollout

#endif  // BASE_SOCKET_PUMP_H_
