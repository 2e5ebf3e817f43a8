// SPDX-License-Identifier: Apache-2.0
//
// A host as numbers: its services, an agent that may die and come back, and a
// network between it and whichever controller there is, which loses streams,
// delays what is on them, and now and then delivers what is long out of date.

#ifndef TESTS_SIMULATION_SIMULATED_HOST_H_
#define TESTS_SIMULATION_SIMULATED_HOST_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "controller/fleet/fleet.h"
#include "proto/rollout/v1/agent_service.pb.h"
#include "proto/rollout/v1/host.pb.h"
#include "tests/simulation/programs.h"
#include "tests/simulation/simulated_service.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

// Where the agents dial to; null while no controller runs.
struct Switchboard {
  fleet::Fleet* fleet = nullptr;
};

struct HostEvents {
  std::function<void(const std::string& invariant, const std::string& what)>
      on_violation;
  // The controller has acknowledged the report.
  std::function<void(const v1::SwapReport& report)> on_acknowledged;
  // It is told to end a service; null: nobody looks at that.
  std::function<void(const std::string& plan, int64_t removal)> on_removal =
      nullptr;
};

// Not thread-safe.
class SimulatedHost {
 public:
  // All must outlive this.
  SimulatedHost(v1::HostInfo info, SimulatedTime& time,
                const Programs& programs, const Switchboard& switchboard,
                HostEvents events);
  ~SimulatedHost();

  const std::string& name() const { return info_.name(); }
  const v1::HostInfo& info() const { return info_; }
  // With the next hello.
  void SetLabel(const std::string& label, const std::string& value);

  // What may happen to it.
  void KillAgent();
  void StartAgent();
  void CutLink(absl::Duration time);
  // A stream that breaks, and is dialled again.
  void BreakStream();
  SimulatedService* service(const std::string& plan);
  std::map<std::string, std::unique_ptr<SimulatedService>>& services() {
    return services_;
  }

  bool connected() const { return stream_ != nullptr; }
  std::string Describe() const;

 private:
  class Stream;

  void Dial();
  void DialSoon();
  void OnEnded(const Stream* stream);
  void TakeUp(const v1::Assignment& assignment);
  void TakeUpRemovals(const v1::Assignment& assignment);
  void CheckIsNewer(const v1::Assignment& assignment);
  SimulatedService& ServiceNamed(const std::string& plan);
  v1::Observation Observe() const;
  void PublishSoon();
  void Publish();
  void Beat();
  void Report(v1::SwapReport report);
  bool linked() const { return time_.Uptime() >= cut_until_; }

  v1::HostInfo info_;
  SimulatedTime& time_;
  const Programs& programs_;
  const Switchboard& switchboard_;
  const HostEvents events_;
  absl::Duration cut_until_;

  // The disk's.
  uint64_t epoch_ = 0;
  uint64_t serial_ = 0;
  // The newest that was taken up, for the check.
  std::pair<uint64_t, uint64_t> newest_;
  std::map<std::string, v1::SwapReport> reports_;
  std::map<std::string, std::unique_ptr<SimulatedService>> services_;

  // The agent's.
  std::unique_ptr<SimulatedLoop> agent_;
  std::shared_ptr<Stream> stream_;
  bool dialling_ = false;
  bool publishing_ = false;
  bool republishing_ = false;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_SIMULATED_HOST_H_
