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
  return found;
}

}  // namespace rollout::output
