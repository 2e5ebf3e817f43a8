// SPDX-License-Identifier: Apache-2.0
//
// The agent with all its real rooms, without a controller: what tests with real
// services stand on. Needs root.

#ifndef TESTS_AGENT_RECONCILE_REAL_AGENT_H_
#define TESTS_AGENT_RECONCILE_REAL_AGENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/artifact/disk_artifact_store.h"
#include "agent/output/rotations.h"
#include "agent/probe/marked_probe_runner.h"
#include "agent/reconcile/agent.h"
#include "agent/shim_client/process_shim_host.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_controller.h"

namespace rollout::agent {

class RealAgentTest : public ::testing::Test {
 protected:
  void SetUp() override;
  // Ends all services; nothing of theirs is left.
  void TearDown() override;

  void StartAgent();
  // Where the program of shims is installed: in the test's directory.
  std::string ShimProgram() const { return directory_ + "/rollout-shim"; }
  // Puts a new file there, as packages do.
  void InstallShim();

  // Those that the agent meets: `shims_`, or a test's own in front of them.
  virtual shim_client::ShimHost& Shims() { return *shims_; }

  // A revision that listens on `port_`, with short times; without a command.
  // Its artifact is an empty script.
  v1::Revision BareRevision(const std::string& id) const;

  // Assigns the plan "web" these revisions and weights.
  void Send(const std::vector<std::pair<v1::Revision, int>>& revisions,
            int64_t attempt);

  // Waits until the plan's part of what the host tells satisfies.
  bool AwaitWeb(std::function<bool(const v1::ServiceObservation&)> condition);
  // Waits until all new connections go to that revision.
  void ExpectServing(const std::string& revision);
  // Waits until only generations of that revision are left, and they serve.
  void ExpectOnly(const std::string& revision);

  std::string GroupName() const;

  std::string directory_;
  std::string digest_;
  // Holds those of the generations; empty: there are none here.
  std::string group_;
  int port_ = 0;
  uint64_t serial_ = 0;
  PosixFileSystem files_;
  SystemClock clock_;
  output::Rotations rotations_{&files_, &clock_};
  probe::MarkedProbeRunner probes_;
  std::unique_ptr<shim_client::ProcessShimHost> shims_;
  std::unique_ptr<artifact::DiskArtifactStore> artifacts_;
  std::unique_ptr<Surroundings> around_;
  FakeController controller_;
  std::unique_ptr<Agent> agent_;
};

}  // namespace rollout::agent

#endif  // TESTS_AGENT_RECONCILE_REAL_AGENT_H_
