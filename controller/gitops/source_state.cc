// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_state.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "base/utf8.h"
#include "controller/gitops/sync_policy.h"

namespace rollout::gitops {
namespace {

constexpr size_t kMaxRefusalBytes = 16 << 10;
constexpr size_t kMaxPlansNamed = 10;

void SetState(v1::SyncState state, std::string reason, std::string message,
              v1::Source* source) {
  source->set_state(state);
  source->set_reason(std::move(reason));
  source->set_message(std::move(message));
}

// "2 of 51 plans are not as the commit has them: api (Drifted), web (Removed)".
void SetStateByPlans(const std::vector<v1::PlanSync>& plans,
                     v1::Source* source) {
  std::vector<std::string> others;
  std::string reason = "Synced";
  for (const v1::PlanSync& plan : plans) {
    if (plan.state() == v1::SYNCED) continue;
    if (others.empty()) reason = plan.reason();
    others.push_back(absl::StrCat(plan.plan(), " (", plan.reason(), ")"));
  }
  if (others.empty()) return SetState(v1::SYNCED, reason, "", source);
  const size_t count = others.size();
  if (count > kMaxPlansNamed) {
    others.resize(kMaxPlansNamed);
    others.push_back("...");
  }
  SetState(v1::OUT_OF_SYNC, reason,
           absl::StrCat(count, " of ", plans.size(),
                        " plans are not as the commit has them: ",
                        absl::StrJoin(others, ", ")),
           source);
}

}  // namespace

v1::Source DescribeSource(const SourceSettings& settings,
                          const store::SourceRecord& record,
                          const SyncFailure& failure,
                          std::vector<v1::PlanSync> plans) {
  v1::Source source;
  source.set_name(settings.name);
  source.set_url(settings.fetch.url());
  source.set_branch(settings.fetch.branch());
  source.set_path(settings.fetch.path());
  *source.mutable_interval() = ToProto(settings.interval);
  const SyncPolicy policy = PolicyInForce(settings.policy, record);
  source.set_self_heal(policy.self_heal);
  source.set_prune(policy.prune);
  source.set_allow_empty(policy.allow_empty);
  if (record.has_seen()) *source.mutable_seen() = record.seen();
  if (record.has_applied()) *source.mutable_applied() = record.applied();
  if (record.has_applied_at()) {
    *source.mutable_applied_at() = record.applied_at();
  }
  source.set_plan_count(static_cast<int32_t>(plans.size()));
  if (!failure.reason.empty()) {
    SetState(v1::FAILED_TO_SYNC, failure.reason, failure.message, &source);
  } else if (!record.refusal().empty()) {
    SetState(v1::FAILED_TO_SYNC, "CommitRefused", record.refusal(), &source);
  } else if (!record.has_applied()) {
    SetState(v1::OUT_OF_SYNC, "NeverSynced", "no commit was applied yet",
             &source);
  } else {
    SetStateByPlans(plans, &source);
  }
  std::move(
      plans.begin(), plans.end(),
      google::protobuf::RepeatedFieldBackInserter(source.mutable_plans()));
  return source;
}

std::string BoundedRefusal(absl::string_view errors) {
  if (errors.size() <= kMaxRefusalBytes) return ToUtf8(errors);
  absl::string_view kept = errors.substr(0, kMaxRefusalBytes);
  const size_t last_line = kept.rfind('\n');
  kept = last_line == absl::string_view::npos
             ? kept.substr(0, ValidUtf8Prefix(kept))
             : kept.substr(0, last_line);
  return absl::StrCat(ToUtf8(kept), "\n... and more");
}

}  // namespace rollout::gitops
