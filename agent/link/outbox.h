// SPDX-License-Identifier: Apache-2.0
//
// What the agent has to say and has not yet said, or not yet been heard with:
// the newest observation, and swap reports until they are acknowledged.
//
// Pure: no clock, no I/O. Not thread-safe.

#ifndef AGENT_LINK_OUTBOX_H_
#define AGENT_LINK_OUTBOX_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "proto/rollout/v1/agent_service.pb.h"

namespace rollout::link {

class Outbox {
 public:
  // More reports than this are not kept for a controller that stays away.
  static constexpr size_t kMaxReports = 200;

  explicit Outbox(v1::HostInfo host) : host_(std::move(host)) {}

  void SetObservation(v1::Observation observation);
  void SetHighestEpoch(uint64_t epoch) { highest_epoch_ = epoch; }
  void SetReport(v1::SwapReport report);

  // False: nobody has said yet what runs here, so there is no hello.
  bool has_observation() const { return observation_.has_value(); }

  // A stream was opened: returns its first message. All reports are to be sent
  // again. Precondition: has_observation().
  v1::AgentMessage Hello();

  // The next message of the stream, with all that waits; none: nothing does.
  std::optional<v1::AgentMessage> Next();

  // The observation is to be sent, changed or not.
  void Heartbeat() { observation_due_ = has_observation(); }

  // The controller has stored the report as it was sent last but `n`, where n
  // is the number of acknowledgements of it still to come. An id that is not
  // known, or an acknowledgement too many, is passed over.
  void Acknowledge(const std::string& id);

 private:
  struct Report {
    v1::SwapReport content;
    bool due = true;
    // Sent on this stream and not acknowledged.
    int unacknowledged = 0;
  };

  const v1::HostInfo host_;
  uint64_t highest_epoch_ = 0;
  std::optional<v1::Observation> observation_;
  bool observation_due_ = false;
  std::map<std::string, Report> reports_;
  // Of the last message on this stream.
  uint64_t sequence_ = 0;
};

}  // namespace rollout::link

#endif  // AGENT_LINK_OUTBOX_H_
