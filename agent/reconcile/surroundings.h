// SPDX-License-Identifier: Apache-2.0
//
// What the services of one agent share. Built in main.cc or by a test; must
// outlive whatever it is given to.

#ifndef AGENT_RECONCILE_SURROUNDINGS_H_
#define AGENT_RECONCILE_SURROUNDINGS_H_

#include <string>

#include "agent/artifact/artifact_store.h"
#include "agent/output/rotations.h"
#include "agent/probe/probe_runner.h"
#include "agent/resources/controllers.h"
#include "agent/shim_client/shim.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::agent {

struct Surroundings {
  shim_client::ShimHost& shims;
  artifact::ArtifactStore& artifacts;
  probe::ProbeRunner& probes;
  FileSystem& files;
  const Clock& clock;
  output::Rotations& rotations;
  // Absolute, without a '/' at its end. Below it: assignment, services/NAME/
  // and reports/.
  std::string state_directory;
  // The control group that holds those of the generations. Empty: none.
  std::string control_group;
  v1::HostInfo host;
  // By which control groups generations are limited.
  Controllers controllers = {};
};

// services/NAME below the state directory.
std::string ServiceDirectory(const Surroundings& around,
                             const std::string& service);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_SURROUNDINGS_H_
