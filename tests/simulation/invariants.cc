// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/invariants.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "controller/decide/limits.h"
#include "controller/manifest/host_selector.h"
#include "controller/store/attempt.h"
#include "controller/store/keys.h"

namespace rollout::simulation {
namespace {

constexpr uint32_t kWholeWeight = 1000;
// What a decision was made on may be so old when its outcome is on the disk.
constexpr absl::Duration kDecided = absl::Milliseconds(200);

// As fleet::FleetOptions has it.
constexpr absl::Duration kLease = absl::Seconds(90);

template <typename Record>
Record Parse(const std::string& bytes) {
  Record record;
  record.ParseFromString(bytes);
  return record;
}

decide::HostLimit ToLimit(const v1::HostLimit& limit) {
  return limit.value_case() == v1::HostLimit::kPercent
             ? decide::HostLimit::Percent(limit.percent())
             : decide::HostLimit::Count(limit.count());
}

std::string Last(const store::AssignmentRecord& record) {
  return record.revisions().empty() ? ""
                                    : record.revisions().rbegin()->revision();
}

// Which rollout asked for it.
int64_t RolloutOf(const store::AssignmentRecord& record) {
  return record.revisions().empty()
             ? 0
             : store::ToAttempt(record.revisions().rbegin()->attempt()).rollout;
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

// What the host told last of one plan.
struct Told {
  int ready_weight = 0;
  int live = 0;
  bool failed = false;
};

Told Read(const fleet::HostSnapshot& host, const std::string& plan,
          const std::string& revision) {
  Told told;
  int64_t newest = -1;
  for (const auto& service : host.observation.services()) {
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

// As seen for longer than a decision takes.
bool IsOut(const fleet::HostSnapshot& host, const std::string& plan) {
  if (host.lease_over) return host.silent_for > kLease + kDecided;
  if (!host.reported) return true;
  return host.observed_for > kDecided &&
         Read(host, plan, "").ready_weight < static_cast<int>(kWholeWeight);
}

}  // namespace

Invariants::Invariants(SimulatedDisk& disk, const SimulatedTime& time)
    : disk_(disk), time_(time) {
  disk.set_on_put(
      [this](const std::string& key, const std::string& before,
             const std::string& after) { OnPut(key, before, after); });
}

void Invariants::Violate(const std::string& invariant,
                         const std::string& what) {
  if (violation_.has_value()) return;
  violation_ = {
      invariant,
      absl::StrCat("at ", absl::FormatDuration(time_.Uptime()), ": ", what)};
}

void Invariants::OnPut(const std::string& key, const std::string& before,
                       const std::string& after) {
  if (absl::StartsWith(key, store::kRolloutPrefix)) {
    OnRollout(Parse<v1::Rollout>(before), Parse<v1::Rollout>(after));
  }
  if (!absl::StartsWith(key, store::kAssignmentPrefix)) return;
  const auto was = Parse<store::AssignmentRecord>(before);
  const auto is = Parse<store::AssignmentRecord>(after);
  uint32_t weight = 0;
  for (const auto& revision : is.revisions()) weight += revision.weight();
  if (weight != kWholeWeight || is.revisions_size() > 2) {
    Violate("WholeAssignments", is.ShortDebugString());
  }
  const auto plan =
      Parse<store::PlanRecord>(disk_.Read(store::PlanKey(is.plan())));
  const auto rollout = Parse<v1::Rollout>(
      disk_.Read(store::RolloutKey(is.plan(), plan.last_rollout())));
  const Beginning beginning{plan, rollout, was, is};
  CheckShare(beginning);
  if (FromProto(was.began()) == FromProto(is.began())) return;
  if (rollout.paused()) {
    Violate("PausedMeansNoNewWork", absl::StrCat(is.host(), " begins though ",
                                                 is.plan(), " is paused"));
  }
  CheckWhere(beginning);
  CheckHolds(beginning);
  // Who is being changed already needs no room.
  const bool new_work = rollout.phase() == v1::PROGRESSING &&
                        Last(is) == rollout.revision() && !IsInChange(was);
  if (!new_work || fleet_ == nullptr) return;
  CheckLimits(beginning);
  CheckFleetLimit(beginning);
  CheckSteps(beginning);
}

void Invariants::OnRollout(const v1::Rollout& before,
                           const v1::Rollout& after) {
  const auto plan =
      Parse<store::PlanRecord>(disk_.Read(store::PlanKey(after.plan())));
  const auto& steps = plan.plan().spec().strategy().steps();
  const uint32_t done = before.steps_done();
  if (before.number() != after.number() || after.steps_done() <= done ||
      done >= static_cast<uint32_t>(steps.size())) {
    return;
  }
  const v1::CanaryStep& step = steps[static_cast<int>(done)];
  const v1::CanaryProgress& progress = before.step();
  if (step.approval() > v1::CanaryStep::NONE && !progress.has_approval()) {
    Violate("CanaryStepsHold",
            absl::StrCat("step ", done + 1, " ends unapproved of"));
  }
  // An operator may leave all of them out.
  if (after.steps_done() == static_cast<uint32_t>(steps.size())) return;
  const absl::Duration bake = FromProto(step.bake());
  if (bake == absl::ZeroDuration()) return;
  const absl::Duration baked = time_.Now() - FromProto(progress.reached());
  if (!progress.has_reached() || (!progress.promoted() && baked < bake)) {
    Violate("CanaryStepsHold", absl::StrCat("step ", done + 1, " ends after ",
                                            absl::FormatDuration(baked), ": ",
                                            before.ShortDebugString()));
  }
}

void Invariants::CheckWhere(const Beginning& beginning) {
  const v1::Rollout& rollout = beginning.rollout;
  const std::string to = Last(beginning.after);
  bool right = true;
  switch (rollout.phase()) {
    case v1::PROGRESSING:
      // A newcomer, or one that was on its way to something else.
      right = to == rollout.revision() || to == rollout.stable_revision() ||
              (!beginning.before.revisions().empty() &&
               to == beginning.before.revisions(0).revision());
      break;
    case v1::COMPLETE:
      right = to == rollout.revision();
      break;
    case v1::ROLLING_BACK:
    case v1::ROLLED_BACK:
    case v1::ABORTED:
      right = to == rollout.stable_revision() && !to.empty();
      break;
    default:
      right = false;
  }
  if (right) return;
  Violate("RollbackOnlyToStable",
          absl::StrCat(beginning.after.host(), " is sent to ", to, " by ",
                       rollout.ShortDebugString()));
}

// Of freezes that are for some hosts alone somebody else may see other labels.
void Invariants::CheckHolds(const Beginning& beginning) {
  const v1::Rollout& rollout = beginning.rollout;
  const store::AssignmentRecord& after = beginning.after;
  auto is_asked = [&rollout](const store::AssignmentRecord& record) {
    return Last(record) == rollout.revision() &&
           RolloutOf(record) == rollout.number();
  };
  const store::AssignmentRecord& before = beginning.before;
  const bool goes_forward =
      rollout.phase() == v1::PROGRESSING || rollout.phase() == v1::COMPLETE;
  // From a share back to what had the rest is no way forward.
  const bool withdraws =
      IsShared(before) && before.revisions(0).revision() == Last(after);
  if (!goes_forward || withdraws || !is_asked(after) || is_asked(before)) {
    return;
  }
  const std::string cordon = disk_.Read(store::CordonKey(after.host()));
  const std::string freeze = disk_.Read(store::FreezeKey(""));
  if (cordon.empty() && (freeze.empty() || rollout.has_freeze_override())) {
    return;
  }
  Violate(
      "HeldMeansNoNewWork",
      absl::StrCat(after.host(), " begins with ", after.plan(), " though ",
                   cordon.empty() ? "the fleet is frozen" : "it is cordoned"));
}

bool Invariants::IsOverdue(const store::AssignmentRecord& record,
                           const v1::Strategy& strategy) const {
  return time_.Now() - FromProto(record.began()) >
         FromProto(strategy.host_deadline()) - absl::Seconds(1);
}

void Invariants::CheckLimits(const Beginning& beginning) {
  const std::string& plan = beginning.plan.plan().name();
  const std::string& host = beginning.after.host();
  const v1::Strategy& strategy = beginning.plan.plan().spec().strategy();
  std::map<std::string, store::AssignmentRecord> records;
  for (auto& record : Assignments(plan)) records[record.host()] = record;
  int desired = 0, in_change = 0, out = 0, overlapping = 0;
  bool was_out = false, is_new_overlap = false;
  for (const fleet::HostSnapshot& other : HostsOf(beginning.plan)) {
    ++desired;
    const std::string& name = other.info.name();
    const store::AssignmentRecord& record = records[name];
    const Told told = Read(other, plan, Last(record));
    in_change += IsInChange(record) && !told.failed && !record.failed() &&
                 !IsOverdue(record, strategy);
    const bool is_out = IsOut(other, plan);
    const bool overlaps =
        other.observed_for > kDecided && !other.lease_over &&
        (told.live > 1 || (record.revisions_size() > 1 &&
                           !record.has_settled() && !told.failed));
    if (name == host) {
      // Or may have been when that was decided.
      was_out =
          other.observed_for <= kDecided ||
          Read(other, plan, "").ready_weight < static_cast<int>(kWholeWeight);
      const store::AssignmentRecord& before = beginning.before;
      is_new_overlap = beginning.after.revisions_size() > 1 && told.live == 1 &&
                       (before.revisions_size() < 2 || before.has_settled());
      overlapping += is_new_overlap;
    } else {
      out += is_out;
      overlapping += overlaps;
    }
  }
  auto limits =
      decide::ResolveLimits(ToLimit(strategy.max_surge()),
                            ToLimit(strategy.max_unavailable()), desired);
  if (!limits.ok() || desired == 0) return;
  if (in_change > limits->change()) {
    Violate("NeverMoreThanSurge",
            absl::StrCat(in_change, " hosts of ", plan, " in change, ",
                         limits->change(), " may be"));
  }
  if (!was_out && out > limits->unavailable) {
    Violate(
        "NeverBelowMinAvailable",
        absl::StrCat(host, ", which serves, is touched while ", out,
                     " are out of service, ", limits->unavailable, " may be"));
  }
  const int overlap =
      decide::ResolveOverlap(ToLimit(strategy.max_overlap()), desired);
  if (is_new_overlap && overlapping > overlap) {
    Violate("NeverMoreThanOverlap",
            absl::StrCat(overlapping, " hosts of ", plan,
                         " with two generations, ", overlap, " may be"));
  }
}

// Of those on their way forward: ways back take what they need.
void Invariants::CheckFleetLimit(const Beginning& beginning) {
  int in_change = 0;
  for (const store::KeyValue& entry : disk_.List(store::kPlanPrefix).entries) {
    const auto plan = Parse<store::PlanRecord>(entry.value);
    const std::string& name = plan.plan().name();
    const auto rollout = Parse<v1::Rollout>(
        disk_.Read(store::RolloutKey(name, plan.last_rollout())));
    if (rollout.phase() != v1::PROGRESSING) continue;
    std::map<std::string, store::AssignmentRecord> records;
    for (auto& record : Assignments(name)) records[record.host()] = record;
    for (const fleet::HostSnapshot& host : HostsOf(plan)) {
      const store::AssignmentRecord& record = records[host.info.name()];
      in_change += IsInChange(record) && Last(record) == rollout.revision() &&
                   !record.failed() && !Read(host, name, Last(record)).failed &&
                   !IsOverdue(record, plan.plan().spec().strategy());
    }
  }
  if (in_change <= most_in_change_) return;
  Violate("NeverMoreThanFleetLimit",
          absl::StrCat(beginning.after.host(), " begins with ",
                       beginning.after.plan(), ", that makes ", in_change,
                       " in change, ", most_in_change_, " may be"));
}

void Invariants::CheckSteps(const Beginning& beginning) {
  const v1::Rollout& rollout = beginning.rollout;
  const auto& steps = beginning.plan.plan().spec().strategy().steps();
  const int done = static_cast<int>(rollout.steps_done());
  if (done >= steps.size()) return;
  int desired = 0, asked = 0;
  std::map<std::string, bool> selected;
  for (const fleet::HostSnapshot& host : HostsOf(beginning.plan)) {
    ++desired;
    selected[host.info.name()] = true;
  }
  for (const auto& record : Assignments(rollout.plan())) {
    asked += selected.count(record.host()) > 0 &&
             Last(record) == rollout.revision() &&
             RolloutOf(record) == rollout.number();
  }
  int most = 0;
  for (int i = 0; i <= done; ++i) {
    most = std::max({most, 1, ToLimit(steps[i].hosts()).RoundedUp(desired)});
  }
  if (asked > most) {
    Violate("CanaryStepsHold",
            absl::StrCat(asked, " hosts asked at step ", done + 1, ": ",
                         steps[done].ShortDebugString()));
  }
}

// No host gets more of the revision than it has, or the step gives.
void Invariants::CheckShare(const Beginning& beginning) {
  const v1::Rollout& rollout = beginning.rollout;
  const auto& steps = beginning.plan.plan().spec().strategy().steps();
  const int done = static_cast<int>(rollout.steps_done());
  if (rollout.phase() != v1::PROGRESSING || done >= steps.size() ||
      beginning.after.revisions_size() < 2 ||
      Last(beginning.after) != rollout.revision()) {
    return;
  }
  const uint32_t share = beginning.after.revisions().rbegin()->weight();
  uint32_t before = 0;
  for (const auto& weighted : beginning.before.revisions()) {
    if (weighted.revision() == rollout.revision()) before = weighted.weight();
  }
  if (share <= before || share <= steps[done].weight()) return;
  Violate("CanaryStepsHold",
          absl::StrCat(beginning.after.host(), " gives ", share, " at step ",
                       done + 1, ": ", steps[done].ShortDebugString()));
}

std::vector<store::AssignmentRecord> Invariants::Assignments(
    const std::string& plan) const {
  std::vector<store::AssignmentRecord> records;
  const store::Snapshot all =
      disk_.List(absl::StrCat(store::kAssignmentPrefix, plan, "/"));
  for (const store::KeyValue& entry : all.entries) {
    records.push_back(Parse<store::AssignmentRecord>(entry.value));
  }
  return records;
}

std::vector<fleet::HostSnapshot> Invariants::HostsOf(
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

}  // namespace rollout::simulation
