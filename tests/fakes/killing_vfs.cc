// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/killing_vfs.h"

#include <signal.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace rollout::store {
namespace {

// Around a file of the system's VFS.
class OpenFile final : public SqliteVfsFile {
 public:
  OpenFile(KillingVfs& vfs, std::vector<char> memory)
      : vfs_(vfs), memory_(std::move(memory)) {}
  ~OpenFile() override { file().pMethods->xClose(&file()); }

  int Read(char* out, int size, sqlite3_int64 offset) override {
    return file().pMethods->xRead(&file(), out, size, offset);
  }

  int Write(absl::string_view bytes, sqlite3_int64 offset) override {
    vfs_.DieIfMoment();
    const int size = static_cast<int>(bytes.size());
    if (vfs_.IsMoment()) {
      file().pMethods->xWrite(&file(), bytes.data(), size / 2, offset);
      vfs_.Die();
    }
    return file().pMethods->xWrite(&file(), bytes.data(), size, offset);
  }

  int Truncate(sqlite3_int64 size) override {
    vfs_.DieIfMoment();
    return file().pMethods->xTruncate(&file(), size);
  }

  int Sync(int) override {
    vfs_.DieIfMoment();
    return SQLITE_OK;
  }

  int Size(sqlite3_int64* size) override {
    return file().pMethods->xFileSize(&file(), size);
  }

 private:
  sqlite3_file& file() {
    return *reinterpret_cast<sqlite3_file*>(memory_.data());
  }

  KillingVfs& vfs_;
  std::vector<char> memory_;
};

}  // namespace

void KillingVfs::DieIfMoment() {
  if (IsMoment()) Die();
}

void KillingVfs::Die() {
  kill(getpid(), SIGKILL);
  // The other threads do not last longer than this one.
  for (;;) pause();
}

int KillingVfs::Open(const char* name, int flags,
                     std::unique_ptr<SqliteVfsFile>* file) {
  if ((flags & SQLITE_OPEN_CREATE) != 0) DieIfMoment();
  std::vector<char> memory(system().szOsFile);
  auto* opened = reinterpret_cast<sqlite3_file*>(memory.data());
  int code = system().xOpen(&system(), name, opened, flags, nullptr);
  if (code == SQLITE_OK) {
    *file = std::make_unique<OpenFile>(*this, std::move(memory));
  }
  return code;
}

int KillingVfs::Delete(const char* name, bool) {
  DieIfMoment();
  return system().xDelete(&system(), name, /*syncDir=*/0);
}

int KillingVfs::Access(const char* name, int flags, int* allowed) {
  return system().xAccess(&system(), name, flags, allowed);
}

}  // namespace rollout::store
