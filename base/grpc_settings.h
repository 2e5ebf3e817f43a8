// SPDX-License-Identifier: Apache-2.0
//
// Keepalive and message limits, the same at both ends: a server that is asked
// to answer pings more often than it allows closes the connection
// (too_many_pings).

#ifndef BASE_GRPC_SETTINGS_H_
#define BASE_GRPC_SETTINGS_H_

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

// For agents and rolloutctl: pings every 20 s, also while no call is open;
// a connection without an answer for 10 s is closed and dialled again.
grpc::ChannelArguments MakeChannelArguments();

// For the controller: the same pings, and a client may send one every 10 s.
void ApplyServerSettings(grpc::ServerBuilder& builder);

}  // namespace rollout

#endif  // BASE_GRPC_SETTINGS_H_
