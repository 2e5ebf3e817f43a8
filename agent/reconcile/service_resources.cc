// SPDX-License-Identifier: Apache-2.0
//
// The measuring part of Service: what its generations use, and whether another
// one fits beside them.

#include <string>

#include "absl/strings/str_cat.h"
#include "agent/decide/memory_fit.h"
#include "agent/reconcile/service.h"
#include "agent/resources/memory_room.h"
#include "agent/resources/usage.h"
#include "base/log.h"

namespace rollout::agent {

void Service::Measure() {
  for (const auto& [number, record] : generations_) {
    if (record.shim.pid() != 0) MeasureGeneration(number);
  }
}

void Service::MeasureGeneration(int64_t generation) {
  auto found = generations_.find(generation);
  if (found == generations_.end() || found->second.shim.pid() == 0) return;
  disk_.Then([this, generation, main = found->second.shim.pid(),
              group = GroupName(generation)] {
    const v1::ResourceUsage usage = ReadUsage(around_.files, main, group);
    loop_.Post([this, generation, usage] { OnMeasured(generation, usage); });
  });
}

void Service::OnMeasured(int64_t generation, const v1::ResourceUsage& usage) {
  auto found = generations_.find(generation);
  // What its groups have told at its end is the last word.
  if (found == generations_.end() || found->second.shim.pid() == 0) return;
  MergeUsage(usage, &found->second.usage);
  recorder_.Update(generations_);
}

void Service::LearnUsage(GenerationRecord* record) {
  if (const v1::Revision* revision = Template(record->shim.revision())) {
    record->memory_limit = revision->service().limits().memory_bytes();
  }
  v1::ResourceUsage last;
  for (const shim::v1::GroupFigure& figure : record->shim.group_figures()) {
    AddFigure(figure.file(), figure.content(), &last);
  }
  // What the groups hold when all have ended is of no interest.
  last.clear_memory_bytes();
  if (last.ByteSizeLong() > 0) MergeUsage(last, &record->usage);
}

absl::Status Service::CheckFits(const v1::Revision& revision) {
  MemoryView view;
  view.limit = revision.service().limits().memory_bytes();
  for (const auto& [number, record] : generations_) {
    // One that has died makes room: its restart is not refused for its sake.
    if (record.shim.pid() == 0) continue;
    view.living.push_back({number, record.memory_limit,
                           record.usage.peak_memory_bytes(),
                           record.usage.memory_bytes()});
  }
  if (view.living.empty()) return absl::OkStatus();
  view.rooms = ReadMemoryRooms(around_.files, around_.control_group);
  const std::string why = WhyNoMemoryFor(view);
  return why.empty() ? absl::OkStatus() : absl::FailedPreconditionError(why);
}

bool Service::MustTakeTurn(const v1::Revision& revision) {
  if (revision.service().fallback() != v1::EXCLUSIVE ||
      IsExclusive(revision.id())) {
    return false;
  }
  absl::Status fits = CheckFits(revision);
  if (fits.ok()) return false;
  LogInfo(
      "service ", name_, ": ", revision.id(),
      " takes its turn when the generation before has ended: ", fits.message());
  return true;
}

std::string Service::GroupName(int64_t generation) const {
  return absl::StrCat(name_, "-", generation);
}

}  // namespace rollout::agent
