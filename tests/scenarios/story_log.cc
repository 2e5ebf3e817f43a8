// SPDX-License-Identifier: Apache-2.0
//
// The telling half of Story: what reaches the disk, as lines.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "controller/store/keys.h"
#include "controller/store/record.pb.h"
#include "tests/scenarios/story.h"

namespace rollout::scenarios {
namespace {

template <typename Record>
Record Parse(const std::string& bytes) {
  Record record;
  record.ParseFromString(bytes);
  return record;
}

std::string Percent(uint32_t permille) {
  return absl::StrCat(permille / 10.0, "%");
}

}  // namespace

void Story::OnPut(const std::string& key, const std::string& before,
                  const std::string& after) {
  if (absl::StartsWith(key, store::kAssignmentPrefix)) {
    OnAssignment(before, after);
  } else if (absl::StartsWith(key, store::kRolloutPrefix)) {
    OnRollout(Parse<v1::Rollout>(before), Parse<v1::Rollout>(after));
  } else if (absl::StartsWith(key, store::kDeletedPrefix)) {
    Note("", "the plan is gone");
  }
}

void Story::OnAssignment(const std::string& before, const std::string& after) {
  const auto was = Parse<store::AssignmentRecord>(before);
  const auto is = Parse<store::AssignmentRecord>(after);
  Words shares;
  for (const v1::WeightedRevision& weighted : is.revisions()) {
    shares.push_back(absl::StrCat(NameOf(weighted.revision()), " ",
                                  Percent(weighted.weight())));
  }
  const bool settles = is.has_settled() && !was.has_settled();
  Note(is.host(), absl::StrCat(settles       ? "is there: "
                               : is.failed() ? "has failed: "
                                             : "shall have ",
                               absl::StrJoin(shares, ", ")));
}

void Story::OnRollout(const v1::Rollout& before, const v1::Rollout& after) {
  const bool tells = before.phase() != after.phase() ||
                     before.paused() != after.paused() ||
                     before.reason() != after.reason() ||
                     before.steps_done() != after.steps_done();
  if (!tells) return;
  std::string what = absl::StrCat(
      "rollout ", after.number(), " to ", NameOf(after.revision()), ": ",
      v1::RolloutPhase_Name(after.phase()), after.paused() ? ", paused" : "");
  if (after.steps_done() > 0) {
    absl::StrAppend(&what, ", steps done: ", after.steps_done());
  }
  if (!after.reason().empty()) {
    absl::StrAppend(&what, ", ", after.reason(), ": ", after.message());
  }
  Note("", what);
}

std::string Story::NameOf(const std::string& revision) const {
  auto found = versions_.find(revision);
  return found == versions_.end() ? revision : found->second;
}

void Story::Note(const std::string& host, const std::string& what) {
  if (time_.Uptime() != noted_at_) Flush();
  noted_at_ = time_.Uptime();
  for (auto& [said, hosts] : noted_) {
    if (said == what) return hosts.push_back(host);
  }
  noted_.push_back({what, {host}});
}

void Story::Flush() {
  for (const auto& [what, hosts] : noted_) {
    const std::string who = absl::StrJoin(hosts, " ");
    absl::StrAppendFormat(&log_, "%9.2fs  %s%s%s\n",
                          absl::ToDoubleSeconds(noted_at_), who,
                          who.empty() ? "" : " ", what);
  }
  noted_.clear();
}

}  // namespace rollout::scenarios
