// SPDX-License-Identifier: Apache-2.0
//
// A controller and many agents in one process: everything is real but the
// shims, the probes, the artifacts and TLS. Watches the limits at every
// observation and every decision.

#ifndef TESTS_FLEET_FLEET_IN_PROCESS_H_
#define TESTS_FLEET_FLEET_IN_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "agent/output/rotations.h"
#include "agent/reconcile/agent.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "controller/api/api_server.h"
#include "controller/fleet/fleet.h"
#include "controller/gitops/source_metrics.h"
#include "controller/gitops/sources.h"
#include "controller/reconcile/engine.h"
#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/hold_operations.h"
#include "controller/store/plan_operations.h"
#include "prometheus/registry.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"
#include "tests/fakes/fake_artifact_store.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/fake_probe_runner.h"
#include "tests/fakes/fake_shim_host.h"
#include "tests/fakes/memory_store.h"

namespace rollout {

// What the watcher saw at worst.
struct Extremes {
  int in_change = 0;
  int overlapping = 0;
  // Of the hosts that served before the rollout.
  int fewest_serving = 0;
  int looks = 0;
};

class FleetInProcess {
 public:
  explicit FleetInProcess(int hosts);
  ~FleetInProcess();

  // Applies a manifest for plan "web"; its rollout's number.
  int64_t Apply(const std::string& manifest);

  // Waits until the plan's newest rollout is over; its phase.
  v1::RolloutPhase WaitUntilOver();

  // Forgets what was seen, and counts from now on.
  void BeginWatching() ABSL_LOCKS_EXCLUDED(mutex_);
  Extremes Seen() ABSL_LOCKS_EXCLUDED(mutex_);

  v1::PlanStatus Status();
  FakeShimHost& shims(int host) { return hosts_[host]->shims; }
  FakeProbeRunner& probes(int host) { return hosts_[host]->probes; }
  int hosts() const { return static_cast<int>(hosts_.size()); }
  // "h00", "h01", ...
  static std::string HostName(int host);

 private:
  struct Host {
    FakeShimHost shims;
    FakeProbeRunner probes;
    FakeArtifactStore artifacts;
    std::unique_ptr<agent::Surroundings> around;
    std::unique_ptr<agent::Agent> agent;
  };

  void StartAgent(int number, const std::string& controller);
  // One look at all hosts, as an outsider sees them.
  void Look() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string directory_;
  SystemClock clock_;
  PosixFileSystem files_;
  output::Rotations rotations_{&files_, &clock_};
  store::MemoryStore store_;
  store::MemoryStore history_store_;
  prometheus::Registry registry_;
  reconcile::EngineMetrics metrics_;
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::History> history_;
  std::unique_ptr<fleet::Fleet> fleet_;
  std::unique_ptr<store::PlanOperations> operations_;
  std::unique_ptr<store::HoldOperations> holds_;
  gitops::FakeFetcher fetcher_;
  gitops::SourceMetrics source_metrics_{registry_};
  std::unique_ptr<gitops::Sources> sources_;
  std::unique_ptr<api::ApiServer> api_;
  std::unique_ptr<reconcile::Engine> engine_;
  std::unique_ptr<v1::OperatorService::Stub> operator_;
  std::vector<std::unique_ptr<Host>> hosts_;

  Mutex mutex_;
  Extremes seen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout

#endif  // TESTS_FLEET_FLEET_IN_PROCESS_H_
