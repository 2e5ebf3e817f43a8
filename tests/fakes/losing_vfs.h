// SPDX-License-Identifier: Apache-2.0
//
// Puts every database that is opened while it exists on a LosingDisk. Syncs the
// directory when SQLite's own VFS for Unix does, and no more often: with the
// first sync of a journal or write-ahead log it made, and where SQLite asks for
// it when it removes one.

#ifndef TESTS_FAKES_LOSING_VFS_H_
#define TESTS_FAKES_LOSING_VFS_H_

#include <memory>

#include "tests/fakes/losing_disk.h"
#include "tests/fakes/sqlite_vfs.h"

namespace rollout::store {

// Safe from any thread.
class LosingVfs final : public SqliteVfs {
 public:
  // `disk` must outlive this and every database.
  explicit LosingVfs(LosingDisk& disk) : disk_(disk) {}

  int Open(const char* name, int flags,
           std::unique_ptr<SqliteVfsFile>* file) override;
  int Delete(const char* name, bool sync_directory) override;
  int Access(const char* name, int flags, int* allowed) override;

 private:
  LosingDisk& disk_;
};

}  // namespace rollout::store

#endif  // TESTS_FAKES_LOSING_VFS_H_
