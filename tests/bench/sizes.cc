// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/sizes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace rollout::bench {
namespace {

namespace fs = std::filesystem;

// "VmRSS:     5120 kB"
int64_t ReadResident(const fs::path& status) {
  std::ifstream file(status);
  std::string line;
  while (std::getline(file, line)) {
    absl::string_view rest = line;
    int64_t kilobytes = 0;
    if (absl::ConsumePrefix(&rest, "VmRSS:") &&
        absl::SimpleAtoi(absl::StripSuffix(rest, " kB"), &kilobytes)) {
      return kilobytes;
    }
  }
  return 0;
}

}  // namespace

std::vector<int64_t> ResidentKilobytes(absl::string_view program) {
  std::vector<int64_t> sizes;
  for (const auto& process : fs::directory_iterator("/proc")) {
    std::error_code gone;
    fs::path path = fs::read_symlink(process.path() / "exe", gone);
    if (!gone && path.filename().string() == std::string(program)) {
      sizes.push_back(ReadResident(process.path() / "status"));
    }
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  return sizes;
}

}  // namespace rollout::bench
