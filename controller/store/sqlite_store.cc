// SPDX-License-Identifier: Apache-2.0

#include "controller/store/sqlite_store.h"

#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "controller/store/sqlite_file.h"
#include "controller/store/watch_list.h"

namespace rollout::store {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<SqliteFile> file, SqliteOptions options,
              const Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        file_(std::move(file)),
        writer_([this] { WriteUntilClosed(); }) {}
  ~SqliteStore() override { Close(); }

  void Commit(Transaction transaction, Done done) override
      ABSL_LOCKS_EXCLUDED(queue_mutex_);
  absl::StatusOr<Snapshot> List(absl::string_view prefix) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::unique_ptr<Watch>> StartWatch(
      absl::string_view prefix, OnChanges on_changes) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Close() override ABSL_LOCKS_EXCLUDED(queue_mutex_);

 private:
  struct Waiting {
    Transaction transaction;
    Done done;
    absl::StatusOr<int64_t> result = absl::UnknownError("");
  };
  class ListedWatch final : public Watch {
   public:
    ListedWatch(SqliteStore& store, int64_t id) : store_(store), id_(id) {}
    ~ListedWatch() override {
      MutexLock lock(&store_.mutex_);
      store_.watches_.Remove(id_);
    }

   private:
    SqliteStore& store_;
    const int64_t id_;
  };

  void WriteUntilClosed();
  // Waits for work; empty: the store is closing and all is done.
  std::vector<Waiting> NextGroup() ABSL_LOCKS_EXCLUDED(queue_mutex_);
  void CommitGroup(std::vector<Waiting>& group) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status WriteGroup(std::vector<Waiting>& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SqliteOptions options_;
  const Clock& clock_;

  Mutex queue_mutex_;
  CondVar queue_changed_;
  std::vector<Waiting> queue_ ABSL_GUARDED_BY(queue_mutex_);
  bool closing_ ABSL_GUARDED_BY(queue_mutex_) = false;

  // Held while watches are told, so that a watch begins and ends between two
  // commits.
  Mutex mutex_;
  std::unique_ptr<SqliteFile> file_ ABSL_GUARDED_BY(mutex_);
  WatchList watches_ ABSL_GUARDED_BY(mutex_);

  // Last: begins when everything it uses is there.
  std::thread writer_;
};

void SqliteStore::Close() {
  {
    MutexLock lock(&queue_mutex_);
    closing_ = true;
    queue_changed_.NotifyAll();
  }
  if (writer_.joinable()) writer_.join();
}

void SqliteStore::Commit(Transaction transaction, Done done) {
  {
    MutexLock lock(&queue_mutex_);
    if (!closing_) {
      queue_.push_back({std::move(transaction), std::move(done)});
      // The writer waits for the first; the others find it gathering.
      if (queue_.size() == 1) queue_changed_.NotifyAll();
      return;
    }
  }
  done(absl::CancelledError("the store is closed: the program ends"));
}

absl::StatusOr<Snapshot> SqliteStore::List(absl::string_view prefix) {
  MutexLock lock(&mutex_);
  return file_->List(prefix);
}

absl::StatusOr<std::unique_ptr<Watch>> SqliteStore::StartWatch(
    absl::string_view prefix, OnChanges on_changes) {
  MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Snapshot present, file_->List(prefix));
  int64_t id = watches_.Add(prefix, std::move(on_changes), std::move(present));
  return std::make_unique<ListedWatch>(*this, id);
}

void SqliteStore::WriteUntilClosed() {
  for (;;) {
    std::vector<Waiting> group = NextGroup();
    if (group.empty()) return;
    CommitGroup(group);
    for (Waiting& waiting : group) waiting.done(std::move(waiting.result));
  }
}

std::vector<SqliteStore::Waiting> SqliteStore::NextGroup() {
  MutexLock lock(&queue_mutex_);
  while (queue_.empty() && !closing_) queue_changed_.Wait(&queue_mutex_);
  const absl::Duration end = clock_.Uptime() + options_.gather;
  while (!closing_) {
    const absl::Duration left = end - clock_.Uptime();
    if (left <= absl::ZeroDuration()) break;
    queue_changed_.WaitFor(&queue_mutex_, left);
  }
  return std::exchange(queue_, {});
}

void SqliteStore::CommitGroup(std::vector<Waiting>& group) {
  absl::Duration began = clock_.Uptime();
  MutexLock lock(&mutex_);
  if (absl::Status status = WriteGroup(group); !status.ok()) {
    file_->Rollback();
    LogError("store: nothing could be written: ", status.message());
    for (Waiting& waiting : group) {
      if (absl::IsInvalidArgument(waiting.result.status())) continue;
      waiting.result = absl::UnavailableError(status.message());
    }
    return;
  }
  if (options_.on_commit) options_.on_commit(clock_.Uptime() - began);
  for (const Waiting& waiting : group) {
    if (!waiting.result.ok()) continue;
    watches_.Tell(ChangesOf(waiting.transaction, *waiting.result));
  }
}

absl::Status SqliteStore::WriteGroup(std::vector<Waiting>& group) {
  RETURN_IF_ERROR(file_->Begin());
  for (Waiting& waiting : group) {
    absl::Status valid = CheckTransaction(waiting.transaction);
    waiting.result = valid.ok() ? file_->Apply(waiting.transaction)
                                : absl::StatusOr<int64_t>(valid);
    absl::StatusCode code = waiting.result.status().code();
    if (code == absl::StatusCode::kUnavailable ||
        code == absl::StatusCode::kDataLoss) {
      return waiting.result.status();
    }
  }
  return file_->Commit();
}

absl::Status SyncDirectoryOf(const SqliteOptions& options) {
  const auto directory = std::filesystem::path(options.path).parent_path();
  absl::Status status = options.sync_directory((directory / ".").string());
  if (status.ok()) return status;
  return absl::UnavailableError(
      absl::StrCat(options.path, ": ", status.message()));
}

// Moves the file and its write-ahead log out of the way.
absl::Status KeepAside(const std::string& path, const Clock& clock) {
  std::string aside =
      absl::StrCat(path, ".corrupt-", absl::ToUnixSeconds(clock.Now()));
  if (std::rename(path.c_str(), aside.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat(
        path, ": is corrupt and can't be renamed: move it out of the way"));
  }
  // Without one there is nothing to move.
  (void)std::rename((path + "-wal").c_str(), (aside + "-wal").c_str());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(SqliteOptions options,
                                                       const Clock& clock) {
  RETURN_IF_ERROR(SyncDirectoryOf(options));
  auto file = SqliteFile::Open(options.path);
  if (absl::IsDataLoss(file.status())) {
    LogError(
        "store: ", file.status().message(),
        ": the file is corrupt and kept aside; starting with an empty "
        "store. Services go on; restore a backup or apply the plans again");
    RETURN_IF_ERROR(KeepAside(options.path, clock));
    file = SqliteFile::Open(options.path);
  }
  RETURN_IF_ERROR(file.status());
  return std::make_unique<SqliteStore>(*std::move(file), std::move(options),
                                       clock);
}

}  // namespace rollout::store
