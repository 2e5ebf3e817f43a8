// SPDX-License-Identifier: Apache-2.0
//
// Whole swaps of programs that know nothing of it, under load.

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

// Swaps python3 -m http.server again and again under load.
class SwapTest : public ShimTest {
 protected:
  void SwapUnderLoad(const std::function<void(v1::StartRequest&)>& change) {
    constexpr uint64_t kSwaps = 6;
    auto server = [&](uint64_t generation) {
      v1::StartRequest request = HttpServer(generation);
      change(request);
      return request;
    };
    ASSERT_TRUE(Start(server(1)).ok());
    ASSERT_TRUE(AwaitReady(1));
    ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
    HttpLoad load(port_, 4);
    for (uint64_t next = 2; next < 2 + kSwaps; ++next) {
      SCOPED_TRACE(next);
      int before = load.done();
      absl::Status started = Start(server(next));
      ASSERT_TRUE(started.ok()) << started;
      ASSERT_TRUE(AwaitReady(next)) << State(next).problem();
      ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
      ASSERT_TRUE(Drain(next - 1).ok());
      ASSERT_TRUE(AwaitEnded(next - 1));
      EXPECT_TRUE(Eventually([&] { return load.done() >= before + 100; }));
      v1::Generation old = State(next - 1);
      const v1::GenerationTimes& times = old.times();
      const v1::GenerationTimes newer = State(next).times();
      GTEST_LOG_(INFO) << "start to listen "
                       << (newer.listening_ns() - newer.started_ns()) / 1000
                       << " us, flip "
                       << (newer.flip_ended_ns() - newer.flip_began_ns()) / 1000
                       << " us, queue empty after "
                       << (times.queue_empty_ns() - times.retired_ns()) / 1000
                       << " us, drain to signal "
                       << (times.signalled_ns() - times.drain_began_ns()) / 1000
                       << " us, signal to end "
                       << (times.ended_ns() - times.signalled_ns()) / 1000
                       << " us";
      EXPECT_EQ(old.connections_cut(), 0u);
      EXPECT_FALSE(old.killed());
      EXPECT_EQ(old.listeners(), 0u);
      ASSERT_TRUE(Forget(next - 1).ok());
    }
    load.Stop();
    EXPECT_EQ(load.failures(), "");
    EXPECT_EQ(load.answers().size(), kSwaps + 1);
    RecordProperty("requests", load.done());
  }
};

TEST_F(SwapTest, LosesNoRequestOfAnUnmodifiedServer) {
  SwapUnderLoad([](v1::StartRequest&) {});
}

// Connections belong to the user, listeners to the shim: they still share the
// address.
TEST_F(SwapTest, LosesNoRequestOfAnotherUsersServer) {
  SwapUnderLoad([](v1::StartRequest& request) {
    request.set_set_user(true);
    request.set_uid(65534);
    request.set_gid(65534);
  });
}

TEST_F(SwapTest, LosesNoRequestOnADualStackWildcard) {
  SwapUnderLoad([this](v1::StartRequest& request) {
    request.mutable_endpoints(0)->set_address(absl::StrCat("[::]:", port_));
    request.set_command(4, "::");
  });
}

}  // namespace
}  // namespace rollout::shim
