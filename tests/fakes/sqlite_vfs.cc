// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/sqlite_vfs.h"

#include <cstring>

#include "base/check.h"

namespace rollout::store {
namespace {

// As SQLite allocates it.
struct Handle {
  sqlite3_file base;
  SqliteVfsFile* file;
};

SqliteVfsFile& FileOf(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file)->file;
}

SqliteVfs& VfsOf(sqlite3_vfs* vfs) {
  return *static_cast<SqliteVfs*>(vfs->pAppData);
}

const sqlite3_io_methods& Methods() {
  static const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods m = {};
    m.iVersion = 1;
    m.xClose = [](sqlite3_file* file) {
      delete reinterpret_cast<Handle*>(file)->file;
      return SQLITE_OK;
    };
    m.xRead = [](sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
      return FileOf(file).Read(static_cast<char*>(out), size, at);
    };
    m.xWrite = [](sqlite3_file* file, const void* bytes, int size,
                  sqlite3_int64 at) {
      return FileOf(file).Write(
          absl::string_view(static_cast<const char*>(bytes), size), at);
    };
    m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      return FileOf(file).Truncate(size);
    };
    m.xSync = [](sqlite3_file* file, int flags) {
      return FileOf(file).Sync(flags);
    };
    m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      return FileOf(file).Size(size);
    };
    m.xLock = [](sqlite3_file*, int) { return SQLITE_OK; };
    m.xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; };
    m.xCheckReservedLock = [](sqlite3_file*, int* reserved) {
      *reserved = 0;
      return SQLITE_OK;
    };
    m.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    // Both as SQLite's own VFS for Unix says.
    m.xSectorSize = [](sqlite3_file*) { return 4096; };
    m.xDeviceCharacteristics = [](sqlite3_file*) {
      return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
    };
    return m;
  }();
  return kMethods;
}

int OpenFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
             int* out_flags) {
  file->pMethods = nullptr;
  std::unique_ptr<SqliteVfsFile> opened;
  int code = VfsOf(vfs).Open(name, flags, &opened);
  if (code != SQLITE_OK) return code;
  reinterpret_cast<Handle*>(file)->file = opened.release();
  file->pMethods = &Methods();
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

// Tests give absolute ones.
int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  if (std::strlen(name) >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
  std::strcpy(out, name);
  return SQLITE_OK;
}

}  // namespace

// Randomness, time and what else has nothing to do with files are the system's.
SqliteVfs::SqliteVfs() : system_(*sqlite3_vfs_find(nullptr)), vfs_(system_) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.pNext = nullptr;
  vfs_.zName = "test";
  vfs_.pAppData = this;
  vfs_.xOpen = OpenFile;
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync_directory) {
    return VfsOf(vfs).Delete(name, sync_directory != 0);
  };
  vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags,
                    int* allowed) {
    return VfsOf(vfs).Access(name, flags, allowed);
  };
  vfs_.xFullPathname = FullPathname;
  CHECK(sqlite3_vfs_register(&vfs_, /*makeDflt=*/1) == SQLITE_OK);
}

SqliteVfs::~SqliteVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(&system_, /*makeDflt=*/1);
}

}  // namespace rollout::store
