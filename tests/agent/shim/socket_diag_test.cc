// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/socket_diag.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <optional>
#include <string>

#include "agent/shim/socket_facts.h"
#include "base/net_address.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

UniqueFd Listen(const std::string& address) {
  const NetAddress local = *NetAddress::Parse(address);
  UniqueFd socket(::socket(local.family(), SOCK_STREAM, 0));
  EXPECT_EQ(bind(socket.get(), local.sockaddr_ptr(), local.sockaddr_size()), 0);
  EXPECT_EQ(listen(socket.get(), 8), 0);
  return socket;
}

UniqueFd Connect(const NetAddress& to) {
  UniqueFd socket(::socket(to.family(), SOCK_STREAM, 0));
  EXPECT_EQ(connect(socket.get(), to.sockaddr_ptr(), to.sockaddr_size()), 0);
  return socket;
}

uint64_t InodeOf(const UniqueFd& socket) {
  struct stat facts {};
  fstat(socket.get(), &facts);
  return facts.st_ino;
}

struct Case {
  const char* description;
  const char* listener;
  // Where the client goes, at the listener's port.
  const char* target;
};

TEST(FindConnection, TellsWhetherItWasAccepted) {
  for (const Case& c : {
           Case{"IPv4", "127.0.0.1:0", "127.0.0.1:0"},
           Case{"IPv6", "[::1]:0", "[::1]:0"},
           Case{"IPv4 to a listener for both", "[::]:0", "127.0.0.1:0"},
       }) {
    SCOPED_TRACE(c.description);
    const UniqueFd listener = Listen(c.listener);
    const NetAddress target = NetAddress::Parse(c.target)->WithPort(
        BoundAddress(listener.get())->port());
    const UniqueFd client = Connect(target);
    const NetAddress own = *BoundAddress(client.get());

    auto waiting = FindConnection(target, own);
    ASSERT_TRUE(waiting.ok()) << waiting.status();
    EXPECT_EQ(waiting->inode, 0u);

    const UniqueFd accepted(accept(listener.get(), nullptr, nullptr));
    auto taken = FindConnection(target, own);
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(taken->inode, InodeOf(accepted));
    EXPECT_NE(taken->inode, InodeOf(client));
  }
}

TEST(FindConnection, TakesNoListenerForOne) {
  const UniqueFd listener = Listen("127.0.0.1:0");
  const NetAddress local = *BoundAddress(listener.get());
  auto found = FindConnection(local, local.WithPort(1));
  EXPECT_TRUE(absl::IsNotFound(found.status())) << found.status();
}

}  // namespace
}  // namespace rollout::shim
