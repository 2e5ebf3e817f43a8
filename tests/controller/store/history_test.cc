// SPDX-License-Identifier: Apache-2.0

#include "controller/store/history.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
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

TEST(History, RequestsPushOutOnlyEachOtherAlsoOverARestart) {
  MemoryStore store;
  const HistoryLimits limits{3, 10, 2};
  {
    auto history = *History::Open(store, limits);
    history->Add(EventOf("web", "1"));
    for (int i = 2; i <= 9; ++i) {
      history->AddRequest(EventOf("web", absl::StrCat("request ", i)));
    }
    history->Add(EventOf("web", "10"));
    EXPECT_THAT(Messages(history->Events("")),
                ElementsAre("10", "request 9", "request 8", "1"));
    store.Settle();
  }
  auto history = *History::Open(store, limits);
  EXPECT_THAT(Messages(history->Events("web")),
              ElementsAre("10", "request 9", "request 8", "1"));
  history->AddRequest(EventOf("web", "request 11"));
  for (int i = 12; i <= 14; ++i) history->Add(EventOf("web", absl::StrCat(i)));
  EXPECT_THAT(Messages(history->Events("web")),
              ElementsAre("14", "13", "12", "request 11", "request 9"));
  store.Settle();
  EXPECT_THAT((*store.List("request/")).entries, SizeIs(2));
}

TEST(History, ARequestIsNewerThanAllThatWasThereBeforeTheRestart) {
  MemoryStore store;
  {
    auto history = *History::Open(store, {});
    history->Add(EventOf("web", "1"));
    history->AddRequest(EventOf("web", "request 2"));
    store.Settle();
  }
  auto history = *History::Open(store, {});
  history->Add(EventOf("web", "3"));
  EXPECT_THAT(Messages(history->Events("")),
              ElementsAre("3", "request 2", "1"));
}

TEST(History, FindsEvents) {
  const absl::Time now = absl::FromUnixSeconds(1000000);
  struct Row {
    std::string plan, host, reason, user;
    int seconds_ago;
    v1::Event::Severity severity;
  };
  MemoryStore store;
  auto history = *History::Open(store, {});
  const Row kRows[] = {
      {"web", "", "RolloutCreated", "ann", 60, v1::Event::NORMAL},
      {"web", "h1", "HostFailed", "", 30, v1::Event::WARNING},
      {"", "h1", "HostCordoned", "ben", 20, v1::Event::NORMAL},
      {"api", "", "RolloutCreated", "ben", 10, v1::Event::NORMAL},
  };
  int number = 0;
  for (const Row& row : kRows) {
    v1::Event event = EventOf(row.plan, absl::StrCat(++number));
    event.set_host(row.host);
    event.set_reason(row.reason);
    event.set_user(row.user);
    event.set_severity(row.severity);
    *event.mutable_time() = ToProto(now - absl::Seconds(row.seconds_ago));
    history->Add(event);
  }
  auto found = [&](const EventQuery& query) {
    return absl::StrJoin(Messages(history->Events(query)), " ");
  };
  EXPECT_EQ(found({}), "4 3 2 1");
  EXPECT_EQ(found({"web"}), "2 1");
  EXPECT_EQ(found({"", "h1"}), "3 2");
  EXPECT_EQ(found({"", "", "RolloutCreated"}), "4 1");
  EXPECT_EQ(found({"", "", "", "ben"}), "4 3");
  EXPECT_EQ(found({"", "", "", "", now - absl::Seconds(30)}), "4 3 2");
  EXPECT_EQ(found({"", "", "", "", absl::InfinitePast(), true}), "2");
  EXPECT_EQ(found({"", "", "", "", absl::InfinitePast(), false, 3}), "4 3 2");
  // The limit is of those that are found, and all must fit.
  EXPECT_EQ(found({"", "", "", "ann", absl::InfinitePast(), false, 1}), "1");
  EXPECT_EQ(found({"web", "h1", "", "ann"}), "");
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
