// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/losing_vfs.h"

#include <cstring>
#include <string>
#include <utility>

namespace rollout::store {
namespace {

class OpenFile final : public SqliteVfsFile {
 public:
  OpenFile(LosingDisk& disk, std::shared_ptr<LosingDisk::File> file,
           bool sync_directory)
      : disk_(disk), file_(std::move(file)), sync_directory_(sync_directory) {}

  int Read(char* out, int size, sqlite3_int64 offset) override {
    std::string bytes;
    if (!disk_.Read(*file_, offset, size, &bytes)) return SQLITE_IOERR_READ;
    std::memcpy(out, bytes.data(), bytes.size());
    if (bytes.size() == static_cast<size_t>(size)) return SQLITE_OK;
    std::memset(out + bytes.size(), 0, size - bytes.size());
    return SQLITE_IOERR_SHORT_READ;
  }

  int Write(absl::string_view bytes, sqlite3_int64 offset) override {
    return disk_.Write(*file_, offset, bytes) ? SQLITE_OK : SQLITE_IOERR_WRITE;
  }

  int Truncate(sqlite3_int64 size) override {
    return disk_.Truncate(*file_, size) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
  }

  int Sync(int) override {
    if (!disk_.Sync(*file_)) return SQLITE_IOERR_FSYNC;
    if (!std::exchange(sync_directory_, false)) return SQLITE_OK;
    return disk_.SyncDirectory() ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
  }

  int Size(sqlite3_int64* size) override {
    *size = disk_.SizeOf(*file_);
    return SQLITE_OK;
  }

 private:
  LosingDisk& disk_;
  const std::shared_ptr<LosingDisk::File> file_;
  // With the next sync.
  bool sync_directory_;
};

}  // namespace

int LosingVfs::Open(const char* name, int flags,
                    std::unique_ptr<SqliteVfsFile>* file) {
  const std::string path = name == nullptr ? "" : name;
  auto found = path.empty() ? nullptr : disk_.Open(path);
  bool created = false;
  if (found == nullptr && (flags & SQLITE_OPEN_CREATE) != 0) {
    found = disk_.Create(path);
    created = true;
  }
  if (found == nullptr) return SQLITE_CANTOPEN;
  const bool log = (flags & (SQLITE_OPEN_MAIN_JOURNAL |
                             SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  *file = std::make_unique<OpenFile>(disk_, std::move(found), created && log);
  return SQLITE_OK;
}

int LosingVfs::Delete(const char* name, bool sync_directory) {
  if (disk_.alive() && disk_.Open(name) == nullptr) {
    return SQLITE_IOERR_DELETE_NOENT;
  }
  if (!disk_.Remove(name)) return SQLITE_IOERR_DELETE;
  if (!sync_directory || disk_.SyncDirectory()) return SQLITE_OK;
  return SQLITE_IOERR_DIR_FSYNC;
}

int LosingVfs::Access(const char* name, int flags, int* allowed) {
  if (!disk_.alive()) return SQLITE_IOERR_ACCESS;
  auto file = disk_.Open(name);
  *allowed = file != nullptr;
  // An empty file is as good as none, where it is asked whether one exists.
  if (flags == SQLITE_ACCESS_EXISTS && file != nullptr) {
    *allowed = disk_.SizeOf(*file) > 0;
  }
  return SQLITE_OK;
}

}  // namespace rollout::store
