// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/tcp_question.h"

#include <poll.h>

#include "absl/strings/str_cat.h"
#include "agent/probe/marked_socket.h"

namespace rollout::probe {

Answer TcpQuestion::Ask() {
  auto connection = StartConnect(ReachableAddress(address_), mark_);
  if (!connection.ok()) {
    return {false, std::string(connection.status().message())};
  }
  pollfd fds[] = {{connection->get(), POLLOUT, 0},
                  {cancelled_.fd(), POLLIN, 0}};
  int ready = poll(fds, 2, absl::ToInt64Milliseconds(timeout_));
  if (ready == 0) {
    return {false, absl::StrCat("no connection to ", address_.ToString(),
                                " within ", absl::FormatDuration(timeout_))};
  }
  if (fds[0].revents == 0) return {false, "cancelled"};
  absl::Status result = ConnectResult(connection->get());
  if (result.ok()) return {true, ""};
  return {false, absl::StrCat(address_.ToString(), ": ", result.message())};
}

}  // namespace rollout::probe
