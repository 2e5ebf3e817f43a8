// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/status_tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/byte_size.h"
#include "base/proto_time.h"
#include "rolloutctl/render/progress_bar.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/render/wrap.h"

namespace rollout::render {
namespace {

constexpr int kLabelWidth = 12;
constexpr int kManyColumns = 120;
constexpr int kShortBar = 20;
constexpr int kLongBar = 40;

std::string Line(std::string label, absl::string_view text) {
  label.resize(kLabelWidth, ' ');
  return absl::StrCat(label, Printable(text), "\n");
}

// Lines made by Line, broken into further ones.
std::string Fitted(const std::string& lines, int columns) {
  if (columns <= kLabelWidth) return lines;
  const std::string next_line =
      absl::StrCat("\n", std::string(kLabelWidth, ' '));
  std::string fitted;
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    if (line.empty()) continue;
    absl::StrAppend(
        &fitted, line.substr(0, kLabelWidth),
        absl::StrJoin(Wrap(line.substr(kLabelWidth), columns - kLabelWidth),
                      next_line),
        "\n");
  }
  return fitted;
}

std::string Headline(const v1::PlanStatus& status, bool color) {
  const v1::Rollout& rollout = status.rollout();
  std::string plan = Printable(status.plan().name());
  if (status.has_removal()) {
    return absl::StrCat(plan, " ", Printable(RemovalText(status.removal())),
                        "\n");
  }
  if (rollout.number() == 0) return absl::StrCat(plan, ": no rollout yet\n");
  std::string phase = PhaseWord(rollout.phase());
  return absl::StrCat(plan, ": rollout ", rollout.number(), " is ",
                      color ? Colored(phase, ColorOf(phase)) : phase,
                      rollout.paused() ? ", paused" : "", "\n");
}

std::string Reason(const v1::Rollout& rollout) {
  std::string text = ReasonText(rollout);
  return text.empty() ? "" : Line("reason", text);
}

std::string Times(const v1::Rollout& rollout, absl::Time now) {
  const v1::Cause& cause = rollout.cause();
  std::string text =
      absl::StrCat(Age(now - FromProto(rollout.created())), " ago");
  if (!cause.user().empty()) absl::StrAppend(&text, " by ", cause.user());
  if (!cause.message().empty()) absl::StrAppend(&text, ": ", cause.message());
  text = Line("started", text);
  if (rollout.has_finished()) {
    absl::Time finished = FromProto(rollout.finished());
    text += Line("finished",
                 absl::StrCat(Age(now - finished), " ago, after ",
                              Took(finished - FromProto(rollout.created()))));
  }
  return text;
}

// While there is any.
std::string Progress(const v1::PlanStatus& status, const StatusView& view) {
  const v1::Rollout& rollout = status.rollout();
  const bool forth = rollout.phase() == v1::PROGRESSING;
  if (!forth && rollout.phase() != v1::ROLLING_BACK) return "";
  const v1::HostCounts& hosts = rollout.hosts();
  std::string text =
      absl::StrCat("  ", hosts.updated(), " of ", hosts.desired(), " hosts");
  const uint32_t steps = status.plan().spec().strategy().steps_size();
  if (forth && rollout.steps_done() < steps) {
    absl::StrAppend(&text, ", step ", rollout.steps_done() + 1, " of ", steps);
  }
  // What is said comes before what is drawn.
  int cells = view.columns >= kManyColumns ? kLongBar : kShortBar;
  if (view.columns > 0) {
    const int room = view.columns - kLabelWidth - Columns(text);
    cells = std::min(cells, std::max(room, 0));
  }
  std::string label = "progress";
  label.resize(kLabelWidth, ' ');
  return absl::StrCat(label, ProgressBar(hosts, cells, view.color), text, "\n");
}

std::string Counts(const v1::Rollout& rollout) {
  const v1::HostCounts& hosts = rollout.hosts();
  std::string text = absl::StrCat(
      hosts.desired(), " desired, ", hosts.updated(), " ",
      ArrivedWord(rollout.phase()), ", ", hosts.available(), " available, ",
      hosts.unavailable(), " unavailable, ", hosts.in_change(), " in change");
  if (hosts.overlapping() > 0) {
    absl::StrAppend(&text, ", ", hosts.overlapping(), " overlapping");
  }
  return Line("hosts", text);
}

// Share of all hosts' new connections by revision, in thousandths.
std::map<std::string, double> Shares(const v1::PlanStatus& status) {
  std::map<std::string, double> weights;
  double total = 0;
  for (const v1::PlanHostStatus& host : status.hosts()) {
    for (const v1::GenerationObservation& generation : host.generations()) {
      weights[generation.revision()] += generation.weight();
      total += generation.weight();
    }
  }
  for (auto& [revision, weight] : weights) {
    weight = total == 0 ? 0 : weight * 1000 / total;
  }
  return weights;
}

std::string Role(const v1::PlanStatus& status, const std::string& revision) {
  bool wanted = revision == status.rollout().revision();
  bool stable = revision == status.stable_revision();
  if (wanted && stable) return "wanted, stable";
  return wanted ? "wanted" : stable ? "stable" : "old";
}

std::string Revisions(const v1::PlanStatus& status) {
  std::map<std::string, double> shares = Shares(status);
  std::vector<std::string> order = {status.rollout().revision(),
                                    status.stable_revision()};
  for (const auto& [revision, share] : shares) order.push_back(revision);
  std::set<std::string> shown = {""};
  std::string text;
  for (const std::string& revision : order) {
    if (!shown.insert(revision).second) continue;
    text += Line(text.empty() ? "revisions" : "",
                 absl::StrCat(revision, "  ", Share(shares[revision]), "  ",
                              Role(status, revision)));
  }
  return text;
}

// A line for each, as the plan has it.
std::string Endpoints(const v1::ServiceTemplate& service) {
  std::string text;
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    text += Line(text.empty() ? "endpoints" : "",
                 absl::StrCat(endpoint.name(), "  ", endpoint.address()));
  }
  return text;
}

