// SPDX-License-Identifier: Apache-2.0
//
// What people see, whole, against checked-in files.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolloutctl/render/change_lines.h"
#include "rolloutctl/render/host_description.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/plan_description.h"
#include "rolloutctl/render/progress_bar.h"
#include "rolloutctl/render/status_tree.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/swap_description.h"
#include "rolloutctl/render/why_text.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/render/wrap.h"
#include "tests/rolloutctl/golden.h"
#include "tests/rolloutctl/render/list_samples.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::render {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void ExpectSample(const std::string& name, const std::string& text) {
  ExpectGolden(absl::StrCat("tests/rolloutctl/render/samples/", name), text);
}

TEST(Rendering, Swap) {
  const v1::ListResponse lists = SampleLists();
  ASSERT_THAT(lists.swaps(), SizeIs(2));
  ExpectSample("swap_done.txt", SwapDescription(lists.swaps(0), kNow));
  ExpectSample("swap_refused.txt", SwapDescription(lists.swaps(1), kNow));
}

TEST(Rendering, Plan) {
  v1::PlanStatus status = MidRollout();
  *status.mutable_plan()->mutable_changed() = status.plan().created();
  v1::PlanSync& sync = *status.mutable_sync();
  sync.set_source("prod");
  sync.set_path("plans/web.yaml");
  sync.set_state(v1::OUT_OF_SYNC);
  sync.set_reason("Drifted");
  sync.set_message("ann has changed it");
  ExpectSample("plan_description.txt",
               PlanDescription(status, SampleLists(), {kNow}));
}

TEST(Rendering, Host) {
  v1::Host host = SampleLists().hosts(0);
  host.mutable_info()->add_limitations("no memory controller");
  v1::ServiceObservation& orphan = *host.add_services();
  orphan.set_plan("old");
  orphan.set_orphaned(true);
  orphan.add_generations()->set_phase(v1::SERVING);
  ExpectSample("host_description.txt",
               HostDescription(host, SampleLists(), kNow, false));
}

TEST(Rendering, History) {
  ExpectSample(
      "history.txt",
      HistoryTable(SampleLists(), SampleLists(), Width::kWide).Render(false));
}

TEST(Rendering, Applied) {
  v1::ApplyResponse applied;
  auto* web = applied.add_plans();
  web->set_name("web");
  web->set_change(v1::AppliedPlan::CHANGED);
  web->set_revision("3f2a91c0de");
  web->set_rollout(2);
  auto* api = applied.add_plans();
  api->set_name("api-gateway");
  api->set_change(v1::AppliedPlan::UNCHANGED);
  api->set_revision("0011223344");
  ExpectSample("applied.txt", AppliedTable(applied).Render(false));
}

TEST(Rendering, Why) {
  v1::WhyResponse why;
  *why.mutable_rollout() = MidRollout().rollout();
  ExpectSample("why_nothing.txt", WhyText(why, false));
  auto add = [&why](const char* name, const char* rule, const char* message) {
    v1::HostWhy* host = why.add_hosts();
    host->set_host(name);
    host->set_rule(rule);
    host->set_message(message);
  };
  add("web-1", "", "");
  add("web-2", "MinReady", "has served for 4s of 10s");
  add("web-3", "MaxSurge", "1 may be in change: 1 host (web-2) in change");
  ExpectSample("why.txt", WhyText(why, false));
}

TEST(Rendering, Status) {
  ExpectSample("status_progressing.txt", StatusTree(MidRollout(), {kNow}));
  ExpectSample("status_complete.txt", StatusTree(Complete(), {kNow}));
  ExpectSample("status_rolling_back.txt", StatusTree(RollingBack(), {kNow}));
  ExpectSample("status_rolled_back.txt", StatusTree(RolledBack(), {kNow}));
  ExpectSample("status_color.txt", StatusTree(RolledBack(), {kNow, true}));
}

// Every line fits, and nothing that is said is cut.
TEST(Rendering, StatusFitsTheWindow) {
  for (int columns : {80, 160}) {
    SCOPED_TRACE(columns);
    StatusView view{kNow};
    view.columns = columns;
    const std::string text = StatusTree(MidRollout(), view);
    ExpectSample(absl::StrCat("status_", columns, "_columns.txt"), text);
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      EXPECT_LE(Columns(line), columns) << line;
    }
  }
}

TEST(Rendering, AStatusInFewColumnsStillSaysHowFarItIs) {
  for (int columns = 1; columns < 60; ++columns) {
    SCOPED_TRACE(columns);
    StatusView view{kNow};
    view.columns = columns;
    const std::string text = StatusTree(MidRollout(), view);
    if (columns < 26) continue;
    const size_t begin = text.find("progress");
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    EXPECT_THAT(line, EndsWith("  1 of 4 hosts"));
    EXPECT_LE(Columns(line), columns);
  }
}

