// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/simulated_fleet.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/grpc_settings.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace rollout::bench {
namespace {

// Handshakes at a time, while nothing is measured.
constexpr int kDialsAtOnce = 64;
constexpr int kConnectMilliseconds = 10'000;
constexpr absl::Duration kLimit = absl::Minutes(5);
constexpr absl::Duration kActionLimit = absl::Minutes(1);

v1::HostInfo InfoOf(int host, const FleetSize& size) {
  v1::HostInfo info;
  info.set_name(absl::StrFormat("host-%05d", host));
  info.set_address(absl::StrCat("10.0.", host / 250, ".", host % 250 + 1));
  (*info.mutable_labels())["group"] = host < size.first ? "first" : "rest";
  (*info.mutable_labels())["zone"] = absl::StrCat("zone-", host % 3);
  info.set_agent_version("benchmark");
  info.set_kernel_release("6.1.0-18-amd64");
  return info;
}

}  // namespace

// gRPC knows of the streams until their end.
SimulatedFleet::~SimulatedFleet() {
  loop_.Run([this] {
    for (auto& host : hosts_) host->Close();
  });
  MutexLock lock(&mutex_);
  while (gone_ < static_cast<int>(hosts_.size())) changed_.Wait(&mutex_);
}

HostEvents SimulatedFleet::EventsOf(int host) {
  return {[this, host] { Welcomed(host); }, [this, host] { Lost(host); },
          [this, host] { Changed(host); },
          [this] {
            MutexLock lock(&mutex_);
            ++gone_;
            changed_.NotifyAll();
          }};
}

absl::Status SimulatedFleet::Connect(const std::string& address) {
  for (int i = 0; i < size_.hosts; ++i) {
    v1::HostInfo info = InfoOf(i, size_);
    ASSIGN_OR_RETURN(pki::KeyPair pair, keys_.IssueHost(info.name()));
    auto credentials = grpc::SslCredentials(
        {keys_.authority(), std::move(pair.key), std::move(pair.certificate)});
    auto make_channel = [address, credentials] {
      grpc::ChannelArguments arguments = MakeChannelArguments(kAgentPing);
      SkipBandwidthProbes(arguments);
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMilliseconds);
      auto channel = grpc::CreateCustomChannel(address, credentials, arguments);
      // Begins to connect on this loop, and not on the one of the streams.
      (void)channel->GetState(true);
      return channel;
    };
    hosts_.push_back(std::make_unique<SimulatedHost>(
        HostLoops{loop_, dials_}, std::move(info), std::move(make_channel),
        EventsOf(i)));
  }
  loop_.Run([this] {
    for (int i = 0; i < kDialsAtOnce; ++i) DialNext();
  });
  return AwaitWelcomes(size_.hosts);
}

void SimulatedFleet::DialNext() {
  if (dialled_ < hosts_.size()) hosts_[dialled_++]->Dial();
}

void SimulatedFleet::Welcomed(int host) {
  {
    MutexLock lock(&mutex_);
    ++welcomed_;
    first_welcomed_ += host < size_.first;
    if (host < size_.first && first_welcomed_ == size_.first &&
        first_action_ == absl::InfiniteDuration()) {
      first_back_ = SystemClock().Uptime();
    }
    changed_.NotifyAll();
  }
  DialNext();
}

void SimulatedFleet::Lost(int host) {
  MutexLock lock(&mutex_);
  --welcomed_;
  first_welcomed_ -= host < size_.first;
  changed_.NotifyAll();
}

void SimulatedFleet::Changed(int host) {
  if (host >= size_.first) return;
  MutexLock lock(&mutex_);
  first_action_ = std::min(first_action_, SystemClock().Uptime());
  changed_.NotifyAll();
}

absl::Status SimulatedFleet::AwaitWelcomes(int hosts) {
  const absl::Duration end = SystemClock().Uptime() + kLimit;
  MutexLock lock(&mutex_);
  while (welcomed_ != hosts) {
    const absl::Duration left = end - SystemClock().Uptime();
    if (left > absl::ZeroDuration()) {
      changed_.WaitFor(&mutex_, left);
      continue;
    }
    return absl::DeadlineExceededError(
        absl::StrCat(welcomed_, " of ", size_.hosts, " hosts are connected"));
  }
  return absl::OkStatus();
}

absl::Status SimulatedFleet::AwaitLoss() {
  RETURN_IF_ERROR(AwaitWelcomes(0));
  MutexLock lock(&mutex_);
  first_back_ = first_action_ = absl::InfiniteDuration();
  return absl::OkStatus();
}

absl::Status SimulatedFleet::AwaitReturn() {
  return AwaitWelcomes(size_.hosts);
}

absl::StatusOr<absl::Duration> SimulatedFleet::AwaitFirstAction() {
  const absl::Duration end = SystemClock().Uptime() + kActionLimit;
  MutexLock lock(&mutex_);
  while (first_action_ == absl::InfiniteDuration()) {
    const absl::Duration left = end - SystemClock().Uptime();
    if (left <= absl::ZeroDuration()) {
      return absl::UnavailableError(absl::StrCat("no action; ", first_welcomed_,
                                                 " of the first are back"));
    }
    changed_.WaitFor(&mutex_, left);
  }
  return first_action_ - first_back_;
}

void SimulatedFleet::Hold(bool held) {
  loop_.Run([this, held] {
    for (auto& host : hosts_) host->Hold(held);
  });
}

void SimulatedFleet::Beat(int times) {
  for (int i = 0; i < times; ++i) {
    loop_.Run([this] {
      for (auto& host : hosts_) host->Beat();
    });
    absl::SleepFor(absl::Seconds(1));
  }
}

void ServeFleet(const FleetKeys& keys, FleetSize size, LineChannel& channel) {
  SkipMutexChecks();
  std::unique_ptr<SimulatedFleet> fleet;
  for (;;) {
    auto line = channel.Receive();
    if (!line.ok()) return;
    const std::vector<std::string> words = absl::StrSplit(*line, ' ');
    absl::Status status;
    std::string answer = "done";
    if (words[0] == "connect") {
      fleet = std::make_unique<SimulatedFleet>(keys, size);
      status = fleet->Connect(words[1]);
    } else if (words[0] == "hold" || words[0] == "release") {
      fleet->Hold(words[0] == "hold");
    } else if (words[0] == "beat") {
      int times = 0;
      (void)absl::SimpleAtoi(words[1], &times);
      fleet->Beat(times);
    } else if (words[0] == "await-loss") {
      status = fleet->AwaitLoss();
    } else if (words[0] == "await-return") {
      status = fleet->AwaitReturn();
    } else if (words[0] == "await-action") {
      auto took = fleet->AwaitFirstAction();
      status = took.status();
      if (took.ok()) {
        answer = absl::StrCat(absl::ToInt64Microseconds(*took));
      }
    } else {
      status = absl::InvalidArgumentError("no such command");
    }
    if (!status.ok()) answer = absl::StrCat("error ", status.message());
    if (!channel.Send(answer).ok()) return;
  }
}

}  // namespace rollout::bench
