// SPDX-License-Identifier: Apache-2.0

#include "tests/load/connection_load.h"

#include <signal.h>

#include <utility>

#include "base/status_macros.h"

namespace rollout::load {
namespace {

// A client whose request failed at once (refused) would otherwise take the
// machine from the program that is starting.
constexpr absl::Duration kAfterFailure = absl::Milliseconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionLoad>> ConnectionLoad::Start(
    const LoadOptions& options) {
  ASSIGN_OR_RETURN(HttpGet get, HttpGet::Create(options.address, options.path,
                                                options.timeout));
  std::unique_ptr<ConnectionLoad> load(new ConnectionLoad(std::move(get)));
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
  while (!stop_) {
    RequestRecord record;
    record.start = clock_.Now();
    Answer answer = get_.Ask();
    record.end = clock_.Now();
    record.outcome = answer.outcome;
    {
      MutexLock lock(&client->mutex);
      client->result.Add(record, answer);
    }
    if (answer.outcome != Outcome::kOk) {
      std::this_thread::sleep_for(absl::ToChronoNanoseconds(kAfterFailure));
    }
  }
}

}  // namespace rollout::load
