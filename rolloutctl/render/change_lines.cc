// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/change_lines.h"

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

// "web-2: Starting, 77aa01bb2c 100%".
std::string StateOf(const v1::PlanHostStatus& host) {
  std::string text = absl::StrCat(host.host(), ": ", host.state());
  for (const v1::GenerationObservation& generation : host.generations()) {
    if (generation.phase() == v1::EXITED) continue;
    absl::StrAppend(&text, ", ", generation.revision(), " ",
                    Share(generation.weight()));
  }
  return text;
}

bool IsPending(const v1::PlanHostStatus& host) {
  return host.state() == "Pending";
}

std::string HostLine(const v1::PlanHostStatus& host) {
  std::string line = StateOf(host);
  const std::string reason = IsPending(host) ? host.rule() : ReasonText(host);
  if (!reason.empty()) absl::StrAppend(&line, " (", reason, ")");
  return Printable(line);
}

// ", 1 of 3 hosts updated".
std::string Progress(const v1::Rollout& rollout) {
  // The controller has not counted yet.
  if (rollout.hosts().desired() == 0) return "";
  return absl::StrCat(", ", rollout.hosts().updated(), " of ",
                      rollout.hosts().desired(), " hosts ",
                      ArrivedWord(rollout.phase()));
}

// The text with the times in its reason, which count on without a change, made
// alike: "(served 4s of 10s)" becomes "(served #s of #s)".
std::string WithoutTimes(absl::string_view line) {
  std::string alike;
  bool in_reason = false;
  for (char c : line) {
    in_reason = in_reason || c == '(';
    if (in_reason && absl::ascii_isdigit(c)) c = '#';
    if (c == '#' && absl::EndsWith(alike, "#")) continue;
    alike += c;
  }
  return alike;
}

// What is news of a host when it changes. What keeps it from its turn is not:
// with each host that is there it is another thing for ten thousand.
std::string NewsOf(const v1::PlanHostStatus& host) {
  return IsPending(host) ? StateOf(host) : WithoutTimes(HostLine(host));
}

}  // namespace

std::string RolloutLine(const v1::PlanStatus& status) {
  const v1::Rollout& rollout = status.rollout();
  if (status.has_removal()) {
    return Printable(
        absl::StrCat(status.plan().name(), " ", RemovalText(status.removal())));
  }
  if (rollout.number() == 0) {
    return Printable(absl::StrCat(status.plan().name(), ": no rollout yet"));
  }
  std::string line =
      absl::StrCat(status.plan().name(), ": rollout ", rollout.number(), " is ",
                   PhaseWord(rollout.phase()),
                   rollout.paused() ? ", paused" : "", Progress(rollout));
  std::string reason = ReasonText(rollout);
  if (!reason.empty()) absl::StrAppend(&line, " (", reason, ")");
  return Printable(line);
}

std::vector<std::string> ChangeLines(const v1::PlanStatus& before,
                                     const v1::PlanStatus& after) {
  std::vector<std::string> lines;
  std::string rollout = RolloutLine(after);
  if (WithoutTimes(RolloutLine(before)) != WithoutTimes(rollout)) {
    lines.push_back(rollout);
  }
  std::map<std::string, std::string> known;
  for (const v1::PlanHostStatus& host : before.hosts()) {
    known[host.host()] = NewsOf(host);
  }
  for (const v1::PlanHostStatus& host : after.hosts()) {
    if (known[host.host()] != NewsOf(host)) lines.push_back(HostLine(host));
    known.erase(host.host());
  }
  for (const auto& [host, news] : known) {
    lines.push_back(Printable(absl::StrCat(
        host, after.has_removal() ? ": is done" : ": left the plan")));
  }
  return lines;
}

}  // namespace rollout::render
