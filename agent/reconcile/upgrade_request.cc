// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/upgrade_request.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/reconcile/host_values.h"
#include "agent/reconcile/system_names.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

template <typename Repeated>
bool AreSame(const Repeated& a, const Repeated& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// In whichever order.
bool HaveSameEnvironment(const shim::v1::StartRequest& a,
                         const shim::v1::StartRequest& b) {
  return std::set<std::string>(a.environment().begin(),
                               a.environment().end()) ==
         std::set<std::string>(b.environment().begin(), b.environment().end());
}

bool HaveSameUser(const shim::v1::StartRequest& a,
                  const shim::v1::StartRequest& b) {
  return a.set_user() == b.set_user() && a.uid() == b.uid() &&
         a.gid() == b.gid() && AreSame(a.groups(), b.groups());
}

bool HaveSameLimits(const shim::v1::StartRequest& a,
                    const shim::v1::StartRequest& b) {
  return std::equal(a.resource_limits().begin(), a.resource_limits().end(),
                    b.resource_limits().begin(), b.resource_limits().end(),
                    [](const shim::v1::ResourceLimit& one,
                       const shim::v1::ResourceLimit& other) {
                      return one.resource() == other.resource() &&
                             one.value() == other.value();
                    });
}

// A successor is started by its predecessor, with what that was started with.
absl::Status CheckSame(const shim::v1::StartRequest& old,
                       const shim::v1::StartRequest& fresh) {
  std::string changed;
  if (!AreSame(old.command(), fresh.command())) changed = "command";
  if (!HaveSameEnvironment(old, fresh)) changed = "environment";
  if (!HaveSameUser(old, fresh)) changed = "user";
  if (old.directory() != fresh.directory()) changed = "directory";
  if (old.umask() != fresh.umask()) changed = "umask";
  if (!HaveSameLimits(old, fresh)) changed = "resourceLimits";
  if (changed.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "spec.service.", changed,
      ": this revision changes it, and with handover signal a service keeps "
      "what it was started with: make this step with handover intercept or "
      "exclusive"));
}

}  // namespace

absl::Status NameMainProcess(const v1::HostInfo& host, const Start& start,
                             shim::v1::StartRequest* request) {
  const v1::SelfUpgrade& told = start.revision.service().upgrade();
  if (told.pid_file().empty()) return absl::OkStatus();
  absl::StatusOr<std::string> pid_file =
      Expand(told.pid_file(), ValuesOfStart(host, start));
  RETURN_IF_ERROR(
      WithContext(pid_file.status(), "spec.service.upgrade.pidFile"));
  request->mutable_upgrade()->set_pid_file(*std::move(pid_file));
  return absl::OkStatus();
}

absl::Status TurnIntoUpgrade(const Start& start,
                             const shim::v1::StartRequest& old,
                             shim::v1::StartRequest* fresh) {
  RETURN_IF_ERROR(CheckSame(old, *fresh));
  const v1::SelfUpgrade& told = start.revision.service().upgrade();
  fresh->set_handover(shim::v1::SIGNAL);
  shim::v1::Upgrade& upgrade = *fresh->mutable_upgrade();
  upgrade.set_predecessor(old.generation());
  ASSIGN_OR_RETURN(const int signal, SignalNumber(told.signal()));
  upgrade.set_signal(signal);
  if (!told.retire().empty()) {
    ASSIGN_OR_RETURN(const int retire, SignalNumber(told.retire()));
    ASSIGN_OR_RETURN(const int restore, SignalNumber(told.restore()));
    upgrade.set_retire_signal(retire);
    upgrade.set_restore_signal(restore);
  }
  return absl::OkStatus();
}

}  // namespace rollout::agent
