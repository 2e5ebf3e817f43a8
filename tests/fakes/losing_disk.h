// SPDX-License-Identifier: Apache-2.0
//
// A disk in memory that keeps no more than POSIX promises: when its power goes,
// what was not synced is there, gone or torn at the borders of sectors, each
// write by itself and so in no order. The same seed loses the same things.
//
// One directory: the part of a name before its last '/' means nothing.

#ifndef TESTS_FAKES_LOSING_DISK_H_
#define TESTS_FAKES_LOSING_DISK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"

namespace rollout::store {

// Safe from any thread. Once the program has died every call fails: returns
// false or null.
class LosingDisk {
 public:
  // What a sync is good for; less than everything: a fault to be found.
  enum class Syncs { kEverything, kNoDirectory, kNothing };

  // An open file, whatever becomes of its name.
  class File;

  explicit LosingDisk(uint64_t seed, Syncs syncs = Syncs::kEverything)
      : random_(seed), syncs_(syncs) {}

  // The program that uses it dies at that change from now on, 1 being the next
  // one; the change may have been made, or a part of it. A change is a write, a
  // truncation, a creation, a removal, a sync.
  void DieAt(int64_t change) ABSL_LOCKS_EXCLUDED(mutex_);
  void Die() ABSL_LOCKS_EXCLUDED(mutex_);
  bool alive() const ABSL_LOCKS_EXCLUDED(mutex_);
  // The change at which it died, as "sync state.db-wal"; empty: at none.
  std::string died_at() const ABSL_LOCKS_EXCLUDED(mutex_);

  // The program runs again. Whoever holds a file has to open it anew.
  void RestartProgram() ABSL_LOCKS_EXCLUDED(mutex_);
  // The power was gone meanwhile, and with it what was not synced.
  void RestartMachine() ABSL_LOCKS_EXCLUDED(mutex_);

  // Null: there is none.
  std::shared_ptr<File> Open(const std::string& name)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // There is none of that name yet; "": it has none and is lost when closed.
  std::shared_ptr<File> Create(const std::string& name)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool Remove(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);
  bool SyncDirectory() ABSL_LOCKS_EXCLUDED(mutex_);

  // What is there from `offset` on, at most `size` bytes.
  bool Read(const File& file, size_t offset, size_t size, std::string* bytes)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool Write(File& file, size_t offset, absl::string_view bytes)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Only shortens.
  bool Truncate(File& file, size_t size) ABSL_LOCKS_EXCLUDED(mutex_);
  bool Sync(File& file) ABSL_LOCKS_EXCLUDED(mutex_);
  size_t SizeOf(const File& file) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Directory = std::map<std::string, std::shared_ptr<File>>;
  struct Change;

  // Counts a change; false: it is the one at which the program dies.
  bool Survives(absl::string_view verb, const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is left of a file without power.
  std::string Remains(const File& file) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Lose(const Change& write, std::string* content)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Chance(int percent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return static_cast<int>(random_() % 100) < percent;
  }

  mutable Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  const Syncs syncs_;
  // As programs see it, and as it was synced last.
  Directory directory_ ABSL_GUARDED_BY(mutex_);
  Directory synced_ ABSL_GUARDED_BY(mutex_);
  bool alive_ ABSL_GUARDED_BY(mutex_) = true;
  // Until it dies; 0 or less: it goes on.
  int64_t changes_left_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string died_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::store

#endif  // TESTS_FAKES_LOSING_DISK_H_
