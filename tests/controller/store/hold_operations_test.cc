// SPDX-License-Identifier: Apache-2.0

#include "controller/store/hold_operations.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/holds.h"
#include "controller/store/keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::HostSelector With(const std::string& name, const std::string& value) {
  v1::HostSelector hosts;
  (*hosts.mutable_match_labels())[name] = value;
  return hosts;
}

class HoldOperationsTest : public ::testing::Test {
 protected:
  HoldOperationsTest() {
    HostRecord record;
    record.mutable_info()->set_name("web-1");
    (*record.mutable_info()->mutable_labels())["zone"] = "a";
    host_ = record.info();
    EXPECT_TRUE(
        CommitNow(store_,
                  {{}, {{HostKey("web-1"), record.SerializeAsString()}}, {}})
            .ok());
    cause_.set_user("ann");
    cause_.set_message("its disk dies");
    cause_.set_address("10.0.0.7:51234");
  }
  ~HoldOperationsTest() override {
    store_.Close();
    history_store_.Close();
  }

  absl::Status Cordon(const std::string& host) {
    Outcome<absl::Status> outcome;
    operations_.Cordon(host, cause_, outcome);
    return outcome.Wait();
  }
  absl::Status Uncordon(const std::string& host) {
    Outcome<absl::Status> outcome;
    operations_.Uncordon(host, cause_, outcome);
    return outcome.Wait();
  }
  absl::Status Freeze(const v1::HostSelector& hosts) {
    Outcome<absl::Status> outcome;
    operations_.Freeze(hosts, cause_, outcome);
    return outcome.Wait();
  }
  absl::Status Unfreeze(const v1::HostSelector& hosts) {
    Outcome<absl::Status> outcome;
    operations_.Unfreeze(hosts, cause_, outcome);
    return outcome.Wait();
  }

  MemoryStore store_;
  MemoryStore history_store_;
  SystemClock clock_;
  std::unique_ptr<Catalog> catalog_ = *Catalog::Open(store_);
  std::unique_ptr<History> history_ = *History::Open(history_store_, {});
  HoldOperations operations_{*catalog_, *history_, clock_};
  v1::HostInfo host_;
  v1::Cause cause_;
};

TEST_F(HoldOperationsTest, ACordonIsOfOneHostUntilItIsTakenBack) {
  ASSERT_TRUE(Cordon("web-1").ok());
  Holds holds = catalog_->Holds();
  ASSERT_NE(holds.CordonOf("web-1"), nullptr);
  EXPECT_EQ(TextOf(*holds.CordonOf("web-1")), "cordoned by ann: its disk dies");
  EXPECT_EQ(holds.CordonOf("web-2"), nullptr);
  const absl::Status again = Cordon("web-1");
  EXPECT_EQ(again.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(again.message(),
            "host web-1 is already cordoned by ann: its disk dies");
  ASSERT_TRUE(Uncordon("web-1").ok());
  EXPECT_EQ(catalog_->Holds().CordonOf("web-1"), nullptr);
  EXPECT_EQ(Uncordon("web-1").message(), "host web-1 is not cordoned");
  ASSERT_TRUE(Cordon("web-1").ok());
}

TEST_F(HoldOperationsTest, AHostThatNobodyKnowsIsNotCordoned) {
  for (const absl::Status& status : {Cordon("web-l"), Uncordon("web-l")}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(status.message(),
              "no host \"web-l\" has ever connected: did you mean \"web-1\"?");
  }
}

TEST_F(HoldOperationsTest, AFreezeIsOfAllOrOfThoseWithItsLabels) {
  ASSERT_TRUE(Freeze(With("zone", "b")).ok());
  EXPECT_EQ(catalog_->Holds().FreezeOf(host_), nullptr);
  ASSERT_TRUE(Freeze(With("zone", "a")).ok());
  Holds holds = catalog_->Holds();
  ASSERT_NE(holds.FreezeOf(host_), nullptr);
  EXPECT_EQ(TextOf(*holds.FreezeOf(host_)),
            "all with zone=a frozen by ann: its disk dies");
  ASSERT_TRUE(Freeze({}).ok());
  EXPECT_EQ(Freeze({}).message(), "already frozen by ann: its disk dies");
  ASSERT_TRUE(Unfreeze(With("zone", "a")).ok());
  // The one for all is there.
  EXPECT_NE(catalog_->Holds().FreezeOf(host_), nullptr);
  ASSERT_TRUE(Unfreeze({}).ok());
  EXPECT_EQ(catalog_->Holds().FreezeOf(host_), nullptr);
  const absl::Status none = Unfreeze({});
  EXPECT_EQ(none.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.message()),
              HasSubstr("there is no freeze of the fleet, but of zone=b: name "
                        "the labels that one was made with"));
  ASSERT_TRUE(Unfreeze(With("zone", "b")).ok());
  EXPECT_THAT(std::string(Unfreeze(With("zone", "b")).message()),
              HasSubstr("zone=b: nothing is frozen"));
}

TEST_F(HoldOperationsTest, LabelsThatCouldBeTakenForOthersAreRefused) {
  for (const v1::HostSelector& hosts :
       {With("a=b", "c"), With("a", "b,c=d"), With("", "b"), With("a,b", "")}) {
    EXPECT_EQ(Freeze(hosts).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(catalog_->Holds().freezes.empty());
}

TEST_F(HoldOperationsTest, EachIsTold) {
  ASSERT_TRUE(Cordon("web-1").ok());
  ASSERT_TRUE(Freeze(With("zone", "a")).ok());
  ASSERT_TRUE(Unfreeze(With("zone", "a")).ok());
  ASSERT_TRUE(Uncordon("web-1").ok());
  std::vector<std::string> told;
  for (const v1::Event& event : history_->Events("")) {
    told.push_back(
        absl::StrCat(event.reason(), " ", event.host(), ": ", event.message()));
    EXPECT_EQ(event.user(), "ann");
    EXPECT_EQ(event.address(), "10.0.0.7:51234");
    EXPECT_EQ(event.result(), "OK");
    EXPECT_EQ(event.severity(), v1::Event::NORMAL);
    EXPECT_TRUE(event.has_time());
  }
  EXPECT_THAT(
      told,
      ElementsAre(
          "HostUncordoned web-1: rollouts begin there again: its disk dies",
          "Unfrozen : all hosts with zone=a: its disk dies",
          "Frozen : all hosts with zone=a: its disk dies",
          "HostCordoned web-1: no rollout begins there: its disk dies"));
}

TEST_F(HoldOperationsTest, EachIsRemembered) {
  const int64_t before = catalog_->Holds().mod_revision;
  ASSERT_TRUE(Cordon("web-1").ok());
  EXPECT_GT(catalog_->Holds().mod_revision, before);
  ASSERT_TRUE(Freeze({}).ok());
  // And by the next controller.
  auto reopened = *Catalog::Open(store_);
  EXPECT_NE(reopened->Holds().CordonOf("web-1"), nullptr);
  EXPECT_NE(reopened->Holds().FreezeOf(host_), nullptr);
  EXPECT_EQ(reopened->Holds().mod_revision, catalog_->Holds().mod_revision);
}

TEST_F(HoldOperationsTest, ADiskThatFailsChangesNothing) {
  store_.SetFailure(absl::UnavailableError("disk full"));
  EXPECT_EQ(Freeze({}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(catalog_->Holds().FreezeOf(host_), nullptr);
  EXPECT_TRUE(history_->Events("").empty());
}

}  // namespace
}  // namespace rollout::store
