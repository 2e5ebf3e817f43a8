// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/lists.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "rolloutctl/render/sources.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

std::string Or(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : text;
}

std::string AgeOf(const google::protobuf::Timestamp& time, absl::Time now) {
  return Age(now - FromProto(time));
}

std::string NumberOr(int64_t number) {
  return number == 0 ? "-" : absl::StrCat(number);
}

// Its length; as yet, for a rollout that is under way.
std::string Length(const v1::Rollout& rollout) {
  if (!rollout.has_finished()) return "-";
  return Took(FromProto(rollout.finished()) - FromProto(rollout.created()));
}

std::string Phase(const v1::Rollout& rollout) {
  if (rollout.number() == 0) return "-";
  return rollout.paused() ? "Paused" : PhaseWord(rollout.phase());
}

std::string Phase(const v1::PlanStatus& plan) {
  return plan.has_removal() ? "Removing" : Phase(plan.rollout());
}

std::string EndpointsOf(const v1::ServiceTemplate& service) {
  return Or(absl::StrJoin(service.endpoints(), ", ",
                          [](std::string* out, const v1::Endpoint& each) {
                            absl::StrAppend(out, each.name(), " ",
                                            each.address());
                          }),
            "-");
}

Table Plans(const v1::ListResponse& list, absl::Time now) {
  Table table({"NAME", "PHASE", "ROLLOUT", "REVISION", "STABLE", "UPDATED",
               "AVAILABLE", "AGE", "ENDPOINTS"});
  for (const v1::PlanStatus& status : list.plans()) {
    const v1::Rollout& rollout = status.rollout();
    const v1::HostCounts& hosts = rollout.hosts();
    table.Add({status.plan().name(), Cell::State(Phase(status)),
               NumberOr(rollout.number()), Or(rollout.revision(), "-"),
               Or(status.stable_revision(), "-"),
               absl::StrCat(hosts.updated(), "/", hosts.desired()),
               absl::StrCat(hosts.available(), "/", hosts.desired()),
               AgeOf(status.plan().created(), now),
               EndpointsOf(status.plan().spec().service())});
  }
  return table;
}

Table Rollouts(const v1::ListResponse& list, absl::Time now) {
  Table table({"PLAN", "NUMBER", "PHASE", "REVISION", "FROM", "UPDATED", "AGE",
               "TOOK", "REASON"});
  for (const v1::Rollout& rollout : list.rollouts()) {
    table.Add({rollout.plan(), absl::StrCat(rollout.number()),
               Cell::State(Phase(rollout)), rollout.revision(),
               Or(rollout.stable_revision(), "-"),
               absl::StrCat(rollout.hosts().updated(), "/",
                            rollout.hosts().desired()),
               AgeOf(rollout.created(), now), Length(rollout),
               ReasonText(rollout)});
  }
  return table;
}

std::string Labels(
    const google::protobuf::Map<std::string, std::string>& labels) {
  // A protobuf map has no order.
  const std::map<std::string, std::string> sorted(labels.begin(), labels.end());
  return Or(absl::StrJoin(sorted, ",", absl::PairFormatter("=")), "-");
}

// "by ann: its disk dies"
std::string WhoAndWhy(const v1::Cause& cause) {
  return absl::StrCat("by ", cause.user(), cause.message().empty() ? "" : ": ",
                      cause.message());
}

Table Hosts(const v1::ListResponse& list, absl::Time now) {
  Table table({"NAME", "ADDRESS", "CONNECTED", "SEEN", "SERVICES", "LABELS",
               "KERNEL", "AGENT", "AGE", "CORDONED", "LIMITATIONS"});
  for (const v1::Host& host : list.hosts()) {
    const v1::HostInfo& info = host.info();
    table.Add({info.name(), info.address(),
               Cell::State(host.connected() ? "yes" : "no"),
               Age(FromProto(host.silent_for())),
               absl::StrCat(host.services_size()), Labels(info.labels()),
               Or(info.kernel_release(), "-"), Or(info.agent_version(), "-"),
               AgeOf(host.joined(), now),
               host.has_cordon() ? WhoAndWhy(host.cordon().cause()) : "-",
               Or(absl::StrJoin(info.limitations(), "; "), "-")});
  }
  return table;
}

Table Revisions(const v1::ListResponse& list, absl::Time now) {
  Table table({"PLAN", "NUMBER", "ID", "AGE", "ARTIFACT", "SHA256"});
  for (const v1::Revision& revision : list.revisions()) {
    const v1::Artifact& artifact = revision.service().artifact();
    table.Add({revision.plan(), absl::StrCat(revision.number()), revision.id(),
               AgeOf(revision.created(), now), artifact.url(),
               artifact.sha256().substr(0, 12)});
  }
  return table;
}

