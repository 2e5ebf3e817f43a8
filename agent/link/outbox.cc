// SPDX-License-Identifier: Apache-2.0

#include "agent/link/outbox.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace rollout::link {

void Outbox::SetObservation(v1::Observation observation) {
  observation_ = std::move(observation);
  observation_due_ = true;
}

void Outbox::SetReport(v1::SwapReport report) {
  if (reports_.size() >= kMaxReports && reports_.count(report.id()) == 0) {
    LogWarning("swap report ", reports_.begin()->first,
               " is dropped: the controller has not taken any for long");
    reports_.erase(reports_.begin());
  }
  Report& kept = reports_[report.id()];
  kept.content = std::move(report);
  kept.due = true;
}

v1::AgentMessage Outbox::Hello() {
  CHECK(has_observation());
  observation_due_ = false;
  for (auto& [id, report] : reports_) {
    report.due = true;
    report.unacknowledged = 0;
  }
  v1::AgentMessage message;
  message.set_sequence(sequence_ = 1);
  *message.mutable_hello()->mutable_host() = host_;
  message.mutable_hello()->set_highest_epoch(highest_epoch_);
  *message.mutable_hello()->mutable_observation() = *observation_;
  message.mutable_hello()->set_takes_channels(true);
  message.mutable_hello()->set_takes_removals(true);
  return message;
}

std::optional<v1::AgentMessage> Outbox::Next() {
  v1::AgentMessage message;
  if (std::exchange(observation_due_, false)) {
    *message.mutable_observation() = *observation_;
  }
  for (auto& [id, report] : reports_) {
    if (!std::exchange(report.due, false)) continue;
    ++report.unacknowledged;
    *message.add_swap_reports() = report.content;
  }
  if (!message.has_observation() && message.swap_reports().empty()) {
    return std::nullopt;
  }
  message.set_sequence(++sequence_);
  return message;
}

void Outbox::Acknowledge(const std::string& id) {
  auto report = reports_.find(id);
  if (report == reports_.end() || report->second.unacknowledged == 0) return;
  --report->second.unacknowledged;
  if (report->second.unacknowledged == 0 && !report->second.due) {
    reports_.erase(report);
  }
}

}  // namespace rollout::link
