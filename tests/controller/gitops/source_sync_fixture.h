// SPDX-License-Identifier: Apache-2.0
//
// One source with all that its passes work with, for their tests.

#ifndef TESTS_CONTROLLER_GITOPS_SOURCE_SYNC_FIXTURE_H_
#define TESTS_CONTROLLER_GITOPS_SOURCE_SYNC_FIXTURE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "controller/gitops/source_sync.h"
#include "controller/store/keys.h"
#include "controller/store/rollout_status.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/memory_store.h"

namespace rollout::gitops {

// A plan of that name that runs that command.
inline std::string Manifest(const std::string& name,
                            const std::string& command) {
  return absl::StrCat(
      "apiVersion: rollout/v1\nkind: Plan\nmetadata: {name: ", name,
      "}\nspec:\n  hosts: {matchLabels: {role: web}}\n  service:\n"
      "    artifact: {url: \"file:///srv/a\", sha256: ",
      std::string(64, 'a'), "}\n    command: [", command,
      "]\n    endpoints: [{name: http, address: \"0.0.0.0:80\"}]\n");
}

class SourceSyncTest : public ::testing::Test {
 protected:
  ~SourceSyncTest() override { store_.Close(); }

  std::unique_ptr<SourceSync> MakeSync(manifest::SyncSettings policy = {}) {
    SourceSettings settings;
    settings.name = "prod";
    settings.fetch.set_url("https://example.com/plans.git");
    settings.policy = policy;
    SyncRooms rooms{
        *catalog_,
        *history_,
        operations_,
        fetcher_,
        clock_,
        [this](const std::vector<manifest::ParsedPlan>&) { return check_; },
        [this](const ListedArtifact& artifact, HttpExchange&) {
          lookups_.push_back(artifact.sha256_from);
          return digest_;
        },
        metrics_};
    return std::make_unique<SourceSync>(rooms, settings, "/tmp/none",
                                        std::set<std::string>{"prod"});
  }

  // What the plan runs; empty: there is none.
  std::string CommandOf(const std::string& plan) {
    auto state = catalog_->FindPlan(plan);
    if (!state) return "";
    return state->plan.record.plan().spec().service().command(0);
  }

  v1::Rollout RolloutOf(const std::string& plan) {
    return catalog_->FindPlan(plan)->rollout.record;
  }

  void ApplyByHand(const std::string& manifest) {
    auto plans = manifest::ParseManifests({{"-", manifest}});
    v1::Cause ann;
    ann.set_user("ann");
    store::Outcome<absl::StatusOr<std::vector<store::Applied>>> outcome;
    operations_.Apply({{plans->front().name, plans->front().spec}}, ann,
                      outcome);
    ASSERT_TRUE(outcome.Wait().ok());
  }

  // As the engine does it.
  void End(const std::string& plan, v1::RolloutPhase phase) {
    v1::Rollout rollout = RolloutOf(plan);
    store::SetPhase(&rollout, phase, "HostFailed", "it exited", absl::Now());
    store::Transaction transaction;
    transaction.puts.push_back({store::RolloutKey(plan, rollout.number()),
                                rollout.SerializeAsString()});
    ASSERT_TRUE(store::CommitNow(store_, transaction).ok());
  }

  std::vector<std::string> EventReasons() {
    std::vector<std::string> reasons;
    for (const v1::Event& event : history_->Events("")) {
      reasons.push_back(event.reason());
    }
    return reasons;
  }

  SystemClock clock_;
  store::MemoryStore store_;
  store::MemoryStore history_store_;
  std::unique_ptr<store::Catalog> catalog_ = *store::Catalog::Open(store_);
  std::unique_ptr<store::History> history_ =
      *store::History::Open(history_store_, {});
  store::PlanOperations operations_{*catalog_, *history_, clock_};
  FakeFetcher fetcher_;
  prometheus::Registry registry_;
  SourceMetrics metrics_{registry_};
  // Of every commit against the fleet.
  absl::Status check_;
  // Of every artifact that leaves it to a list.
  absl::StatusOr<std::string> digest_ = std::string(64, 'b');
  std::vector<std::string> lookups_;
};

}  // namespace rollout::gitops

#endif  // TESTS_CONTROLLER_GITOPS_SOURCE_SYNC_FIXTURE_H_
