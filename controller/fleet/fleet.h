// SPDX-License-Identifier: Apache-2.0
//
// Who is connected and what runs there: sessions, leases, the newest
// observation of every host, the controller's epoch. Between the streams of
// the agents (controller/api) and the loop that decides (controller/reconcile).

#ifndef CONTROLLER_FLEET_FLEET_H_
#define CONTROLLER_FLEET_FLEET_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "controller/fleet/host_session.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "proto/rollout/v1/agent_service.pb.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::fleet {

struct FleetOptions {
  absl::Duration heartbeat = absl::Seconds(30);
  // A host silent for so many heartbeats is disconnected.
  int misses = 3;
  // When all hosts come back at once each of them takes so much of the time
  // that is given to all, a third of a lease at most: somewhat more than a
  // handshake costs one processor.
  absl::Duration redial_spacing = absl::Milliseconds(3);
};

// One for all who have none.
std::shared_ptr<const v1::Observation> NoObservation();

// What is known of one host now.
struct HostSnapshot {
  v1::HostInfo info;
  bool connected = false;
  // Has reported to this controller; `observation` is empty before.
  bool reported = false;
  // Not heard of, or since this controller started, for a whole lease.
  bool lease_over = false;
  // Connected, and nothing has been sent on this stream yet.
  bool awaits_assignment = false;
  // Its agent understands Assignment.removals; as it said when it connected.
  bool takes_removals = false;
  absl::Duration silent_for;
  absl::Time joined;
  // Shared with whoever else asks; never null.
  std::shared_ptr<const v1::Observation> observation = NoObservation();
  // Age of `observation`.
  absl::Duration observed_for;
};

// Called with the host's name after something about it changed, on the thread
// that caused it, with no lock held. Must not block. That a generation has
// served for longer is a change while it is young, and rarely later.
using OnHost = std::function<void(const std::string& host)>;

// Called with every report once it is stored, on the store's thread.
using OnReport = std::function<void(const v1::SwapReport& report)>;

// Safe from any thread; nothing blocks.
class Fleet {
 public:
  // Knows the hosts the catalog knows. All must outlive the fleet.
  Fleet(store::Catalog& catalog, store::History& history, const Clock& clock,
        FleetOptions options);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Raises the epoch above every earlier controller's and stores that; nobody
  // is welcomed before. `done` on the store's thread.
  void Start(std::function<void(absl::Status)> done);

  // A stream has said hello; name and certificate are checked. On OK the
  // session gets Welcome now or, when the epoch has to be raised first, later.
  // AlreadyExists: a host of that name is connected; once that one is welcomed,
  // whether its stream still leads anywhere is tried, and it ends if not.
  absl::Status Connect(const v1::Hello& hello,
                       std::shared_ptr<HostSession> session)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The stream has ended. Ignored when `session` is not the host's present one.
  void Disconnect(const std::string& host, const HostSession* session)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // From the host's session; both renew its lease. A report is acknowledged to
  // the session once it is stored. With an observation a host's record is
  // stored that could not be when it connected.
  void Observe(const std::string& host, const HostSession* session,
               v1::Observation observation) ABSL_LOCKS_EXCLUDED(mutex_);
  void Report(const std::string& host, const HostSession* session,
              v1::SwapReport report) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sends the host all it shall run and end, with the present epoch and the
  // next serial, which are set here, as the host's name is. Does nothing when
  // it is not connected: whoever calls this hears of its coming back.
  void Send(const std::string& host, v1::Assignment assignment)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Asks the host's agent for a channel. NotFound: there is no such host.
  // Unavailable: it is not connected. FailedPrecondition: its agent is of a
  // version that knows no channels.
  absl::Status OpenChannel(const std::string& host,
                           const v1::OpenChannel& channel)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes the sessions of hosts that were silent too long. Returns when to
  // call again.
  absl::Duration EndLeases() ABSL_LOCKS_EXCLUDED(mutex_);

  // Told of every later change; whoever subscribes outlives all callers.
  void Subscribe(OnHost on_host) ABSL_LOCKS_EXCLUDED(mutex_);
  void SubscribeReports(OnReport on_report) ABSL_LOCKS_EXCLUDED(mutex_);

  // Every host ever connected, sorted by name.
  std::vector<HostSnapshot> Hosts() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<HostSnapshot> FindHost(absl::string_view host) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  uint64_t epoch() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    v1::HostInfo info;
    absl::Time joined;
    // The record in the store says so too, or is about to.
    bool stored = false;
    std::shared_ptr<HostSession> session;
    // The session has got its welcome; nothing is sent before.
    bool welcomed = false;
    bool takes_channels = false;
    bool takes_removals = false;
    // It has got an assignment.
    bool assigned = false;
    // The last epoch this controller told it; 0: none.
    uint64_t told_epoch = 0;
    // On the monotonic clock; of an unheard host: when the fleet was made.
    absl::Duration heard;
    bool lease_ended = false;
    // Null: none since this controller started.
    std::shared_ptr<const v1::Observation> observation;
    // SubstanceOf it.
    uint64_t substance = 0;
    absl::Duration observed;
    // Of the youngest generation that serves, when subscribers heard last.
    absl::Duration told_age;
  };
  // A session to be welcomed when the epoch is above this.
  struct Waiting {
    std::string host;
    std::shared_ptr<HostSession> session;
    uint64_t above = 0;
  };

  absl::Status CheckNameIsFree(const std::string& host)
      ABSL_LOCKS_EXCLUDED(mutex_);
  static absl::Status AlreadyConnected(const Entry& entry);
  HostSnapshot SnapshotOf(const Entry& entry) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null when the session is not the host's present one.
  Entry* Current(const std::string& host, const HostSession* session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Duration lease() const { return options_.heartbeat * options_.misses; }
  void RaiseEpoch(uint64_t above, std::function<void(absl::Status)> done)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void WelcomeWaiting(const absl::Status& stored) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Duration RedialSpread() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetWelcomed(const Waiting& waiting, uint64_t epoch)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // If the store does not have it; of a write that fails the next call is the
  // remedy.
  void StoreHost(const std::string& host) ABSL_LOCKS_EXCLUDED(mutex_);
  void Tell(const std::string& host) ABSL_LOCKS_EXCLUDED(mutex_);

  store::Catalog& catalog_;
  store::History& history_;
  const Clock& clock_;
  const FleetOptions options_;

  mutable Mutex mutex_;
  std::map<std::string, Entry> hosts_ ABSL_GUARDED_BY(mutex_);
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t serial_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<OnHost> subscribers_ ABSL_GUARDED_BY(mutex_);
  std::vector<OnReport> report_subscribers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::fleet

#endif  // CONTROLLER_FLEET_FLEET_H_
