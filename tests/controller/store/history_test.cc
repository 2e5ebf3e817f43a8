// SPDX-License-Identifier: Apache-2.0

#include "controller/store/history.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

v1::Event EventOf(const std::string& plan, const std::string& message) {
  v1::Event event;
  event.set_plan(plan);
  event.set_message(message);
  return event;
}

v1::SwapReport ReportOf(const std::string& host, const std::string& id) {
  v1::SwapReport report;
  report.set_host(host);
  report.set_plan("web");
  report.set_id(id);
  return report;
}

std::vector<std::string> Messages(const std::vector<v1::Event>& events) {
  std::vector<std::string> messages;
  for (const v1::Event& event : events) messages.push_back(event.message());
  return messages;
}

absl::Status PutNow(History& history, v1::SwapReport report) {
  Outcome<absl::Status> outcome;
  history.Put(std::move(report), outcome);
  return outcome.Wait();
}

TEST(History, KeepsTheNewestEventsAlsoOverARestart) {
  MemoryStore store;
  {
    auto history = *History::Open(store, {3, 10});
    for (int i = 1; i <= 5; ++i) {
      history->Add(EventOf(i % 2 ? "web" : "api", absl::StrCat(i)));
    }
    EXPECT_THAT(Messages(history->Events("")), ElementsAre("5", "4", "3"));
    EXPECT_THAT(Messages(history->Events("web")), ElementsAre("5", "3"));
    store.Settle();
  }
  auto history = *History::Open(store, {3, 10});
  history->Add(EventOf("web", "6"));
  EXPECT_THAT(Messages(history->Events("")), ElementsAre("6", "5", "4"));
}

TEST(History, AReportReplacesTheEarlierOneWithItsId) {
  MemoryStore store;
  auto history = *History::Open(store, {10, 2});
  ASSERT_TRUE(PutNow(*history, ReportOf("a", "web/1")).ok());
  ASSERT_TRUE(PutNow(*history, ReportOf("b", "web/1")).ok());
  v1::SwapReport more = ReportOf("a", "web/1");
  more.set_reason("more");
  ASSERT_TRUE(PutNow(*history, more).ok());
  std::vector<v1::SwapReport> swaps = history->Swaps("");
  ASSERT_THAT(swaps, SizeIs(2));
  EXPECT_EQ(swaps[1].reason(), "more");
  ASSERT_TRUE(PutNow(*history, ReportOf("c", "web/1")).ok());
  EXPECT_THAT(history->Swaps("web"), SizeIs(2));
  EXPECT_THAT((*History::Open(store, {10, 2}))->Swaps("web"), SizeIs(2));
}

TEST(History, SaysWhenAReportCouldNotBeStored) {
  MemoryStore store;
  auto history = *History::Open(store, {});
  store.SetFailure(absl::UnavailableError("disk full"));
  EXPECT_TRUE(absl::IsUnavailable(PutNow(*history, ReportOf("a", "web/1"))));
}

}  // namespace
}  // namespace rollout::store
