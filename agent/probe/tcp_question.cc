// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/tcp_question.h"

#include <string>

#include "agent/probe/marked_socket.h"

namespace rollout::probe {

Answer TcpQuestion::Ask() {
  auto connection = Connect(address_, mark_, timeout_, cancelled_.fd());
  if (connection.ok()) return {true, ""};
  return {false, std::string(connection.status().message())};
}

}  // namespace rollout::probe
