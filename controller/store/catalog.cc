// SPDX-License-Identifier: Apache-2.0

#include "controller/store/catalog.h"

#include <set>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/store/keys.h"

namespace rollout::store {
namespace {

template <typename Record>
absl::StatusOr<Record> Parse(const KeyValue& entry) {
  Record record;
  if (record.ParseFromString(entry.value)) return record;
  return absl::DataLossError(absl::StrCat(
      "the store's record ", entry.key,
      " can't be understood: restore a backup or delete the record"));
}

// "PLAN/NAME", what follows the prefix of a key.
std::pair<std::string, std::string> SplitName(absl::string_view rest) {
  return absl::StrSplit(rest, absl::MaxSplits('/', 1));
}

int64_t NumberOf(absl::string_view text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// What keys are about, for telling subscribers.
struct Mentioned {
  std::set<std::string> plans;
  std::set<std::string> hosts;
  std::set<std::pair<std::string, std::string>> assignments;
  bool holds = false;
  std::set<std::string> sources;
};

void Mention(absl::string_view key, Mentioned* mentioned) {
  if (absl::ConsumePrefix(&key, kHostPrefix)) {
    mentioned->hosts.emplace(key);
  } else if (absl::ConsumePrefix(&key, kPlanPrefix)) {
    mentioned->plans.emplace(key);
  } else if (absl::ConsumePrefix(&key, kRolloutPrefix)) {
    mentioned->plans.insert(SplitName(key).first);
  } else if (absl::ConsumePrefix(&key, kAssignmentPrefix)) {
    auto assignment = SplitName(key);
    mentioned->plans.insert(assignment.first);
    mentioned->assignments.insert(std::move(assignment));
  } else if (key == kHoldsKey) {
    mentioned->holds = true;
  } else if (absl::ConsumePrefix(&key, kSourcePrefix)) {
    mentioned->sources.emplace(key);
  }
}

void Tell(const CatalogEvents& events, const Mentioned& mentioned) {
  for (const std::string& plan : mentioned.plans) {
    if (events.on_plan) events.on_plan(plan);
  }
  for (const std::string& host : mentioned.hosts) {
    if (events.on_host) events.on_host(host);
  }
  for (const auto& [plan, host] : mentioned.assignments) {
    if (events.on_assignment) events.on_assignment(plan, host);
  }
  if (mentioned.holds && events.on_holds) events.on_holds();
  for (const std::string& source : mentioned.sources) {
    if (events.on_source) events.on_source(source);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Catalog>> Catalog::Open(Store& store) {
  std::unique_ptr<Catalog> catalog(new Catalog(store));
  ASSIGN_OR_RETURN(
      catalog->watch_,
      store.StartWatch("", [c = catalog.get()](const Changes& changes) {
        c->Take(changes);
      }));
  MutexLock lock(&catalog->mutex_);
  RETURN_IF_ERROR(catalog->broken_);
  return catalog;
}

void Catalog::Subscribe(CatalogEvents events) {
  MutexLock lock(&mutex_);
  subscribers_.push_back(std::move(events));
}

void Catalog::Take(const Changes& changes) {
  Mentioned mentioned;
  std::vector<CatalogEvents> subscribers;
  {
    MutexLock lock(&mutex_);
    for (const KeyValue& entry : changes.puts) {
      absl::Status status = Put(entry);
      if (!status.ok()) LogError("catalog: ", status.message());
      broken_.Update(status);
      Mention(entry.key, &mentioned);
    }
    for (const std::string& key : changes.deletes) {
      Delete(key);
      Mention(key, &mentioned);
    }
    subscribers = subscribers_;
  }
  for (const CatalogEvents& events : subscribers) Tell(events, mentioned);
}

absl::Status Catalog::Put(const KeyValue& entry) {
  absl::string_view rest = entry.key;
  if (absl::ConsumePrefix(&rest, kPlanPrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<PlanRecord>(entry));
    plans_[std::string(rest)].plan = {std::move(record), entry.mod_revision};
  } else if (absl::ConsumePrefix(&rest, kDeletedPrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<DeletedRecord>(entry));
    plans_[std::string(rest)].deleted = {record, entry.mod_revision};
  } else if (absl::ConsumePrefix(&rest, kRevisionPrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<v1::Revision>(entry));
    auto [plan, id] = SplitName(rest);
    plans_[plan].revisions[id] = std::move(record);
  } else if (absl::ConsumePrefix(&rest, kRolloutPrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<v1::Rollout>(entry));
    auto [plan, number] = SplitName(rest);
    plans_[plan].rollouts[NumberOf(number)] = {std::move(record),
                                               entry.mod_revision};
  } else if (absl::ConsumePrefix(&rest, kAssignmentPrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<AssignmentRecord>(entry));
    auto [plan, host] = SplitName(rest);
    plans_[plan].assignments[host] = std::move(record);
  } else if (absl::ConsumePrefix(&rest, kHostPrefix)) {
    ASSIGN_OR_RETURN(hosts_[std::string(rest)], Parse<HostRecord>(entry));
  } else if (absl::ConsumePrefix(&rest, kCordonPrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<v1::Cordon>(entry));
    holds_.cordons[std::string(rest)] = {std::move(record), entry.mod_revision};
  } else if (absl::ConsumePrefix(&rest, kFreezePrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<v1::Freeze>(entry));
    holds_.freezes[std::string(rest)] = {std::move(record), entry.mod_revision};
  } else if (entry.key == kHoldsKey) {
    holds_.mod_revision = entry.mod_revision;
  } else if (absl::ConsumePrefix(&rest, kSourcePrefix)) {
    ASSIGN_OR_RETURN(auto record, Parse<SourceRecord>(entry));
    sources_[std::string(rest)] = {std::move(record), entry.mod_revision};
  } else if (entry.key == kEpochKey) {
    ASSIGN_OR_RETURN(auto record, Parse<EpochRecord>(entry));
    epoch_ = record.epoch();
  }
  return absl::OkStatus();
}

void Catalog::Delete(absl::string_view key) {
  absl::string_view rest = key;
  if (absl::ConsumePrefix(&rest, kPlanPrefix)) {
    plans_[std::string(rest)].plan.reset();
  } else if (absl::ConsumePrefix(&rest, kRevisionPrefix)) {
    auto [plan, id] = SplitName(rest);
    plans_[plan].revisions.erase(id);
  } else if (absl::ConsumePrefix(&rest, kRolloutPrefix)) {
    auto [plan, number] = SplitName(rest);
    plans_[plan].rollouts.erase(NumberOf(number));
  } else if (absl::ConsumePrefix(&rest, kAssignmentPrefix)) {
    auto [plan, host] = SplitName(rest);
    plans_[plan].assignments.erase(host);
  } else if (absl::ConsumePrefix(&rest, kHostPrefix)) {
    hosts_.erase(std::string(rest));
  } else if (absl::ConsumePrefix(&rest, kCordonPrefix)) {
    holds_.cordons.erase(std::string(rest));
  } else if (absl::ConsumePrefix(&rest, kFreezePrefix)) {
    holds_.freezes.erase(std::string(rest));
  } else if (absl::ConsumePrefix(&rest, kSourcePrefix)) {
    sources_.erase(std::string(rest));
  }
}

const Catalog::PlanTables* Catalog::Find(absl::string_view plan) const {
  auto found = plans_.find(std::string(plan));
  return found == plans_.end() ? nullptr : &found->second;
}

std::vector<std::string> Catalog::PlanNames() const {
  MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, tables] : plans_) {
    if (tables.plan) names.push_back(name);
  }
  return names;
}

std::optional<PlanState> Catalog::FindPlan(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  const PlanTables* tables = Find(plan);
  if (tables == nullptr || !tables->plan) return std::nullopt;
  PlanState state{*tables->plan, {}};
  auto newest = tables->rollouts.find(tables->plan->record.last_rollout());
  if (newest != tables->rollouts.end()) state.rollout = newest->second;
  return state;
}

Versioned<DeletedRecord> Catalog::FindDeleted(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  const PlanTables* tables = Find(plan);
  return tables == nullptr ? Versioned<DeletedRecord>() : tables->deleted;
}

std::vector<v1::Revision> Catalog::Revisions(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  std::map<int64_t, v1::Revision, std::greater<int64_t>> by_number;
  if (const PlanTables* tables = Find(plan)) {
    for (const auto& [id, revision] : tables->revisions) {
      by_number[revision.number()] = revision;
    }
  }
  std::vector<v1::Revision> revisions;
  for (auto& [number, revision] : by_number) {
    revisions.push_back(std::move(revision));
  }
  return revisions;
}

std::optional<v1::Revision> Catalog::FindRevision(absl::string_view plan,
                                                  absl::string_view id) const {
  MutexLock lock(&mutex_);
  const PlanTables* tables = Find(plan);
  if (tables == nullptr) return std::nullopt;
  auto found = tables->revisions.find(std::string(id));
  if (found == tables->revisions.end()) return std::nullopt;
  return found->second;
}

std::vector<v1::Rollout> Catalog::Rollouts(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  std::vector<v1::Rollout> rollouts;
  const PlanTables* tables = Find(plan);
  if (tables == nullptr) return rollouts;
  for (auto it = tables->rollouts.rbegin(); it != tables->rollouts.rend();
       ++it) {
    rollouts.push_back(it->second.record);
  }
  return rollouts;
}

std::vector<AssignmentRecord> Catalog::Assignments(
    absl::string_view plan) const {
  MutexLock lock(&mutex_);
  std::vector<AssignmentRecord> assignments;
  if (const PlanTables* tables = Find(plan)) {
    for (const auto& [host, record] : tables->assignments) {
      assignments.push_back(record);
    }
  }
  return assignments;
}

std::optional<AssignmentRecord> Catalog::FindAssignment(
    absl::string_view plan, absl::string_view host) const {
  MutexLock lock(&mutex_);
  const PlanTables* tables = Find(plan);
  if (tables == nullptr) return std::nullopt;
  auto found = tables->assignments.find(std::string(host));
  if (found == tables->assignments.end()) return std::nullopt;
  return found->second;
}

std::vector<HostRecord> Catalog::Hosts() const {
  MutexLock lock(&mutex_);
  std::vector<HostRecord> hosts;
  for (const auto& [name, record] : hosts_) hosts.push_back(record);
  return hosts;
}

std::optional<HostRecord> Catalog::FindHost(absl::string_view host) const {
  MutexLock lock(&mutex_);
  auto found = hosts_.find(std::string(host));
  if (found == hosts_.end()) return std::nullopt;
  return found->second;
}

store::Holds Catalog::Holds() const {
  MutexLock lock(&mutex_);
  return holds_;
}

std::optional<Versioned<SourceRecord>> Catalog::FindSource(
    absl::string_view source) const {
  MutexLock lock(&mutex_);
  auto found = sources_.find(std::string(source));
  if (found == sources_.end()) return std::nullopt;
  return found->second;
}

uint64_t Catalog::epoch() const {
  MutexLock lock(&mutex_);
  return epoch_;
}

}  // namespace rollout::store
