// SPDX-License-Identifier: Apache-2.0
//
// Keepalive and message limits. The controller allows pings as often as any of
// its clients sends them: a server that does not closes the connection
// (too_many_pings).

#ifndef BASE_GRPC_SETTINGS_H_
#define BASE_GRPC_SETTINGS_H_

#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/channel_arguments.h"

namespace rollout {

// A message in either direction: 16 MiB. Manifests are at most 1 MiB a file.
inline constexpr int kMaxMessageBytes = 16 << 20;

// First thing in main. Debian builds Abseil with its checks, and its mutexes,
// which gRPC takes several times for each message, look for deadlock cycles
// whenever one is taken: a tenth of a busy controller's time. The checks are
// for those who develop Abseil's users, and ours run under sanitizers.
void SkipMutexChecks();

// How often each end asks whether the other is there. Ten thousand agents that
// ping every 20 s, and are pinged as often, cost their controller a quarter of
// a processor, and they write a heartbeat every 24 s anyway: a connection with
// data on its way is closed when nothing of it is acknowledged for 10 s, as one
// is whose ping is not answered (TCP_USER_TIMEOUT, tcp(7), which gRPC sets to
// the ping's limit). For the rest pings are there: a peer that hangs, and a
// host that is gone without a word. An operator's watch never writes: it pings
// more often.
inline constexpr absl::Duration kControllerPing = absl::Seconds(30);
inline constexpr absl::Duration kAgentPing = absl::Seconds(60);
inline constexpr absl::Duration kOperatorPing = absl::Seconds(20);

// For agents and rolloutctl: pings every `ping`, also while no call is open; a
// connection without an answer for 10 s is closed and dialled again.
grpc::ChannelArguments MakeChannelArguments(absl::Duration ping);

// gRPC measures how much the way to the peer holds by pings of its own, one for
// every few messages that come: half of what goes over an agent's session,
// whose messages are small. Without them a window of 64 KiB a connection stays
// what it is.
void SkipBandwidthProbes(grpc::ChannelArguments& arguments);

// For the controller, which pings every kControllerPing; a client may do so
// every 10 s. Without bandwidth probes: a host's logs, or what a proxy brings
// from it, come with at most 64 KiB, or one message, a round trip.
void ApplyServerSettings(grpc::ServerBuilder& builder);

}  // namespace rollout

#endif  // BASE_GRPC_SETTINGS_H_
