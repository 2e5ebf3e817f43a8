// SPDX-License-Identifier: Apache-2.0
//
// Tells forges what became of their commits, in the form of GitHub, which Gitea
// and Forgejo have, too: POST API/repos/OWNER/NAME/statuses/COMMIT. A courtesy:
// a forge that is slow, broken or gone holds nobody and costs a bounded memory.

#ifndef CONTROLLER_GITOPS_COMMIT_STATUS_H_
#define CONTROLLER_GITOPS_COMMIT_STATUS_H_

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "controller/gitops/forge.h"
#include "controller/gitops/http_exchange.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/registry.h"

namespace rollout::gitops {

enum class CommitState { kPending, kSuccess, kFailure, kError };

struct CommitStatus {
  std::string source;
  // 40 hexadecimal digits.
  std::string commit;
  CommitState state = CommitState::kPending;
  // Cut to the 140 bytes that GitHub takes.
  std::string description;
  // Where to read more. Empty: nowhere.
  std::string target_url;
};

struct CommitStatusSettings {
  // Of each send. Of what the forge answers nothing is of interest.
  HttpBounds bounds = {absl::Seconds(10), 64 << 10};
  int max_tries = 6;
  absl::Duration first_wait = absl::Seconds(2);
  absl::Duration longest_wait = absl::Minutes(2);
  // So many commits at most wait to be told; the oldest makes room.
  size_t max_waiting = 256;
};

// Safe from any thread.
class CommitStatusReporter {
 public:
  // By the name of the source; those of others are not reported. `files` and
  // `registry` must outlive this. Counts
  // rollout_commit_statuses_total{outcome="sent|failed|dropped"}; dropped: to
  // make room.
  CommitStatusReporter(std::map<std::string, Forge> forges,
                       const CommitStatusSettings& settings, FileSystem& files,
                       prometheus::Registry& registry);
  // Stops.
  ~CommitStatusReporter();
  CommitStatusReporter(const CommitStatusReporter&) = delete;
  CommitStatusReporter& operator=(const CommitStatusReporter&) = delete;

  // Returns at once. Of several about one commit of a source only the newest is
  // sure to be sent, and it is the last to be sent.
  void Report(CommitStatus status) ABSL_LOCKS_EXCLUDED(mutex_);

  // Drops what waits and breaks off what is being sent. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Waiting {
    CommitStatus status;
    Backoff backoff;
    int tries = 0;
    // When to try, by the clock's Uptime.
    absl::Duration due = absl::ZeroDuration();
  };

  void Run();
  // The next one that is due, taken out; nothing: stopped.
  std::optional<Waiting> Next() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Send(const CommitStatus& status);
  // After a try: counts it, or lets it wait for the next one.
  void Settle(Waiting waiting, const absl::Status& sent)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The one about the same commit of the same source.
  std::list<Waiting>::iterator Find(const CommitStatus& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::map<std::string, Forge> forges_;
  const CommitStatusSettings settings_;
  FileSystem& files_;
  const SystemClock clock_;
  prometheus::Family<prometheus::Counter>& statuses_;
  prometheus::Counter& sent_;
  prometheus::Counter& failed_;
  prometheus::Counter& dropped_;
  HttpExchange exchange_;
  // The thread's own.
  absl::BitGen random_;

  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  // Last: it uses the others.
  std::thread thread_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_STATUS_H_