Table Conditions(const v1::Rollout& rollout, absl::Time now) {
  Table table({"CONDITION", "STATUS", "AGE", "REASON", "MESSAGE"});
  for (const v1::Condition& condition : rollout.conditions()) {
    table.Add({condition.type(), condition.status() ? "True" : "False",
               Age(now - FromProto(condition.changed())), condition.reason(),
               condition.message()});
  }
  return table;
}

// The living and the failed, the newest first. The exited say nothing more.
std::vector<const v1::GenerationObservation*> Shown(
    const v1::PlanHostStatus& host) {
  std::vector<const v1::GenerationObservation*> shown;
  for (const v1::GenerationObservation& generation : host.generations()) {
    if (generation.phase() != v1::EXITED) shown.push_back(&generation);
  }
  std::sort(shown.begin(), shown.end(), [](const auto* a, const auto* b) {
    return a->number() > b->number();
  });
  return shown;
}

// `reason`: what is said of its host already.
void AddGeneration(const v1::GenerationObservation& generation,
                   absl::string_view branch, absl::string_view reason,
                   Table& table) {
  table.Add(
      {Cell(absl::StrCat(branch, " #", generation.number()), Color::kFaint), "",
       "", generation.revision(), Share(generation.weight()),
       Cell::State(PhaseWord(generation.phase())),
       generation.has_startup() ? Took(FromProto(generation.startup())) : "-",
       generation.usage().has_memory_bytes()
           ? ByteSizeText(generation.usage().memory_bytes())
           : "-",
       absl::StrContains(reason, generation.message()) ? ""
                                                       : generation.message()});
}

// How soon somebody wants to see a host that is in this state; 0: at once.
int Rank(const v1::PlanHostStatus& host) {
  switch (ColorOf(host.state())) {
    case Color::kBad:
      return 0;
    case Color::kBusy:
    case Color::kNone:
      return 1;
    case Color::kFaint:
      return 2;
    case Color::kGood:
      // Any other good state is one on the way there.
      return host.state() == "Updated" ? 3 : 1;
  }
  return 3;
}

// By name, as they came; or those first that want to be looked at.
std::vector<const v1::PlanHostStatus*> InOrder(const v1::PlanStatus& status,
                                               bool by_rank) {
  std::vector<const v1::PlanHostStatus*> hosts;
  for (const v1::PlanHostStatus& host : status.hosts()) hosts.push_back(&host);
  if (!by_rank) return hosts;
  std::stable_sort(
      hosts.begin(), hosts.end(),
      [](const auto* a, const auto* b) { return Rank(*a) < Rank(*b); });
  return hosts;
}

Table Hosts(const v1::PlanStatus& status, bool by_rank) {
  Table table({"HOST", "STATE", "AGE", "REVISION", "WEIGHT", "PHASE", "STARTUP",
               "MEMORY", "REASON"});
  for (const v1::PlanHostStatus* host : InOrder(status, by_rank)) {
    const std::string reason = ReasonText(*host);
    table.Add({host->host(), Cell::State(host->state()),
               Age(FromProto(host->state_age())), "", "", "", "", "", reason});
    auto generations = Shown(*host);
    for (const auto* generation : generations) {
      AddGeneration(*generation, generation == generations.back() ? "└─" : "├─",
                    reason, table);
    }
  }
  return table;
}

std::string Standing(const v1::CertificateObservation& certificate) {
  if (!certificate.problem().empty()) return certificate.problem();
  return certificate.warning();
}

Table Certificates(const v1::PlanStatus& status, absl::Time now) {
  Table table({"CERTIFICATE", "HOST", "SERIAL", "EXPIRES", "PROBLEM"});
  for (const v1::PlanHostStatus& host : status.hosts()) {
    for (const v1::CertificateObservation& each : host.certificates()) {
      table.Add({each.name(), host.host(),
                 each.serial().empty() ? "-" : each.serial(),
                 each.has_expires()
                     ? absl::StrCat("in ", Age(FromProto(each.expires()) - now))
                     : "-",
                 Standing(each)});
    }
  }
  return table;
}

}  // namespace

std::string StatusTree(const v1::PlanStatus& status, const StatusView& view) {
  const v1::Rollout& rollout = status.rollout();
  std::string text = Headline(status, view.color);
  if (rollout.number() != 0) {
    absl::StrAppend(&text, Fitted(Reason(rollout), view.columns),
                    Fitted(Times(rollout, view.now), view.columns),
                    Progress(status, view),
                    Fitted(Counts(rollout), view.columns),
                    Fitted(Revisions(status), view.columns));
  }
  std::vector<Table> tables = {Hosts(status, view.brief),
                               Certificates(status, view.now)};
  if (!view.brief) {
    text += Fitted(Endpoints(status.plan().spec().service()), view.columns);
    tables.insert(tables.begin(), Conditions(rollout, view.now));
  }
  for (Table& table : tables) {
    if (table.empty()) continue;
    if (view.columns > 0) table.Fit(view.columns, {"MEMORY", "STARTUP"});
    absl::StrAppend(&text, "\n", table.Render(view.color));
  }
  if (status.hosts().empty() && !status.has_removal()) {
    text += "\nno host matches the plan's selector\n";
  }
  return text;
}

}  // namespace rollout::render
