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

// A random time up to that.
void Rest(absl::Duration longest) {
  if (longest == absl::ZeroDuration()) return;
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> share(0, 1);
  std::this_thread::sleep_for(
      absl::ToChronoNanoseconds(longest * share(random)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionLoad>> ConnectionLoad::Start(
    const LoadOptions& options) {
  ASSIGN_OR_RETURN(Peer peer, MakePeer(options.address, options.timeout));
  std::unique_ptr<ConnectionLoad> load(
      new ConnectionLoad([options, peer](ConnectionLoad* self, Client* client) {
        self->Converse(options, peer, client);
        Rest(options.pause);
      }));
  load->StartClients(options.clients);
  return load;
}

std::unique_ptr<ConnectionLoad> ConnectionLoad::Start(
    std::function<Answer()> ask, int clients) {
  std::unique_ptr<ConnectionLoad> load(new ConnectionLoad(
      [ask = std::move(ask)](ConnectionLoad* self, Client* client) {
        self->AskAndCount(ask, false, client);
      }));
  load->StartClients(clients);
  return load;
}

void ConnectionLoad::StartClients(int clients) {
  for (int i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<Client>());
  }
  for (auto& client : clients_) {
    client->thread = std::thread(&ConnectionLoad::Run, this, client.get());
  }
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
  while (!stop_) turn_(this, client);
}

void ConnectionLoad::Converse(const LoadOptions& options, const Peer& peer,
                              Client* client) {
  const std::string& request = options.requests_per_connection > 1
                                   ? options.protocol.request
                                   : options.protocol.only_request;
  Conversation conversation(peer, options.protocol);
  for (int i = 0; i < options.requests_per_connection && !stop_; ++i) {
    if (i > 0) {
      Rest(options.think_time);
      if (conversation.EndedInBetween()) {
        MutexLock lock(&client->mutex);
        client->result.AddEndedInBetween();
        return;
      }
    }
    AskAndCount([&] { return conversation.Ask(request); }, i > 0, client);
    if (!conversation.open()) return;
  }
}

void ConnectionLoad::AskAndCount(const std::function<Answer()>& ask,
                                 bool reused, Client* client) {
  RequestRecord record;
  record.reused = reused;
  record.start = clock_.Now();
  const Answer answer = ask();
  record.end = clock_.Now();
  record.outcome = answer.outcome;
  {
    MutexLock lock(&client->mutex);
    client->result.Add(record, answer);
  }
  if (answer.outcome == Outcome::kOk) return;
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(kAfterFailure));
}

}  // namespace rollout::load
