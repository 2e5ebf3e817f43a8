// SPDX-License-Identifier: Apache-2.0
//
// The load that every way has to bear, the same for all: clients with a
// connection for each request, as fast as they can, and a few that keep theirs
// for a while. Who answered is kept for each request of the first kind.

#ifndef TESTS_BENCH_PEERS_RECORDED_LOAD_H_
#define TESTS_BENCH_PEERS_RECORDED_LOAD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "tests/load/connection_load.h"
#include "tests/load/conversation.h"
#include "tests/load/load_result.h"
#include "tests/load/protocol.h"

namespace rollout::bench {

// A request on a connection of its own, from before the connect to the last of
// the answer, on the wall clock.
struct SeenRequest {
  absl::Time start;
  absl::Time end;
  // Without white space at its ends; empty: it failed.
  std::string answer;
};

// Runs from Start to Stop. Its methods are for one thread.
class RecordedLoad {
 public:
  static constexpr int kClients = 16;
  static constexpr int kKeepingClients = 4;

  // InvalidArgument: the target, which is as for load::Peer.
  static absl::StatusOr<std::unique_ptr<RecordedLoad>> Start(
      absl::string_view target, const load::Protocol& protocol);

  // How often that has been the answer.
  int64_t Count(const std::string& answer) const;

  // Lets every client finish its request. Idempotent.
  void Stop();

  // After Stop.
  std::vector<SeenRequest> Requests() const;
  // Of the clients that keep their connections.
  load::LoadResult Kept() const { return keeping_->Result(); }
  // For people, some of them.
  std::vector<std::string> Failures() const;

 private:
  RecordedLoad(const load::Peer& peer, load::Protocol protocol)
      : peer_(peer), protocol_(std::move(protocol)) {}

  load::Answer Ask();

  const load::Peer peer_;
  const load::Protocol protocol_;
  SystemClock clock_;
  mutable Mutex mutex_;
  std::vector<SeenRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int64_t> counts_ ABSL_GUARDED_BY(mutex_);
  // End before the members above.
  std::unique_ptr<load::ConnectionLoad> asking_;
  std::unique_ptr<load::ConnectionLoad> keeping_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_RECORDED_LOAD_H_
