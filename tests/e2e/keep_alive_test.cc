// SPDX-License-Identifier: Apache-2.0
//
// Clients that send several requests over each connection, while the server is
// swapped. Where a drain waits for connections, and the clients end theirs at
// some time, nobody notices. What clients notice of the other waits depends on
// the program, and is shown.

#include <algorithm>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/programs/program.h"

namespace rollout::e2e {
namespace {

// For each kind of wait, of which there are three.
const int kSwaps = std::max(2, SwapsOfEach() / 5);

constexpr absl::Duration kLimit = absl::Seconds(60);

// All but those that end each connection after one answer, or end the idle ones
// when they are told to rest.
std::vector<std::string> ProgramsThatKeepConnections() {
  std::vector<std::string> names;
  for (const std::string& name : programs::ProgramNames()) {
    if (name != "python" && name != "gunicorn" &&
        !absl::EndsWith(name, "_signal")) {
      names.push_back(name);
    }
  }
  return names;
}

std::string Counts(const std::string& wait, const load::LoadResult& result) {
  std::string text = absl::StrFormat(
      "wait: %-11s  %d swaps, %d requests on %d connections, %d ended by the "
      "server while idle; failed %d",
      wait, kSwaps, result.total(), result.connections(),
      result.ended_in_between(), result.failed());
  for (int i = 0; i < load::kOutcomes; ++i) {
    auto outcome = static_cast<load::Outcome>(i);
    if (outcome == load::Outcome::kOk) continue;
    absl::StrAppend(&text, ", ", load::OutcomeName(outcome), " ",
                    result.count(outcome));
  }
  return absl::StrCat(text, "; on new connections ", result.failed_new(), "\n");
}

class KeepAlive : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    auto program = programs::MakeProgram(GetParam(), fleet_->directory());
    ASSERT_TRUE(program.ok()) << program.status();
    program_ = *std::move(program);
  }

  // To the next version, until the last one has gone: a host that still has
  // one on its way out keeps the next one warm for longer, and its clients
  // leave by themselves.
  void Swap(const std::string& wait) {
    auto version = program_->Make(++number_, Fleet::Address(0), fleet_->port());
    ASSERT_TRUE(version.ok()) << version.status();
    protocol_ = version->protocol;
    answer_ = std::string(absl::StripAsciiWhitespace(version->answer));
    ManifestFields fields;
    fields.version = *version;
    fields.port = fleet_->port();
    fields.drain_wait = wait;

    absl::Status applied = fleet_->operate().Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
    auto end = fleet_->operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, End::kDone);
    auto ended = AwaitSwaps(fleet_->operate(), "web", number_ - 1);
    ASSERT_TRUE(ended.ok()) << ended.status();
    swaps_ = *std::move(ended);
  }

  // The load over `kSwaps` swaps away from versions with that wait.
  load::LoadResult LoadOverSwaps(const std::string& wait) {
    Swap(wait);
    load::LoadOptions options;
    options.address = fleet_->Target(0);
    options.protocol = protocol_;
    options.clients = 16;
    // About half a second: longer than it takes to come to a drain.
    options.requests_per_connection = 100;
    options.think_time = absl::Milliseconds(10);
    auto load = load::ConnectionLoad::Start(options);
    EXPECT_TRUE(load.ok()) << load.status();
    AwaitClients(**load);
    for (int i = 0; i < kSwaps && !HasFailure(); ++i) {
      Swap(wait);
      AwaitClients(**load);
    }
    (*load)->Stop();
    ExpectConnectionsCarried();
    return (*load)->Result();
  }

  // Until most clients have come over to the newest version.
  void AwaitClients(const load::ConnectionLoad& load) {
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      const load::LoadResult result = load.Result();
      auto answers = result.bodies().find(answer_);
      return answers != result.bodies().end() && answers->second >= 500;
    }));
  }

  // Else the swaps under load have proved nothing. One of them may come when a
  // machine that has no time to spare is between two connections.
  void ExpectConnectionsCarried() {
    ASSERT_GE(swaps_.size(), static_cast<size_t>(kSwaps));
    uint64_t carried = 0;
    for (auto swap = swaps_.end() - kSwaps; swap != swaps_.end(); ++swap) {
      carried += swap->connections_carried();
    }
    EXPECT_GT(carried, 0u);
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<programs::Program> program_;
  load::Protocol protocol_;
  std::string answer_;
  std::vector<v1::SwapReport> swaps_;
  int number_ = 0;
};

TEST_P(KeepAlive, NothingFailsWhereADrainWaitsForConnections) {
  std::cout << GetParam() << "\n";
  for (const char* wait : {"connections", "requests", "queue"}) {
    SCOPED_TRACE(wait);
    load::LoadResult result = LoadOverSwaps(wait);
    std::cout << Counts(wait, result) << std::flush;
    EXPECT_GT(result.total(), 5 * result.connections())
        << "connections were not kept: " << result.ToJson();
    EXPECT_EQ(result.count(load::Outcome::kRefused), 0) << result.ToJson();
    if (std::string(wait) == "connections") {
      EXPECT_EQ(result.failed(), 0) << result.ToJson();
      EXPECT_EQ(result.ended_in_between(), 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, KeepAlive,
                         ::testing::ValuesIn(ProgramsThatKeepConnections()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::e2e
