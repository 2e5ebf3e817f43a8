// SPDX-License-Identifier: Apache-2.0

#include "controller/fleet/fleet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "controller/fleet/observation_news.h"
#include "controller/store/attempt.h"
#include "controller/store/keys.h"
#include "controller/store/revision_id.h"

namespace rollout::fleet {

std::shared_ptr<const v1::Observation> NoObservation() {
  static const auto* const kNone = new std::shared_ptr<const v1::Observation>(
      std::make_shared<const v1::Observation>());
  return *kNone;
}

Fleet::Fleet(store::Catalog& catalog, store::History& history,
             const Clock& clock, FleetOptions options)
    : catalog_(catalog), history_(history), clock_(clock), options_(options) {
  absl::Duration now = clock_.Uptime();
  for (const store::HostRecord& record : catalog_.Hosts()) {
    Entry& entry = hosts_[record.info().name()];
    entry.info = record.info();
    entry.joined = FromProto(record.joined());
    entry.stored = true;
    entry.heard = now;
  }
}

void Fleet::Start(std::function<void(absl::Status)> done) {
  RaiseEpoch(catalog_.epoch(), std::move(done));
}

void Fleet::RaiseEpoch(uint64_t above, std::function<void(absl::Status)> done) {
  store::EpochRecord record;
  record.set_epoch(above + 1);
  store::Transaction transaction;
  transaction.puts.push_back({store::kEpochKey, record.SerializeAsString()});
  catalog_.store().Commit(
      std::move(transaction),
      [this, epoch = record.epoch(),
       done = std::move(done)](absl::StatusOr<int64_t> revision) {
        if (revision.ok()) {
          MutexLock lock(&mutex_);
          epoch_ = std::max(epoch_, epoch);
        } else {
          LogError("fleet: the epoch could not be stored: ",
                   revision.status().message());
        }
        WelcomeWaiting(revision.status());
        done(revision.status());
      });
}

// The epoch is new, or could not be stored: then those who wait are sent away
// and try again.
void Fleet::WelcomeWaiting(const absl::Status& stored) {
  std::vector<Waiting> ready;
  // Seen by those who have to wait still.
  uint64_t higher = 0;
  v1::Welcome welcome;
  welcome.set_heartbeat_seconds(absl::ToInt64Seconds(options_.heartbeat));
  {
    MutexLock lock(&mutex_);
    welcome.set_epoch(epoch_);
    *welcome.mutable_redial_spread() = ToProto(RedialSpread());
    auto first = std::stable_partition(
        waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
          return stored.ok() && waiting.above >= welcome.epoch();
        });
    ready.assign(first, waiting_.end());
    waiting_.erase(first, waiting_.end());
    for (const Waiting& left : waiting_) higher = std::max(higher, left.above);
  }
  for (const Waiting& waiting : ready) {
    if (!stored.ok()) {
      waiting.session->Close(stored);
      Disconnect(waiting.host, waiting.session.get());
      continue;
    }
    waiting.session->Welcome(welcome);
    SetWelcomed(waiting, welcome.epoch());
    Tell(waiting.host);
  }
  if (higher > 0) RaiseEpoch(higher, [](absl::Status) {});
}

// All are back well within the lease that begins when a controller starts.
absl::Duration Fleet::RedialSpread() const {
  return std::min(options_.redial_spacing * static_cast<int>(hosts_.size()),
                  lease() / 3);
}

void Fleet::SetWelcomed(const Waiting& waiting, uint64_t epoch) {
  MutexLock lock(&mutex_);
  Entry* entry = Current(waiting.host, waiting.session.get());
  if (entry == nullptr) return;
  entry->welcomed = true;
  entry->told_epoch = epoch;
}

absl::Status Fleet::Connect(const v1::Hello& hello,
                            std::shared_ptr<HostSession> session) {
  const std::string& name = hello.host().name();
  if (absl::Status taken = CheckNameIsFree(name); !taken.ok()) return taken;
  bool started;
  {
    MutexLock lock(&mutex_);
    Entry& entry = hosts_[name];
    if (entry.session != nullptr) return AlreadyConnected(entry);
    if (entry.info.name().empty()) entry.joined = clock_.Now();
    entry.stored = entry.stored && store::CanonicalBytes(entry.info) ==
                                       store::CanonicalBytes(hello.host());
    entry.info = hello.host();
    entry.session = session;
    entry.welcomed = entry.assigned = false;
    entry.takes_channels = hello.takes_channels();
    entry.takes_removals = hello.takes_removals();
    entry.lease_ended = false;
    entry.heard = entry.observed = clock_.Uptime();
    entry.observation =
        std::make_shared<const v1::Observation>(hello.observation());
    entry.substance = SubstanceOf(hello.observation());
    // An epoch that this controller did not give it is another's, even when it
    // is the same number: a restored store counts from where it was.
    uint64_t above =
        hello.highest_epoch() == entry.told_epoch ? 0 : hello.highest_epoch();
    waiting_.push_back({name, std::move(session), above});
    started = epoch_ > 0;
  }
  StoreHost(name);
  // Before Start has stored an epoch nobody is welcomed.
  if (started) WelcomeWaiting(absl::OkStatus());
  return absl::OkStatus();
}

