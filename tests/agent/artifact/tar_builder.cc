// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/artifact/tar_builder.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>

#include "base/check.h"

namespace rollout::artifact {

struct TarBuilder::Entry {
  std::string path;
  unsigned type = S_IFREG;
  int mode = 0644;
  absl::string_view content;
  std::string symlink;
  std::string hard_link;
};

namespace {

la_ssize_t Append(archive*, void* bytes, const void* block, size_t size) {
  static_cast<std::string*>(bytes)->append(static_cast<const char*>(block),
                                           size);
  return size;
}

}  // namespace

TarBuilder::TarBuilder(Compression compression)
    : bytes_(std::make_unique<std::string>()),
      archive_(archive_write_new(), &archive_write_free) {
  // Names that are not ASCII are written as UTF-8.
  setlocale(LC_CTYPE, "C.UTF-8");
  archive_write_set_format_pax_restricted(archive_.get());
  if (compression == Compression::kGzip) {
    archive_write_add_filter_gzip(archive_.get());
  } else if (compression == Compression::kZstd) {
    archive_write_add_filter_zstd(archive_.get());
  } else if (compression == Compression::kBzip2) {
    archive_write_add_filter_bzip2(archive_.get());
  }
  // No padding after the compressed bytes: zstd takes it for damage.
  archive_write_set_bytes_in_last_block(archive_.get(), 1);
  CHECK(archive_write_open(archive_.get(), bytes_.get(), nullptr, &Append,
                           nullptr) == ARCHIVE_OK);
}

TarBuilder& TarBuilder::File(const std::string& path, absl::string_view content,
                             int mode) {
  Add({path, S_IFREG, mode, content, "", ""});
  return *this;
}

TarBuilder& TarBuilder::Directory(const std::string& path) {
  Add({path, S_IFDIR, 0755, "", "", ""});
  return *this;
}

TarBuilder& TarBuilder::Symlink(const std::string& path,
                                const std::string& target) {
  Add({path, S_IFLNK, 0777, "", target, ""});
  return *this;
}

TarBuilder& TarBuilder::HardLink(const std::string& path,
                                 const std::string& target) {
  Add({path, S_IFREG, 0644, "", "", target});
  return *this;
}

TarBuilder& TarBuilder::Special(const std::string& path, unsigned type) {
  Add({path, type, 0644, "", "", ""});
  return *this;
}

std::string TarBuilder::Build() {
  CHECK(archive_write_close(archive_.get()) == ARCHIVE_OK);
  return std::move(*bytes_);
}

void TarBuilder::Add(const Entry& entry) {
  archive_entry* made = archive_entry_new();
  archive_entry_set_pathname(made, entry.path.c_str());
  archive_entry_set_filetype(made, entry.type);
  archive_entry_set_perm(made, entry.mode);
  archive_entry_set_size(made, entry.content.size());
  archive_entry_set_mtime(made, 1600000000, 0);
  if (!entry.symlink.empty()) {
    archive_entry_set_symlink(made, entry.symlink.c_str());
  }
  if (!entry.hard_link.empty()) {
    archive_entry_set_hardlink(made, entry.hard_link.c_str());
  }
  CHECK(archive_write_header(archive_.get(), made) == ARCHIVE_OK);
  archive_write_data(archive_.get(), entry.content.data(),
                     entry.content.size());
  archive_entry_free(made);
}

}  // namespace rollout::artifact
