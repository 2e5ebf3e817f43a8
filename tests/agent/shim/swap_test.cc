// SPDX-License-Identifier: Apache-2.0
//
// Whole swaps of programs that know nothing of it, under load.

#include <memory>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

class SwapTest : public ShimTest {};

TEST_F(SwapTest, LosesNoRequestOfAnUnmodifiedServer) {
  constexpr uint64_t kSwaps = 6;
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  HttpLoad load(port_, 4);
  for (uint64_t next = 2; next < 2 + kSwaps; ++next) {
    SCOPED_TRACE(next);
    int before = load.done();
    absl::Status started = Start(HttpServer(next));
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(next));
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    ASSERT_TRUE(Drain(next - 1).ok());
    ASSERT_TRUE(AwaitEnded(next - 1));
    EXPECT_TRUE(Eventually([&] { return load.done() >= before + 100; }));
    v1::Generation old = State(next - 1);
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

}  // namespace
}  // namespace rollout::shim
