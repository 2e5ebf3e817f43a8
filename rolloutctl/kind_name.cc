// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/kind_name.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/closest_name.h"

namespace rollout::ctl {

const std::vector<KindName>& KindNames() {
  static const auto* const kNames = new std::vector<KindName>{
      {"plans", "plan", v1::PLANS},
      {"rollouts", "rollout", v1::ROLLOUTS},
      {"hosts", "host", v1::HOSTS},
      {"revisions", "revision", v1::REVISIONS},
      {"swaps", "swap", v1::SWAPS},
      {"events", "event", v1::EVENTS},
      {"freezes", "freeze", v1::FREEZES},
      {"sources", "source", v1::SOURCES},
  };
  return *kNames;
}

const KindName& NameOf(v1::Kind kind) {
  for (const KindName& each : KindNames()) {
    if (each.kind == kind) return each;
  }
  CHECK(false);
}

absl::StatusOr<v1::Kind> ParseKind(const std::string& text) {
  std::vector<std::string> known;
  for (const KindName& each : KindNames()) {
    if (text == each.plural || text == each.singular) return each.kind;
    known.push_back(each.plural);
  }
  const std::string closest = ClosestName(text, known);
  return absl::InvalidArgumentError(absl::StrCat(
      "there are no \"", text, "\" to get",
      closest.empty() ? "" : absl::StrCat(", did you mean ", closest, "?"),
      " (there are: ", absl::StrJoin(known, ", "), ")"));
}

}  // namespace rollout::ctl
