// SPDX-License-Identifier: Apache-2.0
//
// The agent of one host: takes assignments, keeps them on disk, hands each
// service its part, and tells the controller what it sees.
//
// One loop owns everything; slow work runs on the workers of each service, and
// what is kept goes to the disk on a thread of its own.

#ifndef AGENT_RECONCILE_AGENT_H_
#define AGENT_RECONCILE_AGENT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/channel/channels.h"
#include "agent/link/link.h"
#include "agent/reconcile/disk.h"
#include "agent/reconcile/service.h"
#include "agent/reconcile/surroundings.h"
#include "base/event_loop.h"
#include "proto/rollout/v1/agent_state.pb.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::agent {

// Makes the link that tells of its events. Called once.
using LinkFactory = std::function<std::unique_ptr<link::Link>(
    const v1::HostInfo& host, link::LinkEvents events)>;

class Agent {
 public:
  // `around` must outlive the agent.
  Agent(Surroundings* around, LinkFactory make_link);
  // Leaves every service as it is.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Reads the state, finds the shims that live from before, dials. Once.
  // Errors: the state directory can't be read or written.
  absl::Status Start();

 private:
  // On the loop.
  void TakeUp(const v1::Assignment& assignment);
  // Services for which the newest assignment has no word.
  void LeaveOrphaned(const std::set<std::string>& mentioned);
  void Remove(const v1::ServiceRemoval& removal);
  Service& ServiceNamed(const std::string& name);
  void ResumeReports(std::vector<v1::SwapReport> reports);
  void OnReportStored(const std::string& id, bool final);
  void OnChannel(const v1::ChannelTarget& target,
                 std::shared_ptr<link::Channel> channel);
  absl::StatusOr<channel::Channels::Work> WorkOf(
      const v1::ChannelTarget& target);
  void PublishSoon();
  void Publish();
  void SaveSoon();
  void OnSaved();
  void SaveState();
  void PublishAgainAfter(absl::Duration serving);
  void MeasureSoon();
  void PruneArtifacts();
  // Nothing: not all are known.
  std::optional<std::vector<std::string>> ArtifactsInUse();

  Surroundings& around_;
  const LinkFactory make_link_;
  v1::AgentState state_;
  Disk disk_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  // Services that live from before and have not told yet: until they have, an
  // observation would pass silence for absence.
  std::set<std::string> awaited_;
  bool publish_posted_ = false;
  bool republish_posted_ = false;
  bool save_posted_ = false;
  // The disk has the state to write; it has changed since.
  bool saving_ = false;
  bool save_again_ = false;
  std::unique_ptr<link::Link> link_;
  channel::Channels channels_;
  // Last, so that they end first: their tasks use all of the above.
  EventLoop loop_;
  EventLoop pruner_;
};

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_AGENT_H_