std::string TookOr(bool present, const google::protobuf::Duration& time) {
  return present ? Took(FromProto(time)) : "-";
}

// The end of the old generation: the wait for its connections and its exit.
std::string Drain(const v1::SwapTimings& timings) {
  if (!timings.has_exit()) return "-";
  return Took(FromProto(timings.wait()) + FromProto(timings.exit()));
}

Table Swaps(const v1::ListResponse& list, absl::Time now) {
  Table table({"ID", "HOST", "ROLLOUT", "FROM", "TO", "OUTCOME", "STARTUP",
               "SWITCHOVER", "DRAIN", "CUT", "AGE", "REASON"});
  for (const v1::SwapReport& swap : list.swaps()) {
    const v1::SwapTimings& timings = swap.timings();
    table.Add({swap.id(), swap.host(), NumberOr(swap.rollout()),
               Or(swap.old_revision(), "-"), swap.new_revision(),
               Cell::State(OutcomeWord(swap.outcome())),
               TookOr(timings.has_startup(), timings.startup()),
               TookOr(timings.has_switchover(), timings.switchover()),
               Drain(timings), absl::StrCat(swap.connections_cut()),
               AgeOf(swap.began(), now), swap.reason()});
  }
  return table;
}

Table Events(const v1::ListResponse& list, absl::Time now) {
  Table table({"AGE", "PLAN", "ROLLOUT", "HOST", "REASON", "USER", "MESSAGE"});
  for (const v1::Event& event : list.events()) {
    const bool warns = event.severity() == v1::Event::WARNING;
    table.Add({AgeOf(event.time(), now), Or(event.plan(), "-"),
               NumberOr(event.rollout()), Or(event.host(), "-"),
               Cell(event.reason(), warns ? Color::kBad : Color::kNone),
               Or(event.user(), "-"), event.message()});
  }
  return table;
}

Table Freezes(const v1::ListResponse& list, absl::Time now) {
  Table table({"HOSTS", "AGE", "USER", "MESSAGE"});
  for (const v1::Freeze& freeze : list.freezes()) {
    const auto& labels = freeze.hosts().match_labels();
    table.Add({labels.empty() ? "all" : Labels(labels),
               AgeOf(freeze.since(), now), freeze.cause().user(),
               Or(freeze.cause().message(), "-")});
  }
  return table;
}

}  // namespace

Table ListTable(v1::Kind kind, const v1::ListResponse& list, absl::Time now) {
  switch (kind) {
    case v1::PLANS:
      return Plans(list, now);
    case v1::ROLLOUTS:
      return Rollouts(list, now);
    case v1::HOSTS:
      return Hosts(list, now);
    case v1::REVISIONS:
      return Revisions(list, now);
    case v1::SWAPS:
      return Swaps(list, now);
    case v1::EVENTS:
      return Events(list, now);
    case v1::FREEZES:
      return Freezes(list, now);
    case v1::SOURCES:
      return SourcesTable(list, now);
    default:
      return Table({});
  }
}

Table AppliedTable(const v1::ApplyResponse& applied) {
  Table table({"PLAN", "CHANGE", "REVISION", "ROLLOUT"});
  for (const v1::AppliedPlan& plan : applied.plans()) {
    table.Add({plan.name(), Cell::State(ChangeWord(plan.change())),
               plan.revision(), NumberOr(plan.rollout())});
  }
  return table;
}

Table HistoryTable(const v1::ListResponse& rollouts,
                   const v1::ListResponse& revisions) {
  std::map<std::string, int64_t> numbers;
  for (const v1::Revision& revision : revisions.revisions()) {
    numbers[revision.id()] = revision.number();
  }
  Table table({"ROLLOUT", "REVISION", "ID", "PHASE", "STARTED", "TOOK", "USER",
               "MESSAGE", "REASON"});
  for (const v1::Rollout& rollout : rollouts.rollouts()) {
    table.Add(
        {absl::StrCat(rollout.number()), NumberOr(numbers[rollout.revision()]),
         rollout.revision(), Cell::State(Phase(rollout)),
         absl::FormatTime("%Y-%m-%d %H:%M:%SZ", FromProto(rollout.created()),
                          absl::UTCTimeZone()),
         Length(rollout), Or(rollout.cause().user(), "-"),
         Or(rollout.cause().message(), "-"), ReasonText(rollout)});
  }
  return table;
}

}  // namespace rollout::render
