// SPDX-License-Identifier: Apache-2.0
//
// A service that has just been flipped, for the tests of what comes then.

#ifndef TESTS_AGENT_SHIM_FLIP_FIXTURE_H_
#define TESTS_AGENT_SHIM_FLIP_FIXTURE_H_

#include <sys/socket.h>

#include <string>

#include "base/unique_fd.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {

class FlipTest : public ShimTest {
 protected:
  // Generation 1 serves; 2 takes all; 1 is at weight 0.
  void Flip(const v1::StartRequest& first, const v1::StartRequest& second) {
    ASSERT_TRUE(Start(first).ok());
    ASSERT_TRUE(AwaitReady(1));
    ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
    held_ = Connect(port_);
    ASSERT_TRUE(held_.valid());
    // Its thread has it: the answer to a later connection is there.
    ASSERT_EQ(Get(port_), "generation 1");
    ASSERT_TRUE(Start(second).ok());
    ASSERT_TRUE(AwaitReady(2));
    ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  }

  // What comes on a connection until its end, after a request.
  static std::string Finish(UniqueFd& connection) {
    const char request[] = "GET / HTTP/1.0\r\n\r\n";
    send(connection.get(), request, sizeof request - 1, MSG_NOSIGNAL);
    char answer[256];
    ssize_t size = recv(connection.get(), answer, sizeof answer, MSG_WAITALL);
    return size < 0 ? "error" : std::string(answer, size);
  }

  // The shortest program that serves.
  static std::string Server() {
    return std::string(kPrelude) + "serve(listener())\n";
  }

  // A client that is connected to generation 1.
  UniqueFd held_;
};

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_FLIP_FIXTURE_H_
