// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/sync_policy.h"

#include <optional>

namespace rollout::gitops {
namespace {

bool InForce(std::optional<bool> configured, std::optional<bool> declared) {
  return configured.value_or(declared.value_or(false));
}

manifest::SyncSettings DeclaredIn(const store::SourceRecord& record) {
  const store::SourceRecord::DeclaredSettings& stored = record.declared();
  manifest::SyncSettings declared;
  if (stored.has_self_heal()) declared.self_heal = stored.self_heal();
  if (stored.has_prune()) declared.prune = stored.prune();
  if (stored.has_allow_empty()) declared.allow_empty = stored.allow_empty();
  return declared;
}

}  // namespace

SyncPolicy PolicyInForce(const manifest::SyncSettings& configured,
                         const manifest::SyncSettings& declared) {
  SyncPolicy policy;
  policy.self_heal = InForce(configured.self_heal, declared.self_heal);
  policy.prune = InForce(configured.prune, declared.prune);
  policy.allow_empty = InForce(configured.allow_empty, declared.allow_empty);
  return policy;
}

SyncPolicy PolicyInForce(const manifest::SyncSettings& configured,
                         const store::SourceRecord& record) {
  return PolicyInForce(configured, DeclaredIn(record));
}

void SetDeclared(const manifest::SyncSettings& declared,
                 store::SourceRecord* record) {
  record->clear_declared();
  store::SourceRecord::DeclaredSettings stored;
  if (declared.self_heal) stored.set_self_heal(*declared.self_heal);
  if (declared.prune) stored.set_prune(*declared.prune);
  if (declared.allow_empty) stored.set_allow_empty(*declared.allow_empty);
  if (stored.ByteSizeLong() > 0) *record->mutable_declared() = stored;
}

}  // namespace rollout::gitops
