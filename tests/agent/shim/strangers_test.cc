// SPDX-License-Identifier: Apache-2.0
//
// Sockets of others that would take clients of an endpoint: seen before the
// service is bound, named, and told from those that do no harm.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/endpoint_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class StrangersTest : public EndpointTest {
 protected:
  // Somebody else's socket, which would let ours share its address.
  static UniqueFd Occupy(const EndpointAddress& address, bool v6_only) {
    const bool is_udp = address.transport() == Transport::kUdp;
    const NetAddress& ip = *address.ip();
    UniqueFd taken(socket(ip.family(), is_udp ? SOCK_DGRAM : SOCK_STREAM, 0));
    int on = 1, only = v6_only;
    setsockopt(taken.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(taken.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    EXPECT_EQ(bind(taken.get(), ip.sockaddr_ptr(), ip.sockaddr_size()), 0);
    EXPECT_TRUE(is_udp || listen(taken.get(), 8) == 0);
    return taken;
  }
};

TEST_F(StrangersTest, AreNamedWhenTheyWouldDoHarm) {
  struct Case {
    // With the port behind them.
    const char* endpoint;
    const char* stranger;
    bool harms;
    bool v6_only = false;
  };
  const Case kCases[] = {
      {"127.0.0.1:", "127.0.0.1:", true},
      {"127.0.0.1:", "0.0.0.0:", true},
      {"127.0.0.1:", "[::]:", true},
      {"127.0.0.1:", "[::ffff:127.0.0.1]:", true},
      {"0.0.0.0:", "127.0.0.1:", true},
      {"[::1]:", "[::1]:", true},
      {"[::1]:", "[::]:", true},
      {"[::]:", "[::1]:", true},
      {"[::]:", "127.0.0.1:", true},
      {"[::]:", "0.0.0.0:", true},
      {"127.0.0.1:", "127.0.0.2:", false},
      {"127.0.0.1:", "[::1]:", false},
      {"127.0.0.1:", "[::]:", false, true},
      {"[::1]:", "127.0.0.1:", false},
      {"127.0.0.1:", "udp:127.0.0.1:", false},
      {"udp:127.0.0.1:", "udp:127.0.0.1:", true},
      {"udp:127.0.0.1:", "udp:0.0.0.0:", true},
      {"udp:127.0.0.1:", "udp:[::]:", true},
      {"udp:[::1]:", "udp:[::]:", true},
      {"udp:[::]:", "udp:127.0.0.1:", true},
      {"udp:127.0.0.1:", "udp:[::1]:", false},
      {"udp:127.0.0.1:", "127.0.0.1:", false},
  };
  uint64_t generation = 0;
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.endpoint, " and a stranger on ", c.stranger));
    const EndpointAddress theirs = AddressOf(absl::StrCat(c.stranger, port_));
    UniqueFd stranger = Occupy(theirs, c.v6_only);
    ASSERT_TRUE(Start(Server(++generation,
                             {AddressOf(absl::StrCat(c.endpoint, port_))}))
                    .ok());
    ASSERT_TRUE(Await(generation, [](const v1::Generation& g) {
      return g.all_endpoints_listen() || !g.problem().empty();
    }));
    if (c.harms) {
      EXPECT_EQ(State(generation).listeners(), 0u);
      EXPECT_THAT(
          State(generation).problem(),
          AllOf(HasSubstr(absl::StrCat("(pid ", getpid(), ")")),
                HasSubstr(theirs.ToString()), HasSubstr("would take clients")));
    } else {
      EXPECT_EQ(State(generation).problem(), "");
    }
    ASSERT_TRUE(Kill(generation).ok());
    ASSERT_TRUE(AwaitEnded(generation));
  }
}

}  // namespace
}  // namespace rollout::shim
