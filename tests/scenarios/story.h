// SPDX-License-Identifier: Apache-2.0
//
// A story: a fleet, its plan, and what happens to them, as text; carried out by
// the engine on simulated hosts, where nothing is left to chance. What comes of
// it is text as well.
//
//   hosts 15 zone=a,b,c         h01 to h15, role=web, the labels by turns
//   plan {maxSurge: 25%}        spec.strategy of the manifest, from now on
//   bad v2 never-ready [on h01,h02]       or: dies-after 5s, fails-once
//   apply v2 [by ann]           also: pause, resume, abort, promote, approve,
//                               promote-fully, reject, undo, exempt (from
//                               freezes)
//   delete [stop]
//   cordon h03                  also: uncordon
//   freeze [zone=a]             also: unfreeze
//   run 30s
//   settle                      until the rollout is over, an hour at most
//   host h03 cut 60s            also: kill-agent, start-agent, crash,
//                               label role=none
//   join h16 zone=a
//   controller kill             also: start
//   status

#ifndef TESTS_SCENARIOS_STORY_H_
#define TESTS_SCENARIOS_STORY_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/programs.h"
#include "tests/simulation/simulated_controller.h"
#include "tests/simulation/simulated_host.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::scenarios {

// Not thread-safe.
class Story {
 public:
  Story();
  ~Story();

  // All of it. InvalidArgument: a line is none of the above.
  absl::Status Tell(const std::string& text);
  // What happened, a line each.
  std::string log();

 private:
  using Words = std::vector<std::string>;

  absl::Status Do(const std::string& line);
  absl::Status Prepare(const Words& words, const std::string& line);
  absl::Status Happen(const Words& words);
  absl::Status HappenToHost(const Words& words);
  absl::Status Operate(const Words& words);
  absl::Status Hold(const Words& words);
  void AddHost(const std::string& name, const Words& labels, int turn);
  void ReadPlan(const std::string& strategy);
  void Apply(const std::string& version, const std::string& user);
  void Run(absl::Duration time);
  void Settle();
  void TellStatus();
  void TellRollout(const v1::Rollout& now);
  void TellServing();

  void OnPut(const std::string& key, const std::string& before,
             const std::string& after);
  void OnAssignment(const std::string& before, const std::string& after);
  void OnRollout(const v1::Rollout& before, const v1::Rollout& after);
  std::string NameOf(const std::string& revision) const;
  // At this moment; of several hosts at once one line.
  void Note(const std::string& host, const std::string& what);
  void Flush();
  v1::Rollout rollout() const;

  simulation::SimulatedTime time_;
  simulation::Disks disks_;
  simulation::Programs programs_;
  simulation::Switchboard switchboard_;
  v1::PlanSpec spec_;
  // From its revision's id to the version.
  std::map<std::string, std::string> versions_;
  std::unique_ptr<simulation::SimulatedController> controller_;
  std::map<std::string, std::unique_ptr<simulation::SimulatedHost>> hosts_;
  std::string log_;
  // Not in the log yet, as it belongs to one moment.
  absl::Duration noted_at_;
  std::vector<std::pair<std::string, Words>> noted_;
};

}  // namespace rollout::scenarios

#endif  // TESTS_SCENARIOS_STORY_H_
