// SPDX-License-Identifier: Apache-2.0
//
// Any archive: nothing is made or changed outside of the directory it is
// unpacked into, and what it leaves there are files, directories and links
// that stay inside, all of which can be removed again. An input is
//
//   "t", then the bytes of a tar archive, with check sums made right; or
//   "n", then lines, each an entry: a letter for its type, its name, and after
//        a tab its content or target; "@" stands for where the bystanders are.

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "agent/artifact/unpack.h"
#include "base/check.h"
#include "base/unique_fd.h"
#include "tests/fuzz/hostile_tar.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/target.h"

namespace rollout::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxEntries = 64;
constexpr uint64_t kMaxBytes = 1 << 20;

// Not there, or inside. The path is looked up from where the link stands.
void CheckInside(const fs::path& path) {
  std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr),
                                              &std::free);
  if (real == nullptr) return;
  const std::string play = Scratch::Get().play();
  CHECK(real.get() == play || absl::StartsWith(real.get(), play + "/"));
}

void CheckLink(const fs::path& link) {
  const fs::path target = fs::read_symlink(link);
  CHECK(!target.is_absolute());
  CheckInside(link);
  // Where a file that is missing would be made.
  CheckInside(link.parent_path() / target.parent_path());
}

void CheckWhatWasMade() {
  std::map<uint64_t, uint64_t> sizes;
  for (const auto& entry :
       fs::recursive_directory_iterator(Scratch::Get().play())) {
    struct stat info;
    CHECK(lstat(entry.path().c_str(), &info) == 0);
    if (S_ISLNK(info.st_mode)) {
      CheckLink(entry.path());
    } else if (S_ISREG(info.st_mode)) {
      CHECK((info.st_mode & ~S_IFMT & ~0755) == 0);
      sizes[info.st_ino] = info.st_size;
    } else {
      CHECK(S_ISDIR(info.st_mode));
    }
  }
  uint64_t sum = 0;
  for (const auto& [inode, size] : sizes) sum += size;
  CHECK(sum <= kMaxBytes);
}

// While it lives, no file is written that is larger, not even for a moment.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uint64_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit now = {bytes, before_.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

void Unpack(const std::string& archive) {
  UniqueFd fd(memfd_create("archive", MFD_CLOEXEC));
  CHECK(write(fd.get(), archive.data(), archive.size()) ==
        static_cast<ssize_t>(archive.size()));
  CHECK(lseek(fd.get(), 0, SEEK_SET) == 0);
  artifact::UnpackLimits limits;
  limits.max_entries = kMaxEntries;
  limits.max_bytes = kMaxBytes;
  Scratch& scratch = Scratch::Get();
  absl::Status status;
  {
    FileSizeLimit limit(kMaxBytes);
    status = artifact::UnpackTar(fd.get(), scratch.play(), limits);
  }
  // No archive is the fault of the disk.
  CHECK(status.ok() || absl::IsInvalidArgument(status));
  if (status.ok()) CheckWhatWasMade();
  scratch.CheckBystanders();
  scratch.Clear();
}

}  // namespace

const Target& GetTarget() {
  static const auto* const target = [] {
    const std::string slashes(5000, '/');
    // More than a path may have, in few directories.
    std::string deep;
    for (int i = 0; i < 25; ++i) deep += std::string(200, 'd') + "/";
    return new Target{
        {{"what tar holds",
          "nd top/\nf top/run\t#!/bin/sh\nl top/link\trun\nh again\ttop/run\n"},
         {"links upwards",
          "nl a\t..\nf a/bystander\tx\nl b/c\t../../bystander"},
         {"absolute", "nf @bystander\tx\nl a\t@bystander\nh b\t@bystander"},
         {"devices", "nc a\nb b\np c\n"},
         {"two harmless links",
          "nd top\nl a/b/c/deep\t../../../top\n"
          "l a/b/c/out\tdeep/../../bystander\n"},
         {"link of a long name",
          absl::StrCat("nl a", slashes, "b\t@bystander\n")},
         {"deep", absl::StrCat("nf ", deep, "f\tx\n")},
         {"link to nothing", "nl a\t\n"},
         {"a tar", "t" + MakeTar("d top/\nf top/run\t#!/bin/sh\nl link\trun\n"
                                 "h again\ttop/run\n")},
         {"a sparse file of another size",
          "t" + MakeSparseTar("f", /*size=*/10, /*offset=*/4 * kMaxBytes,
                              "beyond")}},
        {"/",
         "//",
         "../",
         "..",
         "./",
         ".",
         "@",
         "\t",
         "\n",
         "\nl ",
         "\nh ",
         "\nd ",
         "\nf ",
         "\nc ",
         "a",
         "a/",
         "top",
         "bystander",
         std::string(1, '\0'),
         "\xff",
         "\xc3\xa9",
         slashes,
         std::string(300, 'n'),
         "ustar",
         "0000000",
         "1",
         "2",
         "5",
         "x",
         "g",
         "L",
         "K",
         "S",
         "12 path=/x\n",
         "GNU.sparse.realsize=1\n"},
        3'000};
  }();
  return *target;
}

}  // namespace rollout::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view input(reinterpret_cast<const char*>(data), size);
  if (absl::ConsumePrefix(&input, "t")) {
    rollout::fuzz::Unpack(rollout::fuzz::WithCheckSums(std::string(input)));
  } else if (absl::ConsumePrefix(&input, "n")) {
    rollout::fuzz::Unpack(rollout::fuzz::MakeTar(absl::StrReplaceAll(
        input, {{"@", rollout::fuzz::Scratch::Get().play() + "/../"}})));
  }
  return 0;
}
