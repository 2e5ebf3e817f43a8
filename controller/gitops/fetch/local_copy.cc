// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/local_copy.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/git_error.h"

namespace rollout::gitops {
namespace {

// 300 fetches that brought something. Looking for an object takes longer with
// each pack.
constexpr size_t kMostPacks = 300;
// As git gc reckons: 27 of those in one of the 256 folders are some 6,700. A
// copy of notes gets three with each note that it makes.
constexpr size_t kMostLooseInFolder = 27;
// What all packs but the largest may have beyond the size of that one.
constexpr uint64_t kOthersBytes = 64u << 20;

std::string NextOf(const std::string& directory) { return directory + ".next"; }

bool HasManyLoose(const std::string& directory, FileSystem& files) {
  absl::StatusOr<std::vector<std::string>> some =
      files.List(directory + "/objects/17");
  return some.ok() && some->size() > kMostLooseInFolder;
}

// Whatever lies beside the packs counts too: fetches that were ended leave
// theirs half written.
bool IsCrowded(const std::string& directory, FileSystem& files) {
  const std::string packs = directory + "/objects/pack";
  absl::StatusOr<std::vector<std::string>> names = files.List(packs);
  if (!names.ok()) return false;
  size_t count = 0;
  uint64_t largest = 0, all = 0;
  for (const std::string& name : *names) {
    uint64_t size =
        files.Stat(absl::StrCat(packs, "/", name)).value_or(FileInfo()).size;
    if (absl::EndsWith(name, ".pack")) ++count;
    all += size;
    largest = std::max(largest, size);
  }
  return count > kMostPacks || all - largest > largest + kOthersBytes ||
         HasManyLoose(directory, files);
}

}  // namespace

LocalCopy::LocalCopy(std::string directory, GitRepository repository,
                     bool is_new)
    : directory_(std::move(directory)),
      repository_(std::move(repository)),
      is_new_(is_new) {}

absl::StatusOr<LocalCopy> LocalCopy::Open(const std::string& directory,
                                          FileSystem& files) {
  GitRepository repository;
  int opened =
      git_repository_open_bare(Receive(&repository).out(), directory.c_str());
  if (opened < 0 || IsCrowded(directory, files)) {
    return MakeAnew(directory, files);
  }
  return LocalCopy(directory, std::move(repository), false);
}

absl::StatusOr<LocalCopy> LocalCopy::MakeAnew(const std::string& directory,
                                              FileSystem& files) {
  const std::string next = NextOf(directory);
  RETURN_IF_ERROR(files.RemoveAll(next));
  RETURN_IF_ERROR(files.MakeDirectories(next));
  GitRepository repository;
  RETURN_IF_ERROR(CopyStatus(
      git_repository_init(Receive(&repository).out(), next.c_str(), 1)));
  return LocalCopy(directory, std::move(repository), true);
}

absl::Status LocalCopy::Keep(FileSystem& files) {
  if (!is_new_) return absl::OkStatus();
  repository_.reset();
  RETURN_IF_ERROR(files.RemoveAll(directory_));
  return files.Rename(NextOf(directory_), directory_);
}

absl::Status LocalCopy::Discard(FileSystem& files) {
  repository_.reset();
  return files.RemoveAll(NextOf(directory_));
}

}  // namespace rollout::gitops
