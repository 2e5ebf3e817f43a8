// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/hostile_tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_split.h"
#include "base/check.h"

namespace rollout::fuzz {
namespace {

// tar(5): places in a header.
constexpr size_t kBlock = 512;
constexpr size_t kSize = 124;
constexpr size_t kCheckSum = 148;
constexpr size_t kType = 156;
constexpr size_t kMagic = 257;
constexpr size_t kSparse = 386;
constexpr size_t kRealSize = 483;

la_ssize_t Append(archive*, void* bytes, const void* block, size_t size) {
  static_cast<std::string*>(bytes)->append(static_cast<const char*>(block),
                                           size);
  return size;
}

unsigned TypeOf(char letter) {
  switch (letter) {
    case 'd':
      return S_IFDIR;
    case 'l':
      return S_IFLNK;
    case 'c':
      return S_IFCHR;
    case 'b':
      return S_IFBLK;
    case 'p':
      return S_IFIFO;
    default:
      return S_IFREG;
  }
}

void AddEntry(archive* tar, absl::string_view line) {
  if (line.size() < 2) return;
  const char letter = line[0];
  std::pair<std::string, std::string> halves =
      absl::StrSplit(line.substr(2), absl::MaxSplits('\t', 1));
  const auto& [name, rest] = halves;
  std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(
      archive_entry_new(), &archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), TypeOf(letter));
  archive_entry_set_perm(entry.get(), letter == 'f' ? 04755 : 0644);
  if (letter == 'l') archive_entry_set_symlink(entry.get(), rest.c_str());
  if (letter == 'h') archive_entry_set_hardlink(entry.get(), rest.c_str());
  if (letter == 'f') archive_entry_set_size(entry.get(), rest.size());
  if (archive_write_header(tar, entry.get()) < ARCHIVE_WARN) return;
  if (letter == 'f') archive_write_data(tar, rest.data(), rest.size());
}

// As octal digits of `width`, the last a NUL.
void SetNumber(std::string* tar, size_t at, int width, uint64_t number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%0*llo", width - 1,
                static_cast<unsigned long long>(number));
  tar->replace(at, width - 1, digits, width - 1);
}

}  // namespace

std::string MakeTar(absl::string_view lines) {
  std::string bytes;
  std::unique_ptr<archive, int (*)(archive*)> tar(archive_write_new(),
                                                  &archive_write_free);
  // Takes names as they are, however long.
  archive_write_set_format_gnutar(tar.get());
  archive_write_set_bytes_per_block(tar.get(), 0);
  CHECK(archive_write_open(tar.get(), &bytes, nullptr, &Append, nullptr) ==
        ARCHIVE_OK);
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    AddEntry(tar.get(), line);
  }
  archive_write_close(tar.get());
  return bytes;
}

std::string MakeSparseTar(absl::string_view name, uint64_t size,
                          uint64_t offset, absl::string_view content) {
  std::string tar =
      MakeTar("f " + std::string(name) + "\t" + std::string(content));
  tar[kType] = 'S';
  SetNumber(&tar, kSize, 12, content.size());
  SetNumber(&tar, kSparse, 12, offset);
  SetNumber(&tar, kSparse + 12, 12, content.size());
  SetNumber(&tar, kRealSize, 12, size);
  return WithCheckSums(std::move(tar));
}

std::string WithCheckSums(std::string tar) {
  for (size_t at = 0; at + kBlock <= tar.size(); at += kBlock) {
    if (tar.compare(at + kMagic, 5, "ustar") != 0) continue;
    tar.replace(at + kCheckSum, 8, 8, ' ');
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) {
      sum += static_cast<unsigned char>(tar[at + i]);
    }
    SetNumber(&tar, at + kCheckSum, 8, sum);
  }
  return tar;
}

}  // namespace rollout::fuzz
