// SPDX-License-Identifier: Apache-2.0
//
// bazel run //tests/bench:gitops_sync_bench [-- --plans=1000 --hosts=1000]
//
// What a commit costs the controller that changes one plan of many: fetched by
// rollout-fetch as it is shipped, parsed, checked against the hosts there are,
// applied to a store on disk. "After the fetch" is all of it but the fetch.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "controller/api/apply.h"
#include "controller/fleet/fleet.h"
#include "controller/gitops/artifact_digest.h"
#include "controller/gitops/fetch_process.h"
#include "controller/gitops/source_metrics.h"
#include "controller/gitops/source_sync.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/keys.h"
#include "controller/store/plan_operations.h"
#include "controller/store/sqlite_store.h"
#include "prometheus/registry.h"
#include "tests/bench/scratch.h"
#include "tests/bench/spread.h"
#include "tests/programs/git_repository.h"

ABSL_FLAG(int, plans, 1000, "plans in the repository");
ABSL_FLAG(int, hosts, 1000, "hosts of the fleet; each plan is for ten of them");
ABSL_FLAG(int, commits, 50, "commits of one plan each");

namespace rollout::bench {
namespace {

constexpr int kHostsOfPlan = 10;

// Says how long the last fetch took.
class TimedFetcher : public gitops::Fetcher {
 public:
  TimedFetcher(gitops::Fetcher& fetcher, const Clock& clock)
      : fetcher_(fetcher), clock_(clock) {}

  absl::StatusOr<gitops::FetchResult> Fetch(
      const gitops::FetchRequest& request) override {
    const absl::Duration begin = clock_.Uptime();
    auto result = fetcher_.Fetch(request);
    last_ = clock_.Uptime() - begin;
    return result;
  }
  void Stop() override { fetcher_.Stop(); }

  absl::Duration last() const { return last_; }

 private:
  gitops::Fetcher& fetcher_;
  const Clock& clock_;
  absl::Duration last_;
};

std::string PlanText(int plan, int version) {
  const int group =
      plan % std::max(1, absl::GetFlag(FLAGS_hosts) / kHostsOfPlan);
  return absl::StrCat(
      "apiVersion: rollout/v1\nkind: Plan\nmetadata: {name: service-", plan,
      "}\nspec:\n  hosts: {matchLabels: {group: \"", group,
      "\"}}\n  service:\n    artifact:\n"
      "      url: https://artifacts.example.com/service-",
      plan, "-", version, "\n      sha256: ", std::string(64, 'a'),
      "\n    command: [\"${artifact}\", --listen, \"${host.address}\"]\n"
      "    environment: {LOG_LEVEL: info}\n"
      "    endpoints: [{name: http, address: \"${host.address}:",
      10000 + plan, "\"}]\n  strategy: {maxSurge: 25%, minReady: 10s}\n");
}

programs::GitFiles AllPlans() {
  programs::GitFiles files;
  for (int plan = 0; plan < absl::GetFlag(FLAGS_plans); ++plan) {
    files[absl::StrCat("plans/", plan, ".yaml")] = PlanText(plan, 0);
  }
  return files;
}

// The controller's rooms, as far as a source needs them.
class Rooms {
 public:
  absl::Status Open(const std::string& directory) {
    store::SqliteOptions state;
    state.path = directory + "/state.db";
    ASSIGN_OR_RETURN(store_, store::OpenSqliteStore(state, clock_));
    store::SqliteOptions history;
    history.path = directory + "/history.db";
    ASSIGN_OR_RETURN(history_store_, store::OpenSqliteStore(history, clock_));
    ASSIGN_OR_RETURN(catalog_, store::Catalog::Open(*store_));
    ASSIGN_OR_RETURN(history_, store::History::Open(*history_store_, {}));
    AddHosts();
    fleet_ = std::make_unique<fleet::Fleet>(*catalog_, *history_, clock_,
                                            fleet::FleetOptions{});
    operations_ =
        std::make_unique<store::PlanOperations>(*catalog_, *history_, clock_);
    return absl::OkStatus();
  }
  ~Rooms() {
    if (store_ != nullptr) store_->Close();
    if (history_store_ != nullptr) history_store_->Close();
  }

