// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/source_description.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/proto_time.h"
#include "rolloutctl/render/description_line.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/unified_diff.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

std::string Or(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : text;
}

// What one line has room for.
std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

void AddLine(absl::string_view name, absl::string_view value,
             std::string* text) {
  *text += DescriptionLine(name, value);
}

void AddCommit(const std::string& name, const v1::Commit& commit,
               absl::Time now, std::string* text) {
  AddLine(name,
          absl::StrCat(ShortId(commit), " of ",
                       Age(now - FromProto(commit.committed())), " ago by ",
                       commit.author(), ": ", commit.subject()),
          text);
  if (!commit.signer().empty()) AddLine("  signed by", commit.signer(), text);
}

std::string Policy(const v1::Source& source) {
  return absl::StrCat("selfHeal ", source.self_heal() ? "on" : "off",
                      ", prune ", source.prune() ? "on" : "off",
                      ", allowEmpty ", source.allow_empty() ? "on" : "off");
}

Table PlansTable(const v1::Source& source) {
  std::vector<v1::PlanSync> plans(source.plans().begin(), source.plans().end());
  std::stable_partition(
      plans.begin(), plans.end(),
      [](const v1::PlanSync& plan) { return plan.state() != v1::SYNCED; });
  Table table({"PLAN", "STATE", "REASON", "FILE", "MESSAGE"});
  for (const v1::PlanSync& plan : plans) {
    table.Add({plan.plan(), Cell::State(SyncWord(plan.state())),
               plan.state() == v1::SYNCED ? "-" : plan.reason(),
               Or(plan.path(), "-"), Or(FirstLine(plan.message()), "-")});
  }
  return table;
}

// What operators made of plans: from what the repository has to what they are.
void AddDiffs(const v1::Source& source, bool color, std::string* text) {
  for (const v1::PlanSync& plan : source.plans()) {
    if (!plan.has_declared()) continue;
    absl::StrAppend(
        text, "\n",
        UnifiedDiff({"repository/" + plan.path(), SpecText(plan.declared())},
                    {"plan/" + plan.plan(), SpecText(plan.actual())}, color));
  }
}

}  // namespace

std::string SourceDescription(const v1::Source& source, absl::Time now,
                              bool color) {
  std::string text;
  AddLine("Source", source.name(), &text);
  AddLine("Repository",
          absl::StrCat(source.url(), ", branch ", source.branch(),
                       source.path().empty() ? "" : ", below ", source.path()),
          &text);
  AddLine("Policy", Policy(source), &text);
  AddLine("Checked",
          absl::StrCat(source.has_checked()
                           ? Age(now - FromProto(source.checked())) + " ago"
                           : "never",
                       ", every ", Age(FromProto(source.interval()))),
          &text);
  if (source.has_applied()) {
    AddCommit("In force", source.applied(), now, &text);
  }
  if (source.has_seen() && source.seen().id() != source.applied().id()) {
    AddCommit("Refused", source.seen(), now, &text);
  }
  std::string state = SyncWord(source.state());
  if (source.state() != v1::SYNCED)
    absl::StrAppend(&state, ", ", source.reason());
  AddLine("State", state, &text);
  for (absl::string_view line :
       absl::StrSplit(source.message(), '\n', absl::SkipEmpty())) {
    absl::StrAppend(&text, "  ", Printable(line), "\n");
  }
  const Table plans = PlansTable(source);
  if (!plans.empty()) absl::StrAppend(&text, "\n", plans.Render(color));
  AddDiffs(source, color, &text);
  return text;
}

}  // namespace rollout::render
