// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation_groups.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/shim/control_group.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

// Of a file in the group, not of one elsewhere.
bool IsFileName(const std::string& name) {
  return !name.empty() && !absl::StrContains(name, '/') &&
         name.find('\0') == std::string::npos;
}

// The group that `path` names, made if it is not the one that holds the
// processes.
absl::StatusOr<const ControlGroup*> GroupAt(const std::string& path,
                                            Generation& generation) {
  if (path == generation.request.control_group()) {
    if (generation.group != nullptr) return generation.group.get();
    return absl::FailedPreconditionError(
        absl::StrCat("there is no control group ", path, " to limit"));
  }
  // Fails where it is there; what else is wrong with it shows below it.
  mkdir(path.substr(0, path.rfind('/')).c_str(), 0755);
  ASSIGN_OR_RETURN(std::unique_ptr<ControlGroup> made,
                   ControlGroup::Create(path));
  generation.limiting_groups.push_back(std::move(made));
  return generation.limiting_groups.back().get();
}

void AddFigure(const std::string& file, const ControlGroup& group,
               std::vector<v1::GroupFigure>* figures) {
  std::optional<std::string> content = group.Read(file);
  if (!content.has_value()) return;
  figures->emplace_back();
  figures->back().set_file(file);
  figures->back().set_content(*std::move(content));
}

}  // namespace

absl::Status CheckGroupFields(const v1::StartRequest& request) {
  for (const v1::GroupLimits& limits : request.group_limits()) {
    if (!absl::StartsWith(limits.path(), "/") ||
        limits.path().find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          "group_limits: path must be an absolute path");
    }
    for (const v1::GroupSetting& setting : limits.settings()) {
      if (IsFileName(setting.file())) continue;
      return absl::InvalidArgumentError(
          "group_limits: file must be the name of a file in the group");
    }
  }
  if (std::all_of(request.group_figures().begin(),
                  request.group_figures().end(), IsFileName)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "group_figures: must be names of files in the group");
}

absl::Status MakeGroups(Generation& generation) {
  const v1::StartRequest& request = generation.request;
  if (!request.control_group().empty()) {
    auto group = ControlGroup::Create(request.control_group());
    if (group.ok()) {
      generation.group = *std::move(group);
    } else {
      LogWarning("generation ", generation.number(),
                 ": no control group: ", group.status().message());
    }
  }
  for (const v1::GroupLimits& limits : request.group_limits()) {
    ASSIGN_OR_RETURN(const ControlGroup* group,
                     GroupAt(limits.path(), generation));
    for (const v1::GroupSetting& setting : limits.settings()) {
      RETURN_IF_ERROR(group->Set(setting.file(), setting.value()));
    }
  }
  return absl::OkStatus();
}

bool MustBeInGroup(const Generation& generation) {
  const v1::StartRequest& request = generation.request;
  return std::any_of(request.group_limits().begin(),
                     request.group_limits().end(),
                     [&request](const v1::GroupLimits& limits) {
                       return limits.path() == request.control_group();
                     });
}

void ReadFigures(Generation& generation) {
  std::vector<v1::GroupFigure> figures;
  for (const std::string& file : generation.request.group_figures()) {
    if (generation.group != nullptr) {
      AddFigure(file, *generation.group, &figures);
    }
    for (const auto& group : generation.limiting_groups) {
      AddFigure(file, *group, &figures);
    }
  }
  if (!figures.empty()) generation.figures = std::move(figures);
}

void RemoveGroups(Generation& generation) {
  if (generation.group != nullptr && generation.group->Remove().ok()) {
    generation.group.reset();
  }
  auto& limiting = generation.limiting_groups;
  limiting.erase(std::remove_if(limiting.begin(), limiting.end(),
                                [](const std::unique_ptr<ControlGroup>& group) {
                                  return group->Remove().ok();
                                }),
                 limiting.end());
}

}  // namespace rollout::shim
