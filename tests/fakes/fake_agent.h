// SPDX-License-Identifier: Apache-2.0
//
// An agent without a machine: takes assignments as a fleet::HostSession, runs
// generations that exist on paper only, and tells the fleet what they do. Keeps
// what agents promise: a revision that is not ready takes no weight, a failed
// one is not tried again for the same attempt, a warm one takes over from a
// failed one, and how long a generation has served is told again and again.

#ifndef TESTS_FAKES_FAKE_AGENT_H_
#define TESTS_FAKES_FAKE_AGENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/host_session.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout {

// How the generations of a revision behave.
enum class Behaviour { kGood, kNeverReady, kFailsAtStart, kFailsOnceServing };

// Safe from any thread.
class FakeAgent {
 public:
  // `fleet` must outlive this.
  FakeAgent(fleet::Fleet& fleet, const std::string& host);
  ~FakeAgent() { loop_.Stop(); }

  // By the command of the template, which is a name here.
  void SetBehaviour(const std::string& command, Behaviour behaviour);

  // It is of a version that knows no removals.
  void KnowNoRemovals();
  // What it shall end goes on until it is let end.
  void HoldRemovals();
  void LetRemovalsEnd();

  absl::Status Connect(uint64_t highest_epoch = 0);
  void Disconnect();
  // The stream stays up and nothing comes from the agent any more.
  void FallSilent();
  // Sends a swap report.
  void Report(v1::SwapReport report);

  // The command of the generation that has the weight; "": none.
  std::string Serving(const std::string& plan) const;
  // As "R0:0 R1:1000", the last assignment taken, commands for revisions.
  std::string Assigned(const std::string& plan) const;
  std::vector<v1::Assignment> assignments() const;
  std::vector<v1::SwapReportAck> acks() const;
  std::vector<v1::Welcome> welcomes() const;
  absl::Status closed() const;

  // Waits until everything sent to it before has been taken up and told.
  void Settle() {
    loop_.Run([] {});
  }

 private:
  class Session;
  struct Service {
    std::map<int64_t, v1::GenerationObservation> generations;
    std::map<std::string, std::string> commands;
    // By number: since when it has had the weight.
    std::map<int64_t, absl::Time> serving_since;
    int64_t last = 0;
    // As ServiceObservation.removal.
    int64_t removal = 0;
  };

  void TakeUp(const v1::Assignment& assignment) ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeUpRemovals(const v1::Assignment& assignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeUp(const v1::ServiceAssignment& wanted, Service* service)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Start(const v1::WeightedRevision& wanted, Service* service)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Weigh(const v1::ServiceAssignment& wanted, Service* service)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Says what runs now; and again in a while, as long as something serves.
  void Tell() ABSL_LOCKS_EXCLUDED(mutex_);
  v1::Observation Observed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Behaviour BehaviourOf(const Service& service,
                        const std::string& revision) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  fleet::Fleet& fleet_;
  const std::string host_;

  mutable Mutex mutex_;
  std::shared_ptr<Session> session_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Behaviour> behaviours_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Service> services_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Assignment> assignments_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::SwapReportAck> acks_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Welcome> welcomes_ ABSL_GUARDED_BY(mutex_);
  absl::Status closed_ ABSL_GUARDED_BY(mutex_);
  bool silent_ ABSL_GUARDED_BY(mutex_) = false;
  bool takes_removals_ ABSL_GUARDED_BY(mutex_) = true;
  bool holds_removals_ ABSL_GUARDED_BY(mutex_) = false;
  // Tell comes again on its own.
  bool tells_again_ ABSL_GUARDED_BY(mutex_) = false;
  EventLoop loop_;
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_AGENT_H_
