// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/why_text.h"

#include "absl/strings/str_cat.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {

namespace {

// Of the plan as a whole.
std::string Headline(const v1::WhyResponse& why, bool color) {
  const v1::Rollout& rollout = why.rollout();
  if (why.has_removal()) {
    return absl::StrCat(rollout.plan(), " ",
                        Printable(RemovalText(why.removal())), "\n");
  }
  const std::string phase =
      rollout.paused() ? "Paused" : PhaseWord(rollout.phase());
  const std::string reason = ReasonText(rollout);
  return absl::StrCat(rollout.plan(), " rollout ", rollout.number(), " to ",
                      rollout.revision(), "  ",
                      color ? Colored(phase, ColorOf(phase)) : phase,
                      reason.empty() ? "" : "  ", reason, "\n");
}

}  // namespace

std::string WhyText(const v1::WhyResponse& why, bool color) {
  const std::string text = Headline(why, color);
  const absl::string_view well = why.has_removal()
                                     ? "has ended the service"
                                     : "is where the rollout wants it";
  if (why.hosts().empty()) {
    return absl::StrCat(text, "every host ", well, "\n");
  }
  Table table({"HOST", "RULE", "WHY"});
  for (const v1::HostWhy& host : why.hosts()) {
    if (host.rule().empty()) {
      table.Add({host.host(), "-", absl::StrCat("it ", well)});
    } else {
      table.Add({host.host(), host.rule(), host.message()});
    }
  }
  return absl::StrCat(text, table.Render(color));
}

}  // namespace rollout::render