// Perhaps it is this very host, and its old stream leads nowhere: a link was
// cut, a machine has started again. That shows soon, and the host will be back.
absl::Status Fleet::CheckNameIsFree(const std::string& host) {
  std::shared_ptr<HostSession> first;
  absl::Status taken;
  {
    MutexLock lock(&mutex_);
    auto found = hosts_.find(host);
    if (found == hosts_.end() || found->second.session == nullptr) {
      return absl::OkStatus();
    }
    if (found->second.welcomed) first = found->second.session;
    taken = AlreadyConnected(found->second);
  }
  if (first != nullptr) first->Probe();
  return taken;
}

absl::Status Fleet::AlreadyConnected(const Entry& entry) {
  return absl::AlreadyExistsError(absl::StrCat(
      "a host named \"", entry.info.name(), "\" is connected (address ",
      entry.info.address(),
      "): give one of the two another name, or wait until its old stream has "
      "ended"));
}

void Fleet::StoreHost(const std::string& host) {
  store::HostRecord record;
  {
    MutexLock lock(&mutex_);
    Entry& entry = hosts_[host];
    if (std::exchange(entry.stored, true)) return;
    *record.mutable_info() = entry.info;
    *record.mutable_joined() = ToProto(entry.joined);
  }
  store::Transaction transaction;
  transaction.puts.push_back(
      {store::HostKey(host), record.SerializeAsString()});
  catalog_.store().Commit(
      std::move(transaction), [this, host](absl::StatusOr<int64_t> revision) {
        if (revision.ok()) return;
        LogError("fleet: host ", host,
                 " could not be stored: ", revision.status().message());
        MutexLock lock(&mutex_);
        hosts_[host].stored = false;
      });
}

Fleet::Entry* Fleet::Current(const std::string& host,
                             const HostSession* session) {
  auto found = hosts_.find(host);
  if (found == hosts_.end() || found->second.session.get() != session) {
    return nullptr;
  }
  return &found->second;
}

void Fleet::Disconnect(const std::string& host, const HostSession* session) {
  {
    MutexLock lock(&mutex_);
    Entry* entry = Current(host, session);
    if (entry == nullptr || session == nullptr) return;
    entry->session.reset();
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                  [session](const Waiting& waiting) {
                                    return waiting.session.get() == session;
                                  }),
                   waiting_.end());
  }
  Tell(host);
}

void Fleet::Observe(const std::string& host, const HostSession* session,
                    v1::Observation observation) {
  const absl::Duration age = YoungestServing(observation);
  const uint64_t substance = SubstanceOf(observation);
  auto shared = std::make_shared<const v1::Observation>(std::move(observation));
  bool stored, tell;
  {
    MutexLock lock(&mutex_);
    Entry* entry = Current(host, session);
    if (entry == nullptr) return;
    tell = std::exchange(entry->substance, substance) != substance ||
           AgeSaysMore(age, entry->told_age);
    entry->heard = entry->observed = clock_.Uptime();
    entry->observation = std::move(shared);
    if (tell) entry->told_age = age;
    stored = entry->stored;
  }
  if (!stored) StoreHost(host);
  if (tell) Tell(host);
}

void Fleet::Report(const std::string& host, const HostSession* session,
                   v1::SwapReport report) {
  std::shared_ptr<HostSession> sender;
  std::vector<OnReport> subscribers;
  {
    MutexLock lock(&mutex_);
    Entry* entry = Current(host, session);
    if (entry == nullptr) return;
    entry->heard = clock_.Uptime();
    sender = entry->session;
    subscribers = report_subscribers_;
  }
  report.set_host(host);
  report.set_rollout(store::ToAttempt(report.attempt()).rollout);
  v1::SwapReportAck ack;
  ack.set_id(report.id());
  ack.set_final(report.final());
  // Not stored: not acknowledged, the agent sends it again.
  history_.Put(report, [sender, ack, report, subscribers](absl::Status status) {
    if (!status.ok()) return;
    for (const OnReport& subscriber : subscribers) subscriber(report);
    sender->AckReport(ack);
  });
}

