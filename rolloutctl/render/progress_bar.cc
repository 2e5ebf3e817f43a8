// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/progress_bar.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "rolloutctl/render/table.h"

namespace rollout::render {
namespace {

std::string Repeated(const char* cell, int64_t count) {
  std::string cells;
  for (int64_t i = 0; i < count; ++i) cells += cell;
  return cells;
}

}  // namespace

std::string ProgressBar(const v1::HostCounts& hosts, int cells, bool color) {
  const int64_t desired = std::max<int64_t>(hosts.desired(), 1);
  const int64_t arrived = std::min<int64_t>(hosts.updated(), desired);
  const int64_t under_way =
      std::min<int64_t>(arrived + hosts.in_change(), desired);
  const int64_t full = arrived * cells / desired;
  // One of ten thousand is seen, too.
  int64_t busy = (under_way * cells + desired - 1) / desired - full;
  if (under_way == arrived) busy = 0;
  auto part = [color](const std::string& text, Color of) {
    return color ? Colored(text, of) : text;
  };
  return absl::StrCat(part(Repeated("█", full), Color::kGood),
                      part(Repeated("▒", busy), Color::kBusy),
                      part(Repeated("░", cells - full - busy), Color::kFaint));
}

}  // namespace rollout::render
