// SPDX-License-Identifier: Apache-2.0
//
// The keys under which records lie in the store, see docs/formats/store.md.
// Names of plans, hosts and sources hold no '/'.

#ifndef CONTROLLER_STORE_KEYS_H_
#define CONTROLLER_STORE_KEYS_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rollout::store {

constexpr char kEpochKey[] = "epoch";
constexpr char kPlanPrefix[] = "plan/";
constexpr char kDeletedPrefix[] = "deleted/";
constexpr char kRevisionPrefix[] = "revision/";
constexpr char kRolloutPrefix[] = "rollout/";
constexpr char kAssignmentPrefix[] = "assignment/";
constexpr char kHostPrefix[] = "host/";
constexpr char kCordonPrefix[] = "cordon/";
constexpr char kFreezePrefix[] = "freeze/";
constexpr char kSourcePrefix[] = "source/";
// Written with each of these two.
constexpr char kHoldsKey[] = "holds";

inline std::string PlanKey(absl::string_view plan) {
  return absl::StrCat(kPlanPrefix, plan);
}
inline std::string DeletedKey(absl::string_view plan) {
  return absl::StrCat(kDeletedPrefix, plan);
}
inline std::string RevisionKey(absl::string_view plan, absl::string_view id) {
  return absl::StrCat(kRevisionPrefix, plan, "/", id);
}
inline std::string RolloutKey(absl::string_view plan, int64_t number) {
  return absl::StrCat(kRolloutPrefix, plan, "/", number);
}
inline std::string AssignmentKey(absl::string_view plan,
                                 absl::string_view host) {
  return absl::StrCat(kAssignmentPrefix, plan, "/", host);
}
inline std::string HostKey(absl::string_view host) {
  return absl::StrCat(kHostPrefix, host);
}
inline std::string CordonKey(absl::string_view host) {
  return absl::StrCat(kCordonPrefix, host);
}
inline std::string SourceKey(absl::string_view source) {
  return absl::StrCat(kSourcePrefix, source);
}
// `hosts` as SelectorText writes it.
inline std::string FreezeKey(absl::string_view hosts) {
  return absl::StrCat(kFreezePrefix, hosts);
}

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_KEYS_H_
