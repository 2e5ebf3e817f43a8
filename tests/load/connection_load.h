// SPDX-License-Identifier: Apache-2.0
//
// Clients that ask one address again and again: each request on a connection of
// its own, the next one as soon as the last has ended; or several requests on
// each connection, with time to think between them.

#ifndef TESTS_LOAD_CONNECTION_LOAD_H_
#define TESTS_LOAD_CONNECTION_LOAD_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "tests/load/conversation.h"
#include "tests/load/load_result.h"
#include "tests/load/protocol.h"

namespace rollout::load {

struct LoadOptions {
  // As for Peer.
  std::string address;
  Protocol protocol = Http("/");
  int clients = 8;
  // As for Peer.
  absl::Duration timeout = absl::Seconds(10);
  // After so many the client ends the connection, without a word before.
  int requests_per_connection = 1;
  // Between requests of one connection: a random time up to this.
  absl::Duration think_time = absl::ZeroDuration();
  // Between connections of a client, likewise. None: as many as the machine
  // can, which has little time then for what is under test.
  absl::Duration pause = absl::Milliseconds(5);
};

// Runs from Start to Stop, one thread per client. Start, Stop and Result may be
// called from any thread, Stop by one at a time.
class ConnectionLoad {
 public:
  // InvalidArgument: the address.
  static absl::StatusOr<std::unique_ptr<ConnectionLoad>> Start(
      const LoadOptions& options);
  // Clients that ask in their own way; `ask` is called by all of them at once.
  static std::unique_ptr<ConnectionLoad> Start(std::function<Answer()> ask,
                                               int clients);

  // As Stop.
  ~ConnectionLoad();
  ConnectionLoad(const ConnectionLoad&) = delete;
  ConnectionLoad& operator=(const ConnectionLoad&) = delete;

  // Lets every client finish its request. Idempotent.
  void Stop();

  // All requests that have ended by now.
  LoadResult Result() const;

 private:
  // A client, and what it has counted: its own lock, so that the clients don't
  // wait for each other.
  struct Client {
    mutable Mutex mutex;
    LoadResult result ABSL_GUARDED_BY(mutex);
    std::thread thread;
  };

  // Has a client ask, once or on one connection.
  using Turn = std::function<void(ConnectionLoad*, Client*)>;

  explicit ConnectionLoad(Turn turn) : turn_(std::move(turn)) {}
  void StartClients(int clients);
  void Run(Client* client);
  // One connection, from its beginning to its end.
  void Converse(const LoadOptions& options, const Peer& peer, Client* client);
  void AskAndCount(const std::function<Answer()>& ask, bool reused,
                   Client* client);

  const Turn turn_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_CONNECTION_LOAD_H_
