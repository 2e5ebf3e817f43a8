// SPDX-License-Identifier: Apache-2.0
//
// Two connections and the bytes between them, in both directions. The end of
// one side's stream is passed on while the other direction goes on; a reset is
// passed on as a reset.

#ifndef AGENT_PROBE_RELAY_H_
#define AGENT_PROBE_RELAY_H_

#include <poll.h>

#include <array>
#include <cstddef>

#include "base/unique_fd.h"

namespace rollout::probe {

// Both sockets are non-blocking; the second may still be connecting. Not
// thread-safe.
class Relay {
 public:
  Relay(UniqueFd first, UniqueFd second);

  // What to poll, for the two sockets. A negative descriptor: nothing now.
  std::array<pollfd, 2> Wanted() const;

  // After poll: moves what can be moved. False: it is over.
  bool Move(const pollfd& first, const pollfd& second);

 private:
  // One direction.
  struct Pipe {
    std::array<char, 16384> bytes;
    size_t begin = 0, end = 0;  // of what is not yet written
    bool read_all = false;      // the source has ended its stream
    bool passed_on = false;     // the sink has been told

    bool empty() const { return begin == end; }
  };

  // After poll of that end of the pipe. False: the connection has failed.
  static bool Read(const pollfd& from, int fd, Pipe& pipe);
  static bool Write(const pollfd& to, int fd, Pipe& pipe);
  static short Events(const Pipe& in, const Pipe& out);
  // Both connections will end with a reset.
  void Reset();

  UniqueFd first_, second_;
  Pipe forth_, back_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_RELAY_H_
