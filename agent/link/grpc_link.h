// SPDX-License-Identifier: Apache-2.0
//
// The link over gRPC. A loop of its own holds all state; the events are called
// on it.

#ifndef AGENT_LINK_GRPC_LINK_H_
#define AGENT_LINK_GRPC_LINK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/random/random.h"
#include "absl/time/time.h"
#include "agent/link/link.h"
#include "agent/link/outbox.h"
#include "agent/link/session.h"
#include "base/backoff.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"

namespace rollout::link {

struct GrpcLinkSettings {
  // "controller.example:7400"
  std::string controller;
  // What the agent says of its machine.
  v1::HostInfo host;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  // Waits between two tries: the first, and the longest.
  absl::Duration first_wait = absl::Milliseconds(200);
  absl::Duration longest_wait = absl::Seconds(15);
  // From dialling to the controller's welcome.
  absl::Duration welcome_timeout = absl::Seconds(20);
};

class GrpcLink : public Link {
 public:
  // Dials as soon as there is an observation: it never says hello without
  // knowing what runs here.
  GrpcLink(GrpcLinkSettings settings, LinkEvents events);
  // Ends the stream and waits for that; no event is called afterwards. Not
  // from within an event.
  ~GrpcLink() override;

  void SetObservation(v1::Observation observation) override;
  void SetHighestEpoch(uint64_t epoch) override;
  void SendReport(v1::SwapReport report) override;

 private:
  // All on the loop.
  void Dial();
  // Ends the session; `why` is told in place of gRPC's own words.
  void Abandon(std::string why);
  void OnMessage(v1::ControllerMessage message);
  void OnOpenChannel(const v1::OpenChannel& open);
  void OnWelcome(const v1::Welcome& welcome);
  void OnEnd(const grpc::Status& status);
  // Logs a reason, if it is not the one that was logged last.
  void Complain(const std::string& reason);
  // Writes the next message, if the stream takes one.
  void Pump();
  // The same, once what changes together has come together.
  void PumpSoon();
  void HeartbeatLater(uint64_t session_number, absl::Duration interval);

  const GrpcLinkSettings settings_;
  const LinkEvents events_;

  // Of the loop alone.
  Outbox outbox_;
  std::unique_ptr<Session> session_;  // null between two tries
  uint64_t session_number_ = 0;
  // For the channels asked for in this session; null: none was.
  std::shared_ptr<grpc::Channel> channel_connection_;
  bool dialled_ = false;
  bool pump_posted_ = false;
  bool welcomed_ = false;
  absl::Duration welcomed_at_;  // as Clock::Uptime
  bool closing_ = false;
  std::string abandoned_;
  std::string last_complaint_;
  Backoff backoff_;
  absl::BitGen random_;

  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  // Last: its tasks use all of the above.
  EventLoop loop_;
};

}  // namespace rollout::link

#endif  // AGENT_LINK_GRPC_LINK_H_
