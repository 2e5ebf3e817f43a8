// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/why_text.h"

#include "absl/strings/str_cat.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {

std::string WhyText(const v1::WhyResponse& why, bool color) {
  const v1::Rollout& rollout = why.rollout();
  const std::string phase =
      rollout.paused() ? "Paused" : PhaseWord(rollout.phase());
  const std::string reason = ReasonText(rollout);
  std::string text = absl::StrCat(
      rollout.plan(), " rollout ", rollout.number(), " to ", rollout.revision(),
      "  ", color ? Colored(phase, ColorOf(phase)) : phase,
      reason.empty() ? "" : "  ", reason, "\n");
  if (why.hosts().empty()) {
    return absl::StrCat(text, "every host is where the rollout wants it\n");
  }
  Table table({"HOST", "RULE", "WHY"});
  for (const v1::HostWhy& host : why.hosts()) {
    if (host.rule().empty()) {
      table.Add({host.host(), "-", "it is where the rollout wants it"});
    } else {
      table.Add({host.host(), host.rule(), host.message()});
    }
  }
  return absl::StrCat(text, table.Render(color));
}

}  // namespace rollout::render
