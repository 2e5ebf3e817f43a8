// SPDX-License-Identifier: Apache-2.0

#include "controller/view/host_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/proto_time.h"
#include "base/utf8.h"
#include "controller/store/attempt.h"

namespace rollout::view {
namespace {

decide::GenerationState ToState(v1::GenerationPhase phase) {
  using decide::GenerationState;
  switch (phase) {
    case v1::READY:
      return GenerationState::kReady;
    case v1::SERVING:
      return GenerationState::kServing;
    case v1::WARM:
      return GenerationState::kWarm;
    case v1::DRAINING:
      return GenerationState::kDraining;
    case v1::EXITED:
      return GenerationState::kEnded;
    case v1::FAILED_GENERATION:
      return GenerationState::kFailed;
    default:
      return GenerationState::kStarting;
  }
}

// Messages end up in the rollout's record, which has to fit a transaction.
constexpr size_t kMaxMessageBytes = 1024;
constexpr absl::string_view kEllipsis = "…";

std::string Cut(const std::string& message) {
  if (message.size() <= kMaxMessageBytes) return message;
  absl::string_view head =
      absl::string_view(message).substr(0, kMaxMessageBytes - kEllipsis.size());
  return absl::StrCat(head.substr(0, ValidUtf8Prefix(head)), kEllipsis);
}

decide::GenerationView ToView(const v1::GenerationObservation& observed) {
  decide::GenerationView view;
  view.number = observed.number();
  view.revision = observed.revision();
  const store::Attempt attempt = store::ToAttempt(observed.attempt());
  view.attempt = attempt.rollout;
  view.retry = attempt.retry;
  view.state = ToState(observed.phase());
  view.weight = observed.weight();
  view.ready = observed.ready();
  view.serving_for = FromProto(observed.serving_for());
  view.message = Cut(observed.message());
  return view;
}

}  // namespace

bool HasSameLabels(const v1::HostInfo& a, const v1::HostInfo& b) {
  if (a.labels_size() != b.labels_size()) return false;
  for (const auto& [name, value] : a.labels()) {
    auto found = b.labels().find(name);
    if (found == b.labels().end() || found->second != value) return false;
  }
  return true;
}

bool HasService(const HostFacts& facts, const std::string& plan) {
  return facts.generations.count(plan) > 0;
}

bool HasEnded(const HostFacts& facts, const std::string& plan,
              int64_t removal) {
  auto ended = facts.ended.find(plan);
  return ended != facts.ended.end() && ended->second == removal;
}

HostFacts ToFacts(const fleet::HostSnapshot& snapshot, absl::Duration uptime) {
  HostFacts facts;
  facts.info = snapshot.info;
  facts.connected = snapshot.connected;
  facts.reported = snapshot.reported;
  facts.lease_over = snapshot.lease_over;
  facts.takes_removals = snapshot.takes_removals;
  facts.observed_at = uptime - snapshot.observed_for;
  for (const v1::ServiceObservation& service :
       snapshot.observation->services()) {
    if (service.removed()) {
      facts.ended[service.plan()] = service.removal();
      continue;
    }
    auto& generations = facts.generations[service.plan()];
    for (const v1::GenerationObservation& generation : service.generations()) {
      generations.push_back(ToView(generation));
    }
  }
  return facts;
}

}  // namespace rollout::view
