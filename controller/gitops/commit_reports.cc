// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_reports.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "controller/gitops/commit_outcome.h"
#include "controller/gitops/plans_in_store.h"

namespace rollout::gitops {
namespace {

// A rollout changes its status many times in a second.
constexpr absl::Duration kGather = absl::Seconds(1);

bool SaysTheSame(const CommitStatus& a, const CommitStatus& b) {
  return a.commit == b.commit && a.state == b.state &&
         a.description == b.description;
}

}  // namespace

CommitReports::CommitReports(store::Catalog& catalog,
                             std::map<std::string, std::string> links,
                             Report report, std::unique_ptr<TaskLoop> loop)
    : catalog_(catalog),
      links_(std::move(links)),
      report_(std::move(report)),
      loop_(std::move(loop)) {
  if (links_.empty()) return;
  store::CatalogEvents events;
  events.on_plan = [this](const std::string&) { Mark(); };
  events.on_source = [this](const std::string&) { Mark(); };
  catalog_.Subscribe(std::move(events));
  Mark();
}

void CommitReports::Mark() {
  if (marked_.exchange(true)) return;
  loop_->PostAfter(kGather, [this] { Look(); });
}

void CommitReports::Look() {
  marked_ = false;
  for (const auto& [source, link] : links_) {
    auto record = catalog_.FindSource(source);
    if (!record) continue;
    std::optional<CommitStatus> status =
        OutcomeOf(source, record->record, PlansOf(source, catalog_));
    if (!status) continue;
    auto said = said_.find(source);
    if (said != said_.end() && SaysTheSame(said->second, *status)) continue;
    said_[source] = *status;
    status->target_url = link;
    report_(*std::move(status));
  }
}

}  // namespace rollout::gitops
