// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_sync.h"

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "controller/gitops/commit_review.h"
#include "controller/gitops/plan_sync.h"
#include "controller/gitops/plans_in_store.h"
#include "controller/gitops/sync_policy.h"
#include "controller/store/keys.h"
#include "controller/store/revision_id.h"

namespace rollout::gitops {
namespace {

constexpr int kShortIdBytes = 12;

std::string ShortId(const v1::Commit& commit) {
  return commit.id().substr(0, kShortIdBytes);
}

// "1", "0", or "-": it is left to the repository.
std::string ToText(std::optional<bool> choice) {
  return choice ? absl::StrCat(*choice) : "-";
}

std::string DigestOf(const SourceSettings& settings) {
  const manifest::SyncSettings& policy = settings.policy;
  return Sha256Of(absl::StrCat(store::CanonicalBytes(settings.fetch), "\n",
                               ToText(policy.self_heal), ToText(policy.prune),
                               ToText(policy.allow_empty)));
}

v1::Commit CommitOf(const FetchResult& fetched) {
  v1::Commit commit;
  commit.set_id(fetched.commit());
  commit.set_author(fetched.author());
  *commit.mutable_committed() = fetched.committed();
  commit.set_subject(fetched.subject());
  commit.set_signer(fetched.signer());
  return commit;
}

void SetPlans(const std::vector<manifest::ParsedPlan>& plans,
              store::SourceRecord* record) {
  record->clear_plans();
  for (const manifest::ParsedPlan& plan : plans) {
    auto* declared = record->add_plans();
    declared->set_name(plan.name);
    declared->set_path(plan.place.path);
  }
  std::sort(record->mutable_plans()->begin(), record->mutable_plans()->end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
}

}  // namespace

SourceSync::SourceSync(SyncRooms rooms, SourceSettings settings,
                       std::string directory, std::set<std::string> sources)
    : rooms_(std::move(rooms)),
      settings_(std::move(settings)),
      directory_(std::move(directory)),
      sources_(std::move(sources)),
      settings_digest_(DigestOf(settings_)) {}

// Nothing is left to do but to wait for the branch to move.
bool SourceSync::IsSettled(const store::SourceRecord& record) const {
  if (record.settings() != settings_digest_) return false;
  // What it refuses is not read again to mend something else.
  if (!record.refusal().empty()) return true;
  if (!PolicyInForce(settings_.policy, record).self_heal) return true;
  for (const PlanInStore& plan : PlansOf(settings_.name, rooms_.catalog)) {
    const std::string reason = SyncOf(plan, record).reason();
    if (reason == "Drifted" || reason == "Deleted") return false;
  }
  return true;
}

bool SourceSync::Pass(bool again) {
  store::SourceRecord record;
  if (auto stored = rooms_.catalog.FindSource(settings_.name)) {
    record = std::move(stored->record);
  }
  FetchRequest request = settings_.fetch;
  request.set_repository(absl::StrCat(directory_, "/repository.git"));
  if (!again && IsSettled(record)) {
    request.set_known_commit(record.seen().id());
  }
  absl::StatusOr<FetchResult> fetched = rooms_.fetcher.Fetch(request);
  if (!fetched.ok()) {
    rooms_.metrics.CountPass(settings_.name,
                             NoteFailure("FetchFailed", fetched.status()));
    return false;
  }
  const absl::Time now = rooms_.clock.Now();
  rooms_.metrics.SetChecked(settings_.name, now);
  {
    MutexLock lock(&mutex_);
    checked_ = now;
    failure_ = {};
  }
  rooms_.metrics.CountPass(settings_.name, fetched->unchanged()
                                               ? PassOutcome::kUnchanged
                                               : Take(*fetched, record));
  return fetched->commit() != record.seen().id();
}

PassOutcome SourceSync::Take(const FetchResult& fetched,
                             const store::SourceRecord& before) {
  const v1::Commit commit = CommitOf(fetched);
  auto reviewed = ReviewCommit(fetched, settings_);
  if (!reviewed.ok()) {
    return Refuse(commit, std::string(reviewed.status().message()), before);
  }
  std::vector<manifest::ParsedPlan>& plans = reviewed->plans;
  if (absl::Status found = AddDigests(&plans); !found.ok()) {
    return NoteFailure("ArtifactUnresolved", found);
  }
  if (absl::Status checked = rooms_.check(plans); !checked.ok()) {
    return Refuse(commit, std::string(checked.message()), before);
  }
  const CommitChanges changes =
      ChangesOf({settings_.name, reviewed->policy}, commit, plans,
                ReadSurroundings(rooms_.catalog, sources_));
  if (!changes.errors.empty()) {
    return Refuse(commit, absl::StrJoin(changes.errors, "\n"), before);
  }
  absl::Status carried = Carry(changes, reviewed->policy.prune, commit);
  if (!carried.ok()) return NoteFailure("ApplyFailed", carried);
  store::SourceRecord record;
  *record.mutable_seen() = commit;
  record.set_settings(settings_digest_);
  *record.mutable_applied() = commit;
  *record.mutable_applied_at() = ToProto(rooms_.clock.Now());
  SetPlans(plans, &record);
  SetDeclared(reviewed->declared, &record);
  absl::Status stored = Store(record);
  if (!stored.ok()) return NoteFailure("StoreFailed", stored);
  if (commit.id() != before.applied().id() || !changes.applied.empty()) {
    Tell(v1::Event::NORMAL, "CommitApplied",
         absl::StrCat("commit ", ShortId(commit), " by ", commit.author(), ": ",
                      changes.applied.size(), " of ", plans.size(),
                      " plans changed"));
  }
  return PassOutcome::kApplied;
}

absl::Status SourceSync::AddDigests(std::vector<manifest::ParsedPlan>* plans) {
  for (manifest::ParsedPlan& plan : *plans) {
    v1::Artifact& artifact = *plan.spec.mutable_service()->mutable_artifact();
    if (artifact.sha256_from().empty()) continue;
    artifact.set_sha256(
        KnownDigest(rooms_.catalog, settings_.name, plan.name, artifact));
    if (!artifact.sha256().empty()) continue;
    auto digest = rooms_.look_up_digest(
        {artifact.url(), artifact.sha256_from()}, exchange_);
    if (!digest.ok()) {
      return WithContext(digest.status(), manifest::ToString(plan.place));
    }
    artifact.set_sha256(*std::move(digest));
  }
  return absl::OkStatus();
}

absl::Status SourceSync::Carry(const CommitChanges& changes, bool prune,
                               const v1::Commit& commit) {
  RETURN_IF_ERROR(Apply(changes.applied, commit));
  return prune ? Delete(changes.removed, commit) : absl::OkStatus();
}

absl::Status SourceSync::Apply(std::vector<store::NamedSpec> specs,
                               const v1::Commit& commit) {
  if (specs.empty()) return absl::OkStatus();
  auto applied = std::make_shared<std::promise<absl::Status>>();
  rooms_.operations.Apply(
      specs, CauseOf(commit),
      [applied](absl::StatusOr<std::vector<store::Applied>> result) {
        applied->set_value(result.status());
      });
  absl::Status status = applied->get_future().get();
  // Too many for one transaction.
  if (!absl::IsInvalidArgument(status) || specs.size() == 1) return status;
  const auto middle = specs.begin() + specs.size() / 2;
  RETURN_IF_ERROR(Apply({specs.begin(), middle}, commit));
  return Apply({middle, specs.end()}, commit);
}

absl::Status SourceSync::Delete(const std::vector<std::string>& plans,
                                const v1::Commit& commit) {
  for (const std::string& plan : plans) {
    auto deleted = std::make_shared<std::promise<absl::Status>>();
    rooms_.operations.Delete(
        plan, /*stop=*/false, CauseOf(commit),
        [deleted](absl::Status status) { deleted->set_value(status); });
    RETURN_IF_ERROR(deleted->get_future().get());
  }
  return absl::OkStatus();
}

v1::Cause SourceSync::CauseOf(const v1::Commit& commit) const {
  v1::Cause cause;
  cause.set_user(absl::StrCat("source/", settings_.name));
  cause.set_message(commit.subject());
  v1::Origin& origin = *cause.mutable_origin();
  origin.set_source(settings_.name);
  *origin.mutable_commit() = commit;
  return cause;
}

PassOutcome SourceSync::Refuse(const v1::Commit& commit,
                               const std::string& errors,
                               store::SourceRecord record) {
  const std::string before = record.SerializeAsString();
  *record.mutable_seen() = commit;
  record.set_settings(settings_digest_);
  record.set_refusal(BoundedRefusal(errors));
  if (record.SerializeAsString() == before) return PassOutcome::kRefused;
  absl::Status stored = Store(record);
  if (!stored.ok()) return NoteFailure("StoreFailed", stored);
  const std::string first = errors.substr(0, errors.find('\n'));
  Tell(v1::Event::WARNING, "CommitRefused",
       absl::StrCat("commit ", ShortId(commit), " by ", commit.author(), ": ",
                    ToUtf8(first)));
  return PassOutcome::kRefused;
}

absl::Status SourceSync::Store(const store::SourceRecord& record) {
  const std::string key = store::SourceKey(settings_.name);
  auto stored = rooms_.catalog.FindSource(settings_.name);
  store::Transaction transaction;
  transaction.comparisons.push_back({key, stored ? stored->mod_revision : 0});
  transaction.puts.push_back({key, record.SerializeAsString()});
  auto written = std::make_shared<std::promise<absl::Status>>();
  rooms_.catalog.store().Commit(std::move(transaction),
                                [written](absl::StatusOr<int64_t> revision) {
                                  written->set_value(revision.status());
                                });
  return written->get_future().get();
}

PassOutcome SourceSync::NoteFailure(std::string reason,
                                    const absl::Status& status) {
  // On the way out of the program.
  if (absl::IsCancelled(status)) return PassOutcome::kFailed;
  MutexLock lock(&mutex_);
  if (failure_.message != status.message()) {
    LogError("source ", settings_.name, ": ", reason, ": ", status.message());
  }
  failure_ = {std::move(reason), std::string(status.message())};
  return PassOutcome::kFailed;
}

void SourceSync::Tell(v1::Event::Severity severity, const char* reason,
                      std::string message) {
  v1::Event event;
  *event.mutable_time() = ToProto(rooms_.clock.Now());
  event.set_severity(severity);
  event.set_reason(reason);
  event.set_message(std::move(message));
  event.set_user(absl::StrCat("source/", settings_.name));
  rooms_.history.Add(std::move(event));
}

v1::Source SourceSync::Status() const {
  store::SourceRecord record;
  if (auto stored = rooms_.catalog.FindSource(settings_.name)) {
    record = std::move(stored->record);
  }
  std::vector<v1::PlanSync> plans;
  for (const PlanInStore& plan : PlansOf(settings_.name, rooms_.catalog)) {
    plans.push_back(SyncOf(plan, record));
  }
  MutexLock lock(&mutex_);
  v1::Source source =
      DescribeSource(settings_, record, failure_, std::move(plans));
  if (checked_ != absl::InfinitePast()) {
    *source.mutable_checked() = ToProto(checked_);
  }
  return source;
}

}  // namespace rollout::gitops
