// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/description_line.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {

std::string DescriptionLine(absl::string_view name, absl::string_view value) {
  return absl::StrFormat("%-13s%s\n", absl::StrCat(name, ":"),
                         Printable(value));
}

}  // namespace rollout::render
