// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/note_text.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace rollout::gitops {

std::string WithLine(absl::string_view text, const NoteRequest& request) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  // What follows the last line break.
  if (lines.back().empty()) lines.pop_back();
  const auto is_ours = [&request](absl::string_view line) {
    return absl::StartsWith(line, request.key());
  };
  const auto first = std::find_if(lines.begin(), lines.end(), is_ours);
  if (first == lines.end()) {
    lines.push_back(request.line());
  } else {
    const bool is_alone = std::none_of(first + 1, lines.end(), is_ours);
    if (is_alone && absl::StartsWith(*first, request.saying())) {
      return std::string(text);
    }
    *first = request.line();
    lines.erase(std::remove_if(first + 1, lines.end(), is_ours), lines.end());
  }
  return absl::StrJoin(lines, "\n") + "\n";
}

}  // namespace rollout::gitops