TEST(Rendering, ABriefStatusBeginsWithWhatWantsToBeSeen) {
  StatusView view{kNow};
  view.brief = true;
  ExpectSample("status_brief.txt", StatusTree(MidRollout(), view));
}

TEST(Rendering, ProgressIsFullWhenAllHaveArrivedAndNotBefore) {
  auto bar = [](int desired, int arrived, int in_change) {
    v1::HostCounts hosts;
    hosts.set_desired(desired);
    hosts.set_updated(arrived);
    hosts.set_in_change(in_change);
    return ProgressBar(hosts, 10, false);
  };
  EXPECT_EQ(bar(4, 1, 1), "██▒▒▒░░░░░");
  EXPECT_EQ(bar(10000, 0, 1), "▒░░░░░░░░░");
  EXPECT_EQ(bar(10000, 9999, 0), "█████████░");
  EXPECT_EQ(bar(10000, 9999, 1), "█████████▒");
  EXPECT_EQ(bar(3, 3, 0), "██████████");
  EXPECT_EQ(bar(0, 0, 0), "░░░░░░░░░░");
}

TEST(Rendering, TextIsBrokenAtBlanks) {
  EXPECT_THAT(Wrap("", 5), ElementsAre(""));
  EXPECT_THAT(Wrap("ab  c", 5), ElementsAre("ab  c"));
  EXPECT_THAT(Wrap("ab cd ef", 5), ElementsAre("ab cd", "ef"));
  EXPECT_THAT(Wrap("abcdefgh ij", 3), ElementsAre("abc", "def", "gh", "ij"));
  EXPECT_THAT(Wrap("a bcdef", 3), ElementsAre("a", "bcd", "ef"));
  EXPECT_THAT(Wrap("äöü ßé", 3), ElementsAre("äöü", "ßé"));
}

TEST(Rendering, StatusOfAPlanWithoutARolloutAndHosts) {
  v1::PlanStatus status;
  status.mutable_plan()->set_name("new");
  EXPECT_EQ(StatusTree(status, {kNow}),
            "new: no rollout yet\n\nno host matches the plan's selector\n");
}

TEST(Rendering, Changes) {
  std::string text;
  v1::PlanStatus before;
  for (const v1::PlanStatus& after :
       {MidRollout(), MidRollout(), RolledBack(), Complete()}) {
    absl::StrAppend(&text, absl::StrJoin(ChangeLines(before, after), "\n"),
                    "\n--\n");
    before = after;
  }
  ExpectSample("changes.txt", text);
}

TEST(Rendering, ATimeThatRunsOnIsNoChange) {
  v1::PlanStatus before = MidRollout();
  before.mutable_hosts(0)->set_reason("served 9s of 12s");
  v1::PlanStatus after = before;
  after.mutable_hosts(0)->set_reason("served 10s of 12s");
  EXPECT_THAT(ChangeLines(before, after), IsEmpty());
  after.mutable_hosts(0)->mutable_generations(0)->set_weight(500);
  EXPECT_THAT(ChangeLines(before, after), SizeIs(1));
}

// Each host that is there gives ten thousand others another reason to wait.
TEST(Rendering, WhatKeepsAHostFromItsTurnIsNoChange) {
  v1::PlanStatus before = MidRollout();
  v1::PlanStatus after = before;
  after.mutable_hosts(3)->set_rule("MaxUnavailable");
  after.mutable_hosts(3)->set_reason("1 host (web-3) out of service");
  EXPECT_THAT(ChangeLines(before, after), IsEmpty());
  after.mutable_hosts(3)->set_state("Starting");
  EXPECT_THAT(ChangeLines(before, after), SizeIs(1));
}

TEST(Rendering, Json) {
  ExpectSample("rolled_back.json", Structured(RolledBack(), {Format::kJson}));
}

TEST(Rendering, Yaml) {
  ExpectSample("rolled_back.yaml", Structured(RolledBack(), {Format::kYaml}));
}

TEST(Rendering, AStreamHasADocumentForEachMessage) {
  v1::UndoResponse message;
  message.set_rollout(3);
  EXPECT_EQ(Structured(message, {Format::kJson, "", true}),
            "{\"rollout\":\"3\",\"revision\":\"\"}\n");
  EXPECT_EQ(Structured(message, {Format::kYaml, "", true}),
            "---\nrollout: \"3\"\nrevision: \"\"\n");
}

}  // namespace
}  // namespace rollout::render
