// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/printable.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace rollout::gitops {
namespace {

bool IsControl(char c) { return absl::ascii_iscntrl(c); }

}  // namespace

bool IsPrintable(absl::string_view text) {
  return std::none_of(text.begin(), text.end(), IsControl) &&
         ValidUtf8Prefix(text) == text.size();
}

std::string Printable(absl::string_view text, size_t limit) {
  // Enough for what is kept, however large the rest is.
  text = text.substr(0, limit + 4);
  std::string escaped;
  for (char c : text) {
    escaped += IsControl(c) ? absl::CHexEscape(absl::string_view(&c, 1))
                            : std::string(1, c);
  }
  std::string shown = ToUtf8(escaped);
  if (shown.size() > limit) shown.resize(limit);
  shown.resize(ValidUtf8Prefix(shown));
  return shown;
}

}  // namespace rollout::gitops
