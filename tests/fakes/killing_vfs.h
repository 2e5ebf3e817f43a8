// SPDX-License-Identifier: Apache-2.0
//
// Kills its own process at one moment of what SQLite does to its files, as a
// SIGKILL may that comes at any time. The files are real ones.

#ifndef TESTS_FAKES_KILLING_VFS_H_
#define TESTS_FAKES_KILLING_VFS_H_

#include <memory>

#include "tests/fakes/sqlite_vfs.h"

namespace rollout::store {

// Not thread-safe.
class KillingVfs final : public SqliteVfs {
 public:
  // Moments count from 1: before each creation, write, truncation, sync and
  // removal, and in the middle of each write. What a killed process wrote the
  // kernel keeps, so syncs are moments and nothing else, which saves time.
  explicit KillingVfs(int moment) : moments_left_(moment) {}

  int Open(const char* name, int flags,
           std::unique_ptr<SqliteVfsFile>* file) override;
  int Delete(const char* name, bool sync_directory) override;
  int Access(const char* name, int flags, int* allowed) override;

  // True: this is the moment. Whoever asks has to call Die().
  bool IsMoment() { return --moments_left_ == 0; }
  void DieIfMoment();
  [[noreturn]] static void Die();

 private:
  int moments_left_;
};

}  // namespace rollout::store

#endif  // TESTS_FAKES_KILLING_VFS_H_
