// SPDX-License-Identifier: Apache-2.0
//
// A host as the controller sees it: the agent's own session and outbox over
// real gRPC, and generations on paper, ready as soon as they are asked for.

#ifndef TESTS_BENCH_FLEET_SIMULATED_HOST_H_
#define TESTS_BENCH_FLEET_SIMULATED_HOST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/time/time.h"
#include "agent/link/outbox.h"
#include "agent/link/session.h"
#include "base/backoff.h"
#include "base/event_loop.h"
#include "grpcpp/channel.h"
#include "proto/rollout/v1/agent_service.pb.h"

namespace rollout::bench {

// What happens to it, on the loop.
struct HostEvents {
  std::function<void()> on_welcome;
  // Its stream has ended after a welcome.
  std::function<void()> on_loss;
  // It was asked for other revisions than before.
  std::function<void()> on_change;
  // It was closed, and its stream is over.
  std::function<void()> on_gone;
};

// What hosts share: the loop of their streams, and one that makes connections,
// which takes milliseconds each, and which nobody's messages are to wait for.
struct HostLoops {
  EventLoop& streams;
  EventLoop& dials;
};

// Used on the loop of the streams alone.
class SimulatedHost {
 public:
  using MakeChannel = std::function<std::shared_ptr<grpc::Channel>()>;

  // `make_channel` is called for each dial, on the loop for that. All must
  // outlive the host.
  SimulatedHost(HostLoops loops, v1::HostInfo info, MakeChannel make_channel,
                HostEvents events);

  // From then on it dials again whenever its stream ends, as agents do.
  void Dial();
  // Takes assignments and does nothing with them, until that ends.
  void Hold(bool held);
  void Beat();
  // Ends the stream, for good. Once; before the host is destroyed.
  void Close();

 private:
  struct Service {
    // What it was asked for last, serialized.
    std::string asked;
    std::vector<v1::GenerationObservation> generations;
    int64_t last = 0;
  };

  void Open(std::shared_ptr<grpc::Channel> channel);
  void Take(v1::ControllerMessage message);
  void Lost();
  void CarryOut();
  // True: a generation has come.
  bool Swap(const v1::ServiceAssignment& wanted, Service* service);
  void Report(const std::string& plan, const Service& service);
  void Observe();
  void Pump();
  void BeatLater(int64_t session);

  EventLoop& loop_;
  EventLoop& dials_;
  const MakeChannel make_channel_;
  const HostEvents events_;
  link::Outbox outbox_;
  Backoff backoff_;
  absl::BitGen random_;
  std::unique_ptr<link::Session> session_;
  int64_t session_number_ = 0;
  bool welcomed_ = false;
  absl::Duration welcomed_at_;
  bool held_ = false;
  bool closing_ = false;
  bool dialling_ = false;
  v1::Assignment assignment_;
  std::map<std::string, Service> services_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_SIMULATED_HOST_H_
