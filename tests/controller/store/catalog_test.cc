// SPDX-License-Identifier: Apache-2.0

#include "controller/store/catalog.h"

#include <string>
#include <vector>

#include "controller/store/keys.h"
#include "controller/store/revision_id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Transaction PutAll() {
  PlanRecord plan;
  plan.mutable_plan()->set_name("web");
  plan.set_last_rollout(12);
  v1::Rollout rollout;
  rollout.set_plan("web");
  rollout.set_number(12);
  v1::Rollout older = rollout;
  older.set_number(9);
  v1::Revision revision;
  revision.set_id("abc");
  AssignmentRecord assignment;
  assignment.set_host("h1");
  HostRecord host;
  host.mutable_info()->set_name("h1");
  EpochRecord epoch;
  epoch.set_epoch(4);
  return {{},
          {{PlanKey("web"), plan.SerializeAsString()},
           {RolloutKey("web", 12), rollout.SerializeAsString()},
           {RolloutKey("web", 9), older.SerializeAsString()},
           {RevisionKey("web", "abc"), revision.SerializeAsString()},
           {AssignmentKey("web", "h1"), assignment.SerializeAsString()},
           {HostKey("h1"), host.SerializeAsString()},
           {kEpochKey, epoch.SerializeAsString()}},
          {}};
}

void ExpectAll(const Catalog& catalog) {
  EXPECT_THAT(catalog.PlanNames(), ElementsAre("web"));
  auto state = catalog.FindPlan("web");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->plan.mod_revision, 1);
  EXPECT_EQ(state->rollout.record.number(), 12);
  std::vector<v1::Rollout> rollouts = catalog.Rollouts("web");
  ASSERT_THAT(rollouts, SizeIs(2));
  EXPECT_EQ(rollouts[1].number(), 9);
  EXPECT_TRUE(catalog.FindRevision("web", "abc"));
  EXPECT_THAT(catalog.Assignments("web"), SizeIs(1));
  EXPECT_TRUE(catalog.FindAssignment("web", "h1"));
  EXPECT_THAT(catalog.Hosts(), SizeIs(1));
  EXPECT_EQ(catalog.epoch(), 4u);
}

TEST(Catalog, ShowsWhatWasThereAndWhatComes) {
  MemoryStore store;
  auto early = *Catalog::Open(store);
  EXPECT_THAT(early->PlanNames(), IsEmpty());
  ASSERT_TRUE(CommitNow(store, PutAll()).ok());
  ExpectAll(*early);
  ExpectAll(**Catalog::Open(store));
}

TEST(Catalog, ForgetsWhatIsDeleted) {
  MemoryStore store;
  auto catalog = *Catalog::Open(store);
  Transaction all = PutAll();
  ASSERT_TRUE(CommitNow(store, all).ok());
  Transaction none;
  for (const KeyValue& put : all.puts) none.deletes.push_back(put.key);
  ASSERT_TRUE(CommitNow(store, none).ok());
  EXPECT_THAT(catalog->PlanNames(), IsEmpty());
  EXPECT_FALSE(catalog->FindPlan("web"));
  EXPECT_THAT(catalog->Rollouts("web"), IsEmpty());
  EXPECT_THAT(catalog->Revisions("web"), IsEmpty());
  EXPECT_THAT(catalog->Assignments("web"), IsEmpty());
  EXPECT_THAT(catalog->Hosts(), IsEmpty());
}

TEST(Catalog, TellsOncePerCommitWhatChanged) {
  MemoryStore store;
  auto catalog = *Catalog::Open(store);
  std::vector<std::string> told;
  catalog->Subscribe(
      {[&](const std::string& plan) {
         EXPECT_TRUE(catalog->FindPlan(plan));
         told.push_back("plan " + plan);
       },
       [&](const std::string& host) { told.push_back("host " + host); }});
  ASSERT_TRUE(CommitNow(store, PutAll()).ok());
  EXPECT_THAT(told, ElementsAre("plan web", "host h1"));
}

TEST(Catalog, NamesTheRecordItCantUnderstand) {
  MemoryStore store;
  ASSERT_TRUE(CommitNow(store, {{}, {{PlanKey("web"), "\xff\xff"}}, {}}).ok());
  auto catalog = Catalog::Open(store);
  EXPECT_TRUE(absl::IsDataLoss(catalog.status()));
  EXPECT_THAT(catalog.status().message(), HasSubstr("plan/web"));
}

TEST(RevisionId, DependsOnContentAndNotOnTheOrderOfMaps) {
  v1::ServiceTemplate a, b;
  for (int i = 0; i < 20; ++i) {
    (*a.mutable_environment())[std::to_string(i)] = "x";
    (*b.mutable_environment())[std::to_string(19 - i)] = "x";
  }
  EXPECT_EQ(RevisionId(a), RevisionId(b));
  EXPECT_THAT(RevisionId(a), SizeIs(10));
  b.add_command("/bin/true");
  EXPECT_NE(RevisionId(a), RevisionId(b));
  // SHA-256 of nothing.
  EXPECT_EQ(RevisionId({}), "e3b0c44298");
}

}  // namespace
}  // namespace rollout::store
