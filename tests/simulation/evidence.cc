// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/evidence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "controller/manifest/host_selector.h"
#include "controller/store/attempt.h"
#include "controller/store/keys.h"

namespace rollout::simulation {

decide::HostLimit ToLimit(const v1::HostLimit& limit) {
  return limit.value_case() == v1::HostLimit::kPercent
             ? decide::HostLimit::Percent(limit.percent())
             : decide::HostLimit::Count(limit.count());
}

std::string Last(const store::AssignmentRecord& record) {
  return record.revisions().empty() ? ""
                                    : record.revisions().rbegin()->revision();
}

int64_t AttemptOf(const store::AssignmentRecord& record) {
  return record.revisions().empty() ? 0
                                    : record.revisions().rbegin()->attempt();
}

int64_t RolloutOf(const store::AssignmentRecord& record) {
  return store::ToAttempt(AttemptOf(record)).rollout;
}

bool IsShared(const store::AssignmentRecord& record) {
  if (record.revisions().empty()) return false;
  const uint32_t weight = record.revisions().rbegin()->weight();
  return weight > 0 && weight < kWholeWeight;
}

bool IsInChange(const store::AssignmentRecord& record) {
  return !record.revisions().empty() &&
         (!record.has_settled() || IsShared(record));
}

Told Read(const fleet::HostSnapshot& host, const std::string& plan,
          const std::string& revision) {
  Told told;
  int64_t newest = -1;
  for (const auto& service : host.observation->services()) {
    if (service.plan() != plan) continue;
    for (const auto& generation : service.generations()) {
      const bool live = generation.phase() != v1::EXITED &&
                        generation.phase() != v1::FAILED_GENERATION;
      told.live += live;
      if (live && generation.ready() && generation.phase() != v1::DRAINING) {
        told.ready_weight += generation.weight();
      }
      if (generation.revision() == revision && generation.number() > newest) {
        newest = generation.number();
        told.failed = generation.phase() == v1::FAILED_GENERATION;
      }
    }
  }
  return told;
}

std::vector<store::PlanRecord> Evidence::Plans() const {
  std::vector<store::PlanRecord> plans;
  for (const store::KeyValue& entry : disk_.List(store::kPlanPrefix).entries) {
    plans.push_back(Parse<store::PlanRecord>(entry.value));
  }
  return plans;
}

store::PlanRecord Evidence::PlanOf(const std::string& name) const {
  return Parse<store::PlanRecord>(disk_.Read(store::PlanKey(name)));
}

v1::Rollout Evidence::NewestRolloutOf(const store::PlanRecord& plan) const {
  return Parse<v1::Rollout>(
      disk_.Read(store::RolloutKey(plan.plan().name(), plan.last_rollout())));
}

std::map<std::string, store::AssignmentRecord> Evidence::Assignments(
    const std::string& plan) const {
  std::map<std::string, store::AssignmentRecord> records;
  const store::Snapshot all =
      disk_.List(absl::StrCat(store::kAssignmentPrefix, plan, "/"));
  for (const store::KeyValue& entry : all.entries) {
    auto record = Parse<store::AssignmentRecord>(entry.value);
    records[record.host()] = std::move(record);
  }
  return records;
}

std::vector<fleet::HostSnapshot> Evidence::HostsOf(
    const store::PlanRecord& plan) const {
  std::vector<fleet::HostSnapshot> hosts = fleet_->Hosts();
  hosts.erase(std::remove_if(hosts.begin(), hosts.end(),
                             [&plan](const fleet::HostSnapshot& host) {
                               return !manifest::Selects(
                                   plan.plan().spec().hosts(), host.info);
                             }),
              hosts.end());
  return hosts;
}

bool Evidence::IsOverdue(const store::AssignmentRecord& record,
                         const v1::Strategy& strategy) const {
  return time_.Now() - FromProto(record.began()) >
         FromProto(strategy.host_deadline()) - absl::Seconds(1);
}

}  // namespace rollout::simulation
