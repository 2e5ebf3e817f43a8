// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/path_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "agent/shim/asker.h"
#include "base/status_macros.h"

// Linux 6.6, all architectures; older headers lack it.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

namespace rollout::shim {
namespace {

using Kind = PathChange::Kind;

// Where a call has its arguments; -1: it has none such.
struct CallForm {
  int number;
  Kind kind;
  int directory;
  int path;
  // Mode or user; the group is the next one.
  int value = -1;
  // A rename's second name.
  int other_directory = -1;
  int other_path = -1;
};

constexpr CallForm kForms[] = {
#ifdef SYS_unlink  // newer architectures have only the calls with "at"
    {SYS_unlink, Kind::kUnlink, -1, 0},
    {SYS_rename, Kind::kReplace, -1, 0, -1, -1, 1},
    {SYS_chmod, Kind::kMode, -1, 0, 1},
    {SYS_chown, Kind::kOwner, -1, 0, 1},
    {SYS_lchown, Kind::kOwner, -1, 0, 1},
#endif
#ifdef SYS_renameat
    {SYS_renameat, Kind::kReplace, 0, 1, -1, 2, 3},
#endif
    {SYS_unlinkat, Kind::kUnlink, 0, 1},
    {SYS_renameat2, Kind::kReplace, 0, 1, -1, 2, 3},
    {SYS_fchmodat, Kind::kMode, 0, 1, 2},
    {SYS_fchmodat2, Kind::kMode, 0, 1, 2},
    {SYS_fchownat, Kind::kOwner, 0, 1, 2},
};

const CallForm* FormOf(int number) {
  for (const CallForm& form : kForms) {
    if (form.number == number) return &form;
  }
  return nullptr;
}

bool IsForDirectory(const seccomp_notif& call) {
  return call.data.nr == SYS_unlinkat &&
         (call.data.args[2] & AT_REMOVEDIR) != 0;
}

absl::StatusOr<FilePlace> ReadPlace(const seccomp_notif& call, int directory,
                                    int path, const InterceptOwner& owner) {
  const Asker asker(call.pid);
  ASSIGN_OR_RETURN(std::string text, asker.ReadPath(call.data.args[path]));
  // Most calls end here.
  if (!owner.HasPath(text.substr(text.rfind('/') + 1))) {
    return absl::NotFoundError("not an endpoint");
  }
  return asker.Find(
      directory < 0 ? AT_FDCWD : static_cast<int>(call.data.args[directory]),
      text);
}

}  // namespace

std::vector<int> PathCalls() {
  std::vector<int> numbers;
  for (const CallForm& form : kForms) numbers.push_back(form.number);
  return numbers;
}

absl::StatusOr<PathChange> ReadPathCall(const seccomp_notif& call,
                                        const InterceptOwner& owner) {
  const CallForm* form = FormOf(call.data.nr);
  if (form == nullptr || IsForDirectory(call)) {
    return absl::NotFoundError("not a file's");
  }
  PathChange change;
  change.kind = form->kind;
  auto place = ReadPlace(call, form->directory, form->path, owner);
  if (place.ok()) change.places.push_back(*std::move(place));
  if (form->other_path >= 0) {
    auto other =
        ReadPlace(call, form->other_directory, form->other_path, owner);
    if (other.ok()) change.places.push_back(*std::move(other));
  }
  if (change.places.empty()) return absl::NotFoundError("not an endpoint");
  ASSIGN_OR_RETURN(change.user, Asker(call.pid).ReadUser());
  if (form->value >= 0) {
    change.mode = static_cast<mode_t>(call.data.args[form->value]);
    change.uid = static_cast<uid_t>(call.data.args[form->value]);
  }
  if (form->kind == Kind::kOwner) {
    change.gid = static_cast<gid_t>(call.data.args[form->value + 1]);
  }
  return change;
}

}  // namespace rollout::shim
