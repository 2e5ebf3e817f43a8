// SPDX-License-Identifier: Apache-2.0
//
// The few things our programs do with small files, so that a test can take the
// disk away.

#ifndef BASE_FILE_SYSTEM_H_
#define BASE_FILE_SYSTEM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rollout {

struct FileInfo {
  // In bytes.
  uint64_t size = 0;
  // When the file was made; nothing: the file system does not keep it.
  std::optional<absl::Time> begun;
};

// Paths are absolute. Errors carry the path and errno's text: NotFound (there
// is no such file), ResourceExhausted (disk full), PermissionDenied, or as
// absl::ErrnoToStatus has it. Safe from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The whole content.
  virtual absl::StatusOr<std::string> Read(absl::string_view path) = 0;

  // Replaces the file: after a crash it has the old content or the new one,
  // and the new one once this has returned OK (written aside, fsync, rename,
  // fsync of the directory). Mode 0600.
  virtual absl::Status WriteAtomically(absl::string_view path,
                                       absl::string_view content) = 0;

  // Names in the directory, sorted, without "." and "..".
  virtual absl::StatusOr<std::vector<std::string>> List(
      absl::string_view directory) = 0;

  // With its parents; one that exists is fine. Mode 0755.
  virtual absl::Status MakeDirectories(absl::string_view path) = 0;

  // A file, or a directory with all in it; one that does not exist is fine.
  virtual absl::Status RemoveAll(absl::string_view path) = 0;

  virtual absl::Status Rename(absl::string_view from, absl::string_view to) = 0;

  virtual absl::StatusOr<FileInfo> Stat(absl::string_view path) = 0;

  // Makes `path` a symbolic link to `target`, in one step if it is one to
  // something else.
  virtual absl::Status ReplaceLink(absl::string_view path,
                                   absl::string_view target) = 0;
};

class PosixFileSystem : public FileSystem {
 public:
  absl::StatusOr<std::string> Read(absl::string_view path) override;
  absl::Status WriteAtomically(absl::string_view path,
                               absl::string_view content) override;
  absl::StatusOr<std::vector<std::string>> List(
      absl::string_view directory) override;
  absl::Status MakeDirectories(absl::string_view path) override;
  absl::Status RemoveAll(absl::string_view path) override;
  absl::Status Rename(absl::string_view from, absl::string_view to) override;
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override;
  absl::Status ReplaceLink(absl::string_view path,
                           absl::string_view target) override;
};

// Puts on disk which names the directory holds. Errors as above.
absl::Status SyncDirectory(const std::string& directory);

}  // namespace rollout

#endif  // BASE_FILE_SYSTEM_H_
