// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/simulated_host.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/proto_time.h"

namespace rollout::bench {
namespace {

// As GrpcLink has them.
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLongestWait = absl::Seconds(15);
constexpr absl::Duration kSuccess = absl::Seconds(5);
constexpr absl::Duration kHeartbeat = absl::Seconds(24);

const v1::WeightedRevision* Find(const v1::ServiceAssignment& wanted,
                                 const std::string& revision) {
  for (const v1::WeightedRevision& each : wanted.revisions()) {
    if (each.revision() == revision) return &each;
  }
  return nullptr;
}

v1::GenerationObservation Started(const v1::WeightedRevision& wanted,
                                  int64_t number) {
  v1::GenerationObservation generation;
  generation.set_number(number);
  generation.set_revision(wanted.revision());
  generation.set_ready(true);
  generation.set_pid(1000 + number);
  *generation.mutable_startup() = ToProto(absl::Milliseconds(12));
  return generation;
}

}  // namespace

SimulatedHost::SimulatedHost(HostLoops loops, v1::HostInfo info,
                             MakeChannel make_channel, HostEvents events)
    : loop_(loops.streams),
      dials_(loops.dials),
      make_channel_(std::move(make_channel)),
      events_(std::move(events)),
      outbox_(std::move(info)),
      backoff_(kFirstWait, kLongestWait) {
  outbox_.SetObservation({});
}

void SimulatedHost::Dial() {
  if (closing_) return;
  dialling_ = true;
  dials_.Post([this] {
    loop_.Post([this, channel = make_channel_()] { Open(channel); });
  });
}

void SimulatedHost::Open(std::shared_ptr<grpc::Channel> channel) {
  dialling_ = false;
  if (closing_) return events_.on_gone();
  ++session_number_;
  link::SessionEvents events;
  events.on_message = [this](v1::ControllerMessage message) {
    Take(std::move(message));
  };
  events.on_writable = [this] { Pump(); };
  events.on_end = [this](const grpc::Status&) { Lost(); };
  session_ = std::make_unique<link::Session>(
      loop_, std::move(channel), outbox_.Hello(), std::move(events));
}

void SimulatedHost::Lost() {
  session_.reset();
  if (closing_) return events_.on_gone();
  if (std::exchange(welcomed_, false)) {
    events_.on_loss();
    if (SystemClock().Uptime() - welcomed_at_ >= kSuccess) backoff_.Reset();
  }
  loop_.PostAfter(backoff_.Next(random_), [this] { Dial(); });
}

void SimulatedHost::Take(v1::ControllerMessage message) {
  if (message.has_welcome()) {
    outbox_.SetHighestEpoch(message.welcome().epoch());
    backoff_.SetSpread(FromProto(message.welcome().redial_spread()));
    welcomed_ = true;
    welcomed_at_ = SystemClock().Uptime();
    BeatLater(session_number_);
    events_.on_welcome();
    Pump();
  }
  for (const v1::SwapReportAck& ack : message.swap_report_acks()) {
    outbox_.Acknowledge(ack.id());
  }
  if (!message.has_assignment()) return;
  assignment_ = std::move(*message.mutable_assignment());
  for (const v1::ServiceAssignment& wanted : assignment_.services()) {
    std::string asked;
    for (const v1::WeightedRevision& revision : wanted.revisions()) {
      absl::StrAppend(&asked, revision.revision(), ":", revision.weight(), " ");
    }
    std::string& before = services_[wanted.plan()].asked;
    if (std::exchange(before, asked) != asked) events_.on_change();
  }
  if (!held_) CarryOut();
}

void SimulatedHost::Hold(bool held) {
  held_ = held;
  if (!held_) CarryOut();
}

void SimulatedHost::CarryOut() {
  for (const v1::ServiceAssignment& wanted : assignment_.services()) {
    Service& service = services_[wanted.plan()];
    if (Swap(wanted, &service)) Report(wanted.plan(), service);
  }
  Observe();
  Pump();
}

bool SimulatedHost::Swap(const v1::ServiceAssignment& wanted,
                         Service* service) {
  std::vector<v1::GenerationObservation> generations;
  for (v1::GenerationObservation& generation : service->generations) {
    if (Find(wanted, generation.revision()) == nullptr) continue;
    generations.push_back(std::move(generation));
  }
  bool started = false;
  for (const v1::WeightedRevision& revision : wanted.revisions()) {
    v1::GenerationObservation* there = nullptr;
    for (v1::GenerationObservation& generation : generations) {
      if (generation.revision() == revision.revision()) there = &generation;
    }
    if (there == nullptr) {
      generations.push_back(Started(revision, ++service->last));
      there = &generations.back();
      started = true;
    }
    there->set_attempt(revision.attempt());
    there->set_weight(revision.weight());
    there->set_phase(revision.weight() > 0 ? v1::SERVING : v1::WARM);
  }
  service->generations = std::move(generations);
  return started;
}

void SimulatedHost::Report(const std::string& plan, const Service& service) {
  const v1::GenerationObservation& newest = service.generations.back();
  v1::SwapReport report;
  report.set_id(absl::StrCat(plan, "/", newest.number()));
  report.set_plan(plan);
  report.set_attempt(newest.attempt());
  report.set_new_generation(newest.number());
  report.set_new_revision(newest.revision());
  if (service.generations.size() > 1) {
    report.set_old_generation(service.generations.front().number());
    report.set_old_revision(service.generations.front().revision());
  }
  report.set_handover(v1::INTERCEPT);
  *report.mutable_began() = ToProto(absl::Now());
  v1::SwapTimings& timings = *report.mutable_timings();
  *timings.mutable_listen() = ToProto(absl::Milliseconds(3));
  *timings.mutable_startup() = ToProto(absl::Milliseconds(12));
  *timings.mutable_flip() = ToProto(absl::Microseconds(60));
  *timings.mutable_switchover() = ToProto(absl::Milliseconds(1));
  report.set_outcome(v1::SwapReport::SWAPPED);
  report.set_final(true);
  outbox_.SetReport(std::move(report));
}

void SimulatedHost::Observe() {
  v1::Observation observation;
  observation.set_epoch(assignment_.epoch());
  observation.set_serial(assignment_.serial());
  for (const auto& [plan, service] : services_) {
    v1::ServiceObservation* observed = observation.add_services();
    observed->set_plan(plan);
    for (const v1::GenerationObservation& each : service.generations) {
      *observed->add_generations() = each;
    }
  }
  outbox_.SetObservation(std::move(observation));
}

void SimulatedHost::Beat() {
  outbox_.Heartbeat();
  Pump();
}

void SimulatedHost::Close() {
  closing_ = true;
  if (dialling_) return;
  if (session_ == nullptr) return events_.on_gone();
  session_->Cancel();
}

void SimulatedHost::BeatLater(int64_t session) {
  loop_.PostAfter(kHeartbeat, [this, session] {
    if (session != session_number_ || !welcomed_) return;
    Beat();
    BeatLater(session);
  });
}

void SimulatedHost::Pump() {
  if (session_ == nullptr || !welcomed_ || !session_->writable()) return;
  if (auto next = outbox_.Next()) session_->Write(*std::move(next));
}

}  // namespace rollout::bench
