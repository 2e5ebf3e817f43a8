// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/change_lines.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

std::string HostLine(const v1::PlanHostStatus& host) {
  std::string line = absl::StrCat(host.host(), ": ", host.state());
  for (const v1::GenerationObservation& generation : host.generations()) {
    if (generation.phase() == v1::EXITED) continue;
    absl::StrAppend(&line, ", ", generation.revision(), " ",
                    Share(generation.weight()));
  }
  if (!host.reason().empty()) absl::StrAppend(&line, " (", host.reason(), ")");
  return Printable(line);
}

}  // namespace

std::string RolloutLine(const v1::PlanStatus& status) {
  const v1::Rollout& rollout = status.rollout();
  if (rollout.number() == 0) {
    return Printable(absl::StrCat(status.plan().name(), ": no rollout yet"));
  }
  std::string line = absl::StrCat(
      status.plan().name(), ": rollout ", rollout.number(), " is ",
      PhaseWord(rollout.phase()), rollout.paused() ? ", paused" : "", ", ",
      rollout.hosts().updated(), " of ", rollout.hosts().desired(),
      " hosts updated");
  if (!rollout.reason().empty()) {
    absl::StrAppend(&line, " (", rollout.reason(),
                    rollout.message().empty() ? "" : ": ", rollout.message(),
                    ")");
  }
  return Printable(line);
}

std::vector<std::string> ChangeLines(const v1::PlanStatus& before,
                                     const v1::PlanStatus& after) {
  std::vector<std::string> lines;
  std::string rollout = RolloutLine(after);
  if (rollout != RolloutLine(before)) lines.push_back(rollout);
  std::map<std::string, std::string> known;
  for (const v1::PlanHostStatus& host : before.hosts()) {
    known[host.host()] = HostLine(host);
  }
  for (const v1::PlanHostStatus& host : after.hosts()) {
    std::string line = HostLine(host);
    if (line != known[host.host()]) lines.push_back(line);
    known.erase(host.host());
  }
  for (const auto& [host, line] : known) {
    lines.push_back(Printable(absl::StrCat(host, ": left the plan")));
  }
  return lines;
}

}  // namespace rollout::render
