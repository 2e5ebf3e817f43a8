// SPDX-License-Identifier: Apache-2.0
//
// Generations that never run at once: clients wait in between, none is lost.

#include <sys/socket.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

class HoldTest : public ShimTest {
 protected:
  absl::Status Hold() {
    v1::Request request;
    request.mutable_hold();
    return Send(request);
  }
  void Serve(const v1::StartRequest& request) {
    const uint64_t generation = request.generation();
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(generation)) << State(generation).problem();
    ASSERT_TRUE(SetWeights({{generation, 1000}}).ok());
  }
  void End(uint64_t generation) {
    absl::Status drained = Drain(generation);
    ASSERT_TRUE(drained.ok()) << drained;
    ASSERT_TRUE(AwaitEnded(generation));
  }
};

TEST_F(HoldTest, OneAfterTheOtherLosesNoRequest) {
  Serve(HttpServer(1));
  HttpLoad load(port_, 4);
  for (uint64_t next = 2; next < 8; ++next) {
    SCOPED_TRACE(next);
    const int before = load.done();
    ASSERT_TRUE(Eventually([&] { return load.done() >= before + 50; }));
    absl::Status held = Hold();
    ASSERT_TRUE(held.ok()) << held;
    EXPECT_TRUE(State().holding());
    ASSERT_NO_FATAL_FAILURE(End(next - 1));
    EXPECT_FALSE(State(next - 1).killed());
    EXPECT_EQ(State(next - 1).connections_cut(), 0u);
    EXPECT_EQ(State(next - 1).listeners(), 0u);
    ASSERT_NO_FATAL_FAILURE(Serve(HttpServer(next)));
    const v1::Generation fresh = State(next);
    EXPECT_FALSE(State().holding());
    EXPECT_NE(fresh.times().hold_began_ns(), 0u);
    EXPECT_LT(fresh.times().hold_began_ns(), fresh.times().started_ns());
    EXPECT_GT(fresh.connections_held(), 0u);
    ASSERT_TRUE(Forget(next - 1).ok());
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 7u);
}

TEST_F(HoldTest, GivenUpGoesBackToTheOneThatServed) {
  Serve(HttpServer(1));
  HttpLoad load(port_, 4);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Hold().ok());
    ASSERT_TRUE(Hold().ok());  // once more changes nothing
    ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_TRUE(Eventually([&] { return State(1).listeners() == 1; }));
}

TEST_F(HoldTest, IsRefusedWhereQueuesDoNotMove) {
  Serve(HttpServer(1));
  SetMigration(false);
  absl::Status held = Hold();
  EXPECT_EQ(held.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(held.message(), HasSubstr("tcp_migrate_req"));
  EXPECT_FALSE(State().holding());
  EXPECT_EQ(State(1).weight(), 1000u);
  EXPECT_EQ(Get(port_), "generation 1");
}

TEST_F(HoldTest, IsRefusedWhereNobodyListens) {
  EXPECT_EQ(Hold().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(State().holding());
}

// Nobody will come: a client that is told so can go elsewhere.
TEST_F(HoldTest, WhoWaitsIsCutWhenNobodyShallServe) {
  Serve(HttpServer(1));
  ASSERT_TRUE(Hold().ok());
  UniqueFd waiting = Connect(port_);
  ASSERT_TRUE(waiting.valid());
  ASSERT_NO_FATAL_FAILURE(End(1));
  ASSERT_TRUE(SetWeights({}).ok());
  char byte;
  EXPECT_LE(recv(waiting.get(), &byte, 1, 0), 0);
  EXPECT_NE(errno, EAGAIN) << "it waits for ever";
  EXPECT_FALSE(Connect(port_).valid());
}

TEST_F(HoldTest, AnAddressThatOverlapsTheOldOneNeedsIt) {
  Serve(HttpServer(1));
  auto everywhere = [&](uint64_t generation) {
    v1::StartRequest request = HttpServer(generation);
    request.mutable_endpoints(0)->set_address(absl::StrCat("0.0.0.0:", port_));
    request.set_command(4, "0.0.0.0");
    return request;
  };
  ASSERT_TRUE(Start(everywhere(2)).ok());
  ASSERT_TRUE(Await(2, [](const v1::Generation& g) { return g.pid() == 0; }));
  EXPECT_THAT(State(2).problem(), HasSubstr("handover exclusive"));
  EXPECT_EQ(Get(port_), "generation 1");
  ASSERT_TRUE(Hold().ok());
  ASSERT_NO_FATAL_FAILURE(End(1));
  ASSERT_NO_FATAL_FAILURE(Serve(everywhere(3)));
  EXPECT_EQ(Get(port_), "generation 3");
}

}  // namespace
}  // namespace rollout::shim
