// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/artifact/disk_writer.h"
#include "agent/artifact/tree_writer.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::artifact {
namespace {

// libarchive converts names to the thread's locale; without this one it would
// put question marks where a name is not ASCII.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) previous_ = uselocale(locale_);
  }
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    uselocale(previous_);
    freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  const locale_t locale_;
  locale_t previous_ = nullptr;
};

class Unpacker {
 public:
  Unpacker(TreeWriter tree, std::string directory, const UnpackLimits& limits)
      : tree_(std::move(tree)),
        directory_(std::move(directory)),
        limits_(limits),
        archive_(archive_read_new(), &archive_read_free) {
    CHECK(archive_ != nullptr);
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
  }

  absl::Status Run(int archive_fd) {
    constexpr size_t kBlockBytes = 64 << 10;
    if (archive_read_open_fd(archive_.get(), archive_fd, kBlockBytes) !=
        ARCHIVE_OK) {
      return Damaged();
    }
    for (;;) {
      archive_entry* entry;
      int result = archive_read_next_header(archive_.get(), &entry);
      if (result == ARCHIVE_EOF) break;
      // A warning is about things we leave out.
      if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return Damaged();
      RETURN_IF_ERROR(Unpack(entry));
    }
    if (entries_ == 0) return absl::InvalidArgumentError("an empty archive");
    return tree_.CheckSymlinks();
  }

 private:
  absl::Status Damaged() const {
    const char* why = archive_error_string(archive_.get());
    return absl::InvalidArgumentError(
        absl::StrCat("not a readable tar, tar.gz or tar.zst archive: ",
                     why != nullptr ? why : "nothing in it"));
  }

  absl::Status Unpack(archive_entry* entry) {
    if (++entries_ > limits_.max_entries) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", limits_.max_entries,
                       " files in the archive, the limit"));
    }
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) return Damaged();
    if (const char* target = archive_entry_hardlink(entry)) {
      return tree_.MakeHardLink(path, target);
    }
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return tree_.MakeDirectory(path);
      case AE_IFLNK: {
        const char* target = archive_entry_symlink(entry);
        return target != nullptr ? tree_.MakeSymlink(path, target) : Damaged();
      }
      case AE_IFREG:
        return UnpackFile(entry, path);
      default:
        return absl::InvalidArgumentError(absl::StrCat(
            "\"", path,
            "\" is a device, FIFO or socket; an artifact holds files, "
            "directories and links only"));
    }
  }

  absl::Status UnpackFile(archive_entry* entry, const char* path) {
    const int64_t size = archive_entry_size(entry);
    if (size < 0 || uint64_t(size) > limits_.max_bytes - bytes_) {
      return absl::InvalidArgumentError(absl::StrCat(
          "more than ", limits_.max_bytes, " bytes in the archive, the limit"));
    }
    bytes_ += size;
    bool executable = (archive_entry_perm(entry) & 0111) != 0;
    ASSIGN_OR_RETURN(UniqueFd fd, tree_.MakeFile(path, executable));
    RETURN_IF_ERROR(
        CopyContent(fd.get(), size, absl::StrCat(directory_, "/", path)));
    // The end may be a hole.
    if (ftruncate(fd.get(), size) != 0) {
      return WriteError(errno, absl::StrCat(directory_, "/", path), bytes_);
    }
    timespec time = {archive_entry_mtime(entry),
                     archive_entry_mtime_nsec(entry)};
    const timespec times[] = {time, time};
    futimens(fd.get(), times);
    return absl::OkStatus();
  }

  absl::Status CopyContent(int fd, int64_t file_size, const std::string& path) {
    for (;;) {
      const void* block;
      size_t size;
      int64_t offset;
      int result =
          archive_read_data_block(archive_.get(), &block, &size, &offset);
      if (result == ARCHIVE_EOF) return absl::OkStatus();
      if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return Damaged();
      // The map of a sparse file may name places beyond the size that was
      // counted.
      if (offset < 0 || offset > file_size ||
          size > static_cast<uint64_t>(file_size - offset)) {
        return absl::InvalidArgumentError(
            absl::StrCat(path, " has content beyond its size of ", file_size,
                         " bytes: the archive is damaged"));
      }
      absl::string_view bytes(static_cast<const char*>(block), size);
      RETURN_IF_ERROR(WriteAllAt(fd, bytes, offset, path, bytes_));
    }
  }

  TreeWriter tree_;
  const std::string directory_;
  const UnpackLimits limits_;
  const std::unique_ptr<archive, int (*)(archive*)> archive_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

absl::Status UnpackTar(int archive_fd, const std::string& directory,
                       const UnpackLimits& limits) {
  ASSIGN_OR_RETURN(TreeWriter tree, TreeWriter::Open(directory));
  Utf8Locale locale;
  return Unpacker(std::move(tree), directory, limits).Run(archive_fd);
}

}  // namespace rollout::artifact
