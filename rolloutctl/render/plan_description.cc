// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/plan_description.h"

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "rolloutctl/render/description_line.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

std::string Changes(const v1::Plan& plan, absl::Time now) {
  return absl::StrCat("version ", plan.spec_version(), " of ",
                      Age(now - FromProto(plan.changed())), " ago; created ",
                      Age(now - FromProto(plan.created())), " ago");
}

std::string Sync(const v1::PlanSync& sync) {
  std::string text = absl::StrCat(sync.source(), ", ", sync.path(), ": ",
                                  SyncWord(sync.state()));
  if (sync.state() != v1::SYNCED) {
    absl::StrAppend(&text, ", ", sync.reason(), ": ", sync.message());
  }
  return text;
}

}  // namespace

std::string PlanDescription(const v1::PlanStatus& status,
                            const v1::ListResponse& events,
                            const StatusView& view) {
  std::string text = DescriptionLine("Plan", status.plan().name());
  text += DescriptionLine("Changed", Changes(status.plan(), view.now));
  if (status.has_sync()) text += DescriptionLine("Source", Sync(status.sync()));
  absl::StrAppend(&text, "\n", StatusTree(status, view), "\n",
                  SpecText(status.plan().spec()));
  const Table table = ListTable(v1::EVENTS, events, view.now, Width::kNarrow);
  if (!table.empty()) absl::StrAppend(&text, "\n", table.Render(view.color));
  return text;
}

}  // namespace rollout::render