  std::unique_ptr<gitops::SourceSync> Follow(const std::string& url,
                                             const std::string& directory,
                                             gitops::Fetcher& fetcher) {
    gitops::SourceSettings settings;
    settings.name = "prod";
    settings.fetch.set_url(url);
    settings.fetch.set_branch("main");
    gitops::SyncRooms rooms{
        *catalog_,
        *history_,
        *operations_,
        fetcher,
        clock_,
        [this](const std::vector<manifest::ParsedPlan>& plans) {
          return api::CheckPlans(plans, *catalog_, *fleet_);
        },
        gitops::ResolveDigest,
        metrics_};
    return std::make_unique<gitops::SourceSync>(
        rooms, settings, directory, std::set<std::string>{settings.name});
  }

  const Clock& clock() const { return clock_; }

 private:
  void AddHosts() {
    const int hosts = absl::GetFlag(FLAGS_hosts);
    for (int host = 0; host < hosts; ++host) {
      store::HostRecord record;
      v1::HostInfo& info = *record.mutable_info();
      info.set_name(absl::StrCat("host-", host));
      info.set_address(absl::StrCat("10.0.", host / 250, ".", host % 250 + 1));
      (*info.mutable_labels())["group"] = absl::StrCat(host / kHostsOfPlan);
      store::Transaction transaction;
      transaction.puts.push_back(
          {store::HostKey(info.name()), record.SerializeAsString()});
      store_->Commit(std::move(transaction),
                     [this](absl::StatusOr<int64_t>) { ++added_; });
    }
    while (added_ < hosts) absl::SleepFor(absl::Milliseconds(1));
  }

  SystemClock clock_;
  std::atomic<int> added_{0};
  prometheus::Registry registry_;
  gitops::SourceMetrics metrics_{registry_};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Store> history_store_;
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::History> history_;
  std::unique_ptr<fleet::Fleet> fleet_;
  std::unique_ptr<store::PlanOperations> operations_;
};

std::string Shown(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Milliseconds(1)));
}

// How long a pass takes beside its fetch.
absl::StatusOr<absl::Duration> PassOnce(gitops::SourceSync& sync,
                                        const TimedFetcher& fetcher,
                                        const Clock& clock) {
  const absl::Duration begin = clock.Uptime();
  sync.Pass(/*again=*/false);
  const absl::Duration took = clock.Uptime() - begin;
  const v1::Source source = sync.Status();
  if (source.state() == v1::SYNCED) return took - fetcher.last();
  return absl::InternalError(source.message());
}

absl::Status Measure() {
  Scratch scratch;
  ASSIGN_OR_RETURN(auto repository,
                   programs::GitRepository::Make(scratch.path()));
  RETURN_IF_ERROR(repository.Commit(AllPlans()).status());
  RETURN_IF_ERROR(repository.Push());
  Rooms rooms;
  RETURN_IF_ERROR(rooms.Open(scratch.path()));
  PosixFileSystem files;
  gitops::FetchProcess process(
      std::filesystem::absolute("controller/gitops/fetch/rollout-fetch"),
      &files);
  TimedFetcher fetcher(process, rooms.clock());
  auto sync =
      rooms.Follow(repository.url(), scratch.path() + "/source", fetcher);
  ASSIGN_OR_RETURN(const absl::Duration first,
                   PassOnce(*sync, fetcher, rooms.clock()));
  const int plans = absl::GetFlag(FLAGS_plans);
  std::cout << plans << " plans on " << absl::GetFlag(FLAGS_hosts)
            << " hosts: the first commit, fetch " << Shown(fetcher.last())
            << ", after the fetch " << Shown(first) << "\n";
  Spread fetches;
  Spread syncs;
  for (int i = 0; i < absl::GetFlag(FLAGS_commits); ++i) {
    const int plan = i % plans;
    RETURN_IF_ERROR(repository
                        .Commit({{absl::StrCat("plans/", plan, ".yaml"),
                                  PlanText(plan, i + 1)}})
                        .status());
    RETURN_IF_ERROR(repository.Push());
    ASSIGN_OR_RETURN(const absl::Duration took,
                     PassOnce(*sync, fetcher, rooms.clock()));
    fetches.Add(fetcher.last());
    syncs.Add(took);
  }
  std::cout << "one plan changed: fetch median " << Shown(fetches.median())
            << ", p99 " << Shown(fetches.p99()) << "; after the fetch median "
            << Shown(syncs.median()) << ", p99 " << Shown(syncs.p99()) << " of "
            << syncs.count() << "\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace rollout::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("what a commit costs the controller");
  absl::ParseCommandLine(argc, argv);
  absl::Status status = rollout::bench::Measure();
  if (!status.ok()) std::cerr << "gitops_sync_bench: " << status << "\n";
  return status.ok() ? 0 : 1;
}
