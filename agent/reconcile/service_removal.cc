// SPDX-License-Identifier: Apache-2.0
//
// How a Service ends for good. Every step is safe to do again, so an agent that
// restarts in between begins anew and comes to the same end:
//
//   Remove -> the word is on the disk -> drain, forget (decide/removal.h)
//     -> the shim ends -> the directory is cleared -> removed
//
// That no shim is there proves nothing by itself, it may have been lost with
// its service alive: it must have said that it has nothing any more.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/reconcile/service.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

// How long a shim that has answered may take to be gone.
constexpr absl::Duration kLookAgainAfter = absl::Milliseconds(200);

// What a later service of that name goes on with: its output, which people may
// want to read still, and its numbers.
bool OutlastsService(const std::string& name) {
  return absl::StartsWith(name, "output.log") || name == "last_generation";
}

absl::Status ClearDirectory(FileSystem& files, const std::string& directory) {
  absl::StatusOr<std::vector<std::string>> names = files.List(directory);
  if (absl::IsNotFound(names.status())) return absl::OkStatus();
  RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    if (OutlastsService(name)) continue;
    RETURN_IF_ERROR(files.RemoveAll(absl::StrCat(directory, "/", name)));
  }
  return absl::OkStatus();
}

}  // namespace

bool Service::Remove(int64_t removal) {
  orphaned_ = false;
  if (removal_ == removal) return false;
  LogInfo("service ", name_, ": is to be removed");
  removal_ = removal;
  removal_kept_ = ending_ = removed_ = gone_ = false;
  assigned_ = true;
  adopt_.reset();
  wanted_.Assign({});
  events_.on_changed();
  return true;
}

void Service::BeginRemoval() {
  // Assigned anew in between.
  if (removal_ == 0) return;
  removal_kept_ = true;
  if (!cleaning_) shim_.Open();
  AskForPass();
}

void Service::StopAskingForRemoval() {
  // What has begun is carried to its end.
  orphaned_ = true;
  if (removed_) Vanish();
}

void Service::EndShim() {
  // The pass that follows has an answer to these.
  if (!forgetting_.empty()) return;
  ending_ = true;
  shim_.Shutdown([this](const absl::Status& status) {
    // Its end is the answer, and may come first.
    if (status.ok() || absl::IsUnavailable(status)) return;
    LogWarning("service ", name_,
               ": its shim does not end: ", status.message());
    ending_ = false;
    AskForPass(kLookAgainAfter);
  });
}

void Service::LookWhetherEnded() {
  worker_.Post([this] {
    absl::StatusOr<std::vector<std::string>> living =
        around_.shims.FindServices();
    const bool lives = !living.ok() || std::find(living->begin(), living->end(),
                                                 name_) != living->end();
    loop_.Post([this, lives] { OnLooked(lives); });
  });
}

void Service::OnLooked(bool lives) {
  if (!ending_) return;
  if (!lives) return Clear();
  ending_ = false;
  loop_.PostAfter(kLookAgainAfter, [this] {
    if (!cleaning_) shim_.Open();
  });
}

void Service::Clear() {
  cleaning_ = true;
  disk_.Do(absl::StrCat("service ", name_, ": not all of its files removed"),
           [directory = directory_](FileSystem& files) {
             return ClearDirectory(files, directory);
           });
  disk_.Then([this] { loop_.Post([this] { OnCleared(); }); });
}

void Service::OnCleared() {
  cleaning_ = ending_ = false;
  // Wanted again in between.
  if (removal_ == 0) return shim_.Open();
  LogInfo("service ", name_, ": removed");
  removed_ = known_ = true;
  templates_.clear();
  if (orphaned_) Vanish();
  events_.on_generation_ended();
  events_.on_state();
  events_.on_changed();
}

void Service::Vanish() {
  removal_ = 0;
  assigned_ = removed_ = false;
  gone_ = true;
  events_.on_changed();
}

}  // namespace rollout::agent
