// SPDX-License-Identifier: Apache-2.0
//
// SQLite's door to the operating system (a VFS) as two small classes, so that
// a test can stand between a database and its disk. The product opens its files
// with the default VFS, which one of these is while it exists.

#ifndef TESTS_FAKES_SQLITE_VFS_H_
#define TESTS_FAKES_SQLITE_VFS_H_

#include <sqlite3.h>

#include <memory>

#include "absl/strings/string_view.h"

namespace rollout::store {

// Everything below returns SQLite's codes; see sqlite3_io_methods and
// sqlite3_vfs in its documentation.

// An open file; closed when destroyed. One thread at a time uses it. Locks
// nobody out, which is not what these tests are about.
class SqliteVfsFile {
 public:
  virtual ~SqliteVfsFile() = default;
  virtual int Read(char* out, int size, sqlite3_int64 offset) = 0;
  virtual int Write(absl::string_view bytes, sqlite3_int64 offset) = 0;
  virtual int Truncate(sqlite3_int64 size) = 0;
  virtual int Sync(int flags) = 0;
  virtual int Size(sqlite3_int64* size) = 0;
};

// Without shared memory: what takes SQLite to WAL has to lock it exclusively
// first, as the store does.
class SqliteVfs {
 public:
  virtual ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  // `flags` are SQLITE_OPEN_*; `name` null: a file without a name.
  virtual int Open(const char* name, int flags,
                   std::unique_ptr<SqliteVfsFile>* file) = 0;
  virtual int Delete(const char* name, bool sync_directory) = 0;
  virtual int Access(const char* name, int flags, int* allowed) = 0;

 protected:
  // Becomes the default; the one there was is so again when this ends.
  SqliteVfs();

  // What is behind this one.
  sqlite3_vfs& system() const { return system_; }

 private:
  sqlite3_vfs& system_;
  sqlite3_vfs vfs_;
};

}  // namespace rollout::store

#endif  // TESTS_FAKES_SQLITE_VFS_H_