void Fleet::Send(const std::string& host, v1::Assignment assignment) {
  assignment.set_host(host);
  std::shared_ptr<HostSession> session;
  {
    MutexLock lock(&mutex_);
    auto found = hosts_.find(host);
    if (found == hosts_.end() || !found->second.welcomed) return;
    session = found->second.session;
    found->second.told_epoch = epoch_;
    found->second.assigned = true;
    assignment.set_epoch(epoch_);
    assignment.set_serial(++serial_);
  }
  if (session != nullptr) session->Send(std::move(assignment));
}

absl::Status Fleet::OpenChannel(const std::string& host,
                                const v1::OpenChannel& channel) {
  std::shared_ptr<HostSession> session;
  {
    MutexLock lock(&mutex_);
    auto found = hosts_.find(host);
    if (found == hosts_.end()) {
      return absl::NotFoundError(
          absl::StrCat("there is no host \"", host,
                       "\": \"rolloutctl get hosts\" lists them"));
    }
    const Entry& entry = found->second;
    if (entry.session == nullptr || !entry.welcomed) {
      return absl::UnavailableError(
          absl::StrCat("host ", host,
                       " is not connected: its agent is down, or the network "
                       "between it and the controller"));
    }
    if (!entry.takes_channels) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the agent of host ", host, " (version ", entry.info.agent_version(),
          ") knows no channels: update it"));
    }
    session = entry.session;
  }
  session->OpenChannel(channel);
  return absl::OkStatus();
}

absl::Duration Fleet::EndLeases() {
  std::vector<std::pair<std::string, std::shared_ptr<HostSession>>> ended;
  absl::Duration next = lease();
  {
    MutexLock lock(&mutex_);
    absl::Duration now = clock_.Uptime();
    for (auto& [name, entry] : hosts_) {
      if (entry.lease_ended) continue;
      absl::Duration left = entry.heard + lease() - now;
      if (left > absl::ZeroDuration()) {
        next = std::min(next, left);
        continue;
      }
      entry.lease_ended = true;
      ended.push_back({name, std::move(entry.session)});
      entry.session.reset();
    }
  }
  for (const auto& [name, session] : ended) {
    LogWarning("fleet: host ", name, " was silent for a whole lease");
    if (session != nullptr) {
      session->Close(absl::UnavailableError(absl::StrCat(
          "nothing was heard for ", absl::FormatDuration(lease()))));
    }
    Tell(name);
  }
  return next;
}

void Fleet::Tell(const std::string& host) {
  std::vector<OnHost> subscribers;
  {
    MutexLock lock(&mutex_);
    subscribers = subscribers_;
  }
  for (const OnHost& on_host : subscribers) on_host(host);
}

void Fleet::Subscribe(OnHost on_host) {
  MutexLock lock(&mutex_);
  subscribers_.push_back(std::move(on_host));
}

void Fleet::SubscribeReports(OnReport on_report) {
  MutexLock lock(&mutex_);
  report_subscribers_.push_back(std::move(on_report));
}

HostSnapshot Fleet::SnapshotOf(const Entry& entry) const {
  absl::Duration now = clock_.Uptime();
  HostSnapshot snapshot;
  snapshot.info = entry.info;
  snapshot.connected = entry.session != nullptr;
  snapshot.reported = entry.observation != nullptr;
  snapshot.silent_for = now - entry.heard;
  snapshot.lease_over = !snapshot.connected && snapshot.silent_for >= lease();
  snapshot.awaits_assignment =
      snapshot.connected && entry.welcomed && !entry.assigned;
  snapshot.takes_removals = entry.takes_removals;
  snapshot.joined = entry.joined;
  if (snapshot.reported) {
    snapshot.observation = entry.observation;
    snapshot.observed_for = now - entry.observed;
  }
  return snapshot;
}

std::vector<HostSnapshot> Fleet::Hosts() const {
  MutexLock lock(&mutex_);
  std::vector<HostSnapshot> hosts;
  for (const auto& [name, entry] : hosts_) hosts.push_back(SnapshotOf(entry));
  return hosts;
}

std::optional<HostSnapshot> Fleet::FindHost(absl::string_view host) const {
  MutexLock lock(&mutex_);
  auto found = hosts_.find(std::string(host));
  if (found == hosts_.end()) return std::nullopt;
  return SnapshotOf(found->second);
}

uint64_t Fleet::epoch() const {
  MutexLock lock(&mutex_);
  return epoch_;
}

}  // namespace rollout::fleet
