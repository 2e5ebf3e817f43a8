// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/status_tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/byte_size.h"
#include "base/proto_time.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

constexpr int kLabelWidth = 12;

std::string Line(std::string label, absl::string_view text) {
  label.resize(kLabelWidth, ' ');
  return absl::StrCat(label, Printable(text), "\n");
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

void AddGeneration(const v1::GenerationObservation& generation,
                   absl::string_view branch, Table& table) {
  table.Add(
      {Cell(absl::StrCat(branch, " #", generation.number()), Color::kFaint), "",
       "", generation.revision(), Share(generation.weight()),
       Cell::State(PhaseWord(generation.phase())),
       generation.has_startup() ? Took(FromProto(generation.startup())) : "-",
       generation.usage().has_memory_bytes()
           ? ByteSizeText(generation.usage().memory_bytes())
           : "-",
       generation.message()});
}

Table Hosts(const v1::PlanStatus& status) {
  Table table({"HOST", "STATE", "AGE", "REVISION", "WEIGHT", "PHASE", "STARTUP",
               "MEMORY", "REASON"});
  for (const v1::PlanHostStatus& host : status.hosts()) {
    table.Add({host.host(), Cell::State(host.state()),
               Age(FromProto(host.state_age())), "", "", "", "", "",
               ReasonText(host)});
    auto generations = Shown(host);
    for (const auto* generation : generations) {
      AddGeneration(*generation, generation == generations.back() ? "└─" : "├─",
                    table);
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
    absl::StrAppend(&text, Reason(rollout), Times(rollout, view.now),
                    Counts(rollout), Revisions(status));
  }
  text += Endpoints(status.plan().spec().service());
  for (const Table& table : {Conditions(rollout, view.now), Hosts(status),
                             Certificates(status, view.now)}) {
    if (!table.empty()) absl::StrAppend(&text, "\n", table.Render(view.color));
  }
  if (status.hosts().empty() && !status.has_removal()) {
    text += "\nno host matches the plan's selector\n";
  }
  return text;
}

}  // namespace rollout::render
