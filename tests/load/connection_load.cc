// SPDX-License-Identifier: Apache-2.0

#include "tests/load/connection_load.h"

#include <signal.h>

#include <random>

#include "base/status_macros.h"

namespace rollout::load {
namespace {

// A client whose request failed at once (refused) would otherwise take the
// machine from the program that is starting.
constexpr absl::Duration kAfterFailure = absl::Milliseconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionLoad>> ConnectionLoad::Start(
    const LoadOptions& options) {
  ASSIGN_OR_RETURN(Peer peer, MakePeer(options.address, options.timeout));
  std::unique_ptr<ConnectionLoad> load(new ConnectionLoad(options, peer));
  for (int i = 0; i < options.clients; ++i) {
    load->clients_.push_back(std::make_unique<Client>());
  }
  for (auto& client : load->clients_) {
    client->thread =
        std::thread(&ConnectionLoad::Run, load.get(), client.get());
  }
  return load;
}

ConnectionLoad::~ConnectionLoad() { Stop(); }

void ConnectionLoad::Stop() {
  stop_ = true;
  for (auto& client : clients_) {
    if (client->thread.joinable()) client->thread.join();
  }
}

LoadResult ConnectionLoad::Result() const {
  LoadResult all;
  for (const auto& client : clients_) {
    MutexLock lock(&client->mutex);
    all.Merge(client->result);
  }
  return all;
}

void ConnectionLoad::Run(Client* client) {
  // A signal of the test's own (SIGCHLD of a command it runs) would end a wait
  // of a socket with a time-out in EINTR: a failure that nobody has made.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  while (!stop_) Converse(client);
}

void ConnectionLoad::Converse(Client* client) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> share(0, 1);
  Conversation conversation(peer_, options_.protocol);
  for (int i = 0; i < options_.requests_per_connection && !stop_; ++i) {
    if (i > 0) {
      std::this_thread::sleep_for(
          absl::ToChronoNanoseconds(options_.think_time * share(random)));
      if (conversation.EndedInBetween()) {
        MutexLock lock(&client->mutex);
        client->result.AddEndedInBetween();
        return;
      }
    }
    if (!AskAndCount(&conversation, i > 0, client)) {
      std::this_thread::sleep_for(absl::ToChronoNanoseconds(kAfterFailure));
    }
    if (!conversation.open()) return;
  }
}

bool ConnectionLoad::AskAndCount(Conversation* conversation, bool reused,
                                 Client* client) {
  const Protocol& protocol = options_.protocol;
  RequestRecord record;
  record.reused = reused;
  record.start = clock_.Now();
  Answer answer = conversation->Ask(options_.requests_per_connection > 1
                                        ? protocol.request
                                        : protocol.only_request);
  record.end = clock_.Now();
  record.outcome = answer.outcome;
  MutexLock lock(&client->mutex);
  client->result.Add(record, answer);
  return answer.outcome == Outcome::kOk;
}

}  // namespace rollout::load
