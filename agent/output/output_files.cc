// SPDX-License-Identifier: Apache-2.0

#include "agent/output/output_files.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace rollout::output {
namespace {

constexpr char kLive[] = "output.log";
constexpr char kCompressed[] = ".zst";
constexpr char kUnfinished[] = ".zst.new";

// Empty: neither is there. In this order, as the compressed one is there before
// the plain one goes.
absl::StatusOr<RotatedFile> LookFor(FileSystem& files,
                                    const std::string& directory,
                                    int64_t number) {
  RotatedFile file;
  absl::StatusOr<FileInfo> plain = files.Stat(PlainPath(directory, number));
  file.plain = plain.ok();
  if (!plain.ok() && !absl::IsNotFound(plain.status())) return plain.status();
  absl::StatusOr<FileInfo> compressed =
      files.Stat(CompressedPath(directory, number));
  file.compressed = compressed.ok();
  if (!compressed.ok() && !absl::IsNotFound(compressed.status())) {
    return compressed.status();
  }
  return file;
}

// Adds those next to `number`, from there on by `step`, that are there and were
// not listed.
absl::Status AddNeighbours(FileSystem& files, const std::string& directory,
                           int64_t number, int64_t step,
                           std::map<int64_t, RotatedFile>* rotated) {
  for (number += step; number > 0 && rotated->count(number) == 0;
       number += step) {
    ASSIGN_OR_RETURN(RotatedFile file, LookFor(files, directory, number));
    if (!file.plain && !file.compressed) break;
    (*rotated)[number] = file;
  }
  return absl::OkStatus();
}

absl::Status AddUnlisted(FileSystem& files, const std::string& directory,
                         std::map<int64_t, RotatedFile>* rotated) {
  const std::map<int64_t, RotatedFile> listed = *rotated;
  for (const auto& [number, file] : listed) {
    RETURN_IF_ERROR(AddNeighbours(files, directory, number, -1, rotated));
    RETURN_IF_ERROR(AddNeighbours(files, directory, number, +1, rotated));
  }
  return absl::OkStatus();
}

}  // namespace

std::string LivePath(absl::string_view directory) {
  return absl::StrCat(directory, "/", kLive);
}

std::string PlainPath(absl::string_view directory, int64_t number) {
  return absl::StrCat(LivePath(directory), ".", number);
}

std::string CompressedPath(absl::string_view directory, int64_t number) {
  return absl::StrCat(PlainPath(directory, number), kCompressed);
}

std::string UnfinishedPath(absl::string_view directory, int64_t number) {
  return absl::StrCat(PlainPath(directory, number), kUnfinished);
}

absl::StatusOr<OutputFiles> ListOutputFiles(FileSystem& files,
                                            const std::string& directory) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(directory));
  OutputFiles found;
  for (const std::string& name : names) {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, kLive) ||
        !absl::ConsumePrefix(&rest, ".")) {
      continue;
    }
    const bool unfinished = absl::ConsumeSuffix(&rest, kUnfinished);
    const bool compressed = absl::ConsumeSuffix(&rest, kCompressed);
    int64_t number;
    // As we write it, and nothing alike of somebody else's.
    if (!absl::SimpleAtoi(rest, &number) || number < 1 ||
        absl::StrCat(number) != rest) {
      continue;
    }
    if (unfinished) {
      found.leftovers.push_back(absl::StrCat(directory, "/", name));
    } else if (compressed) {
      found.rotated[number].compressed = true;
    } else {
      found.rotated[number].plain = true;
    }
  }
  RETURN_IF_ERROR(AddUnlisted(files, directory, &found.rotated));
  return found;
}

}  // namespace rollout::output
