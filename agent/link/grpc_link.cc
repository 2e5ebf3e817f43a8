// SPDX-License-Identifier: Apache-2.0

#include "agent/link/grpc_link.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/link/grpc_channel.h"
#include "base/clock.h"
#include "base/grpc_settings.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "grpcpp/create_channel.h"

namespace rollout::link {
namespace {

// Where the controller does not say.
constexpr absl::Duration kDefaultHeartbeat = absl::Seconds(30);
// Of the interval: one heartbeat late on its way is not yet a missed one.
constexpr double kHeartbeatMargin = 0.8;
constexpr int kConnectMilliseconds = 10'000;
// A swap changes many things within a few milliseconds. Telling each of them
// would take the processor from it, here and at the controller, who looks at a
// plan every 20 ms.
constexpr absl::Duration kGather = absl::Milliseconds(20);
// A stream that lasted so long was a success; waits begin anew after it. One
// that did not may be of a controller that falls over us again and again.
constexpr absl::Duration kSuccess = absl::Seconds(5);

// One for each try: gRPC's own back-off, which belongs to a channel, must not
// come on top of ours.
std::shared_ptr<grpc::Channel> MakeChannel(const GrpcLinkSettings& settings,
                                           grpc::ChannelArguments arguments) {
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMilliseconds);
  return grpc::CreateCustomChannel(settings.controller, settings.credentials,
                                   arguments);
}

std::shared_ptr<grpc::Channel> MakeSessionChannel(
    const GrpcLinkSettings& settings) {
  grpc::ChannelArguments arguments = MakeChannelArguments(kAgentPing);
  SkipBandwidthProbes(arguments);
  return MakeChannel(settings, std::move(arguments));
}

}  // namespace

GrpcLink::GrpcLink(GrpcLinkSettings settings, LinkEvents events)
    : settings_(std::move(settings)),
      events_(std::move(events)),
      outbox_(settings_.host),
      backoff_(settings_.first_wait, settings_.longest_wait) {}

GrpcLink::~GrpcLink() {
  loop_.Post([this] {
    closing_ = true;
    if (session_ != nullptr) return session_->Cancel();
    MutexLock lock(&mutex_);
    closed_ = true;
    changed_.NotifyAll();
  });
  {
    MutexLock lock(&mutex_);
    while (!closed_) changed_.Wait(&mutex_);
  }
  loop_.Stop();
}

void GrpcLink::SetObservation(v1::Observation observation) {
  loop_.Post([this, observation = std::move(observation)]() mutable {
    outbox_.SetObservation(std::move(observation));
    if (!std::exchange(dialled_, true)) Dial();
    PumpSoon();
  });
}

void GrpcLink::SetHighestEpoch(uint64_t epoch) {
  loop_.Post([this, epoch] { outbox_.SetHighestEpoch(epoch); });
}

void GrpcLink::SendReport(v1::SwapReport report) {
  loop_.Post([this, report = std::move(report)]() mutable {
    outbox_.SetReport(std::move(report));
    PumpSoon();
  });
}

void GrpcLink::Dial() {
  if (closing_) return;
  uint64_t number = ++session_number_;
  SessionEvents events;
  events.on_message = [this](v1::ControllerMessage message) {
    OnMessage(std::move(message));
  };
  events.on_writable = [this] { Pump(); };
  events.on_end = [this](const grpc::Status& status) { OnEnd(status); };
  session_ = std::make_unique<Session>(loop_, MakeSessionChannel(settings_),
                                       outbox_.Hello(), std::move(events));
  loop_.PostAfter(settings_.welcome_timeout, [this, number] {
    if (number == session_number_ && session_ != nullptr && !welcomed_) {
      Abandon("no welcome from it in time");
    }
  });
}

void GrpcLink::Abandon(std::string why) {
  abandoned_ = std::move(why);
  session_->Cancel();
}

void GrpcLink::OnMessage(v1::ControllerMessage message) {
  if (closing_) return;
  if (message.has_welcome()) OnWelcome(message.welcome());
  if (!welcomed_) return Abandon("it does not begin with a welcome");
  for (const v1::SwapReportAck& ack : message.swap_report_acks()) {
    outbox_.Acknowledge(ack.id());
    events_.on_report_stored(ack.id(), ack.final());
  }
  if (message.has_assignment()) {
    events_.on_assignment(std::move(*message.mutable_assignment()));
  }
  for (const v1::OpenChannel& open : message.open_channels()) {
    OnOpenChannel(open);
  }
}

void GrpcLink::OnOpenChannel(const v1::OpenChannel& open) {
  // A connection of their own: the session does not wait behind their bytes.
  if (channel_connection_ == nullptr) {
    channel_connection_ =
        MakeChannel(settings_, MakeChannelArguments(kAgentPing));
  }
  events_.on_channel(open.target(), std::make_shared<GrpcChannel>(
                                        channel_connection_, open.id()));
}

void GrpcLink::OnWelcome(const v1::Welcome& welcome) {
  if (std::exchange(welcomed_, true)) return;
  LogInfo("controller ", settings_.controller, ": connected, epoch ",
          welcome.epoch());
  last_complaint_.clear();
  backoff_.SetSpread(FromProto(welcome.redial_spread()));
  welcomed_at_ = SystemClock().Uptime();
  absl::Duration heartbeat = welcome.heartbeat_seconds() > 0
                                 ? absl::Seconds(welcome.heartbeat_seconds())
                                 : kDefaultHeartbeat;
  HeartbeatLater(session_number_, heartbeat * kHeartbeatMargin);
  events_.on_connected(true);
  Pump();
}

void GrpcLink::OnEnd(const grpc::Status& status) {
  session_.reset();
  channel_connection_.reset();
  bool was_welcomed = std::exchange(welcomed_, false);
  std::string reason = std::exchange(abandoned_, "");
  if (closing_) {
    MutexLock lock(&mutex_);
    closed_ = true;
    changed_.NotifyAll();
    return;
  }
  if (reason.empty()) {
    reason = status.ok() ? "it ended the stream" : status.error_message();
  }
  Complain(reason);
  if (was_welcomed) {
    if (SystemClock().Uptime() - welcomed_at_ >= kSuccess) backoff_.Reset();
    events_.on_connected(false);
  }
  loop_.PostAfter(backoff_.Next(random_), [this] { Dial(); });
}

void GrpcLink::Complain(const std::string& reason) {
  if (reason == last_complaint_) return;
  last_complaint_ = reason;
  LogWarning("controller ", settings_.controller, ": not connected: ", reason,
             "; services go on, trying again");
}

void GrpcLink::Pump() {
  // Nothing before the welcome: a session that is refused has been sent
  // nothing but its hello.
  if (session_ == nullptr || !welcomed_ || !session_->writable()) return;
  if (std::optional<v1::AgentMessage> next = outbox_.Next()) {
    session_->Write(*std::move(next));
  }
}

void GrpcLink::PumpSoon() {
  if (std::exchange(pump_posted_, true)) return;
  loop_.PostAfter(kGather, [this] {
    pump_posted_ = false;
    Pump();
  });
}

void GrpcLink::HeartbeatLater(uint64_t session_number,
                              absl::Duration interval) {
  loop_.PostAfter(interval, [this, session_number, interval] {
    if (session_number != session_number_ || session_ == nullptr) return;
    outbox_.Heartbeat();
    Pump();
    HeartbeatLater(session_number, interval);
  });
}

}  // namespace rollout::link
