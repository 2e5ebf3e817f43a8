// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/lists.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "rolloutctl/render/names.h"
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

std::string Updated(const v1::HostCounts& hosts) {
  return absl::StrCat(hosts.updated(), "/", hosts.desired());
}

std::string EndpointsOf(const v1::ServiceTemplate& service) {
  return Or(absl::StrJoin(service.endpoints(), ", ",
                          [](std::string* out, const v1::Endpoint& each) {
                            absl::StrAppend(out, each.name(), " ",
                                            each.address());
                          }),
            "-");
}

std::string Labels(
    const google::protobuf::Map<std::string, std::string>& labels) {
  return Or(LabelText(labels), "-");
}

// A row of the table; wide, it goes on with the columns that few ask for.
template <typename T>
std::vector<T> InWidth(Width width, std::vector<T> row, std::vector<T> more) {
  if (width == Width::kWide) row.insert(row.end(), more.begin(), more.end());
  return row;
}

std::vector<std::string> Header(Width width, std::vector<std::string> narrow,
                                std::vector<std::string> more) {
  return InWidth(width, std::move(narrow), std::move(more));
}

std::vector<Cell> Row(Width width, std::vector<Cell> narrow,
                      std::vector<Cell> more) {
  return InWidth(width, std::move(narrow), std::move(more));
}

Table Plans(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(width,
                     {"NAME", "PHASE", "ROLLOUT", "REVISION", "STABLE",
                      "UPDATED", "AVAILABLE", "AGE"},
                     {"HOSTS", "ENDPOINTS"}));
  for (const v1::PlanStatus& status : list.plans()) {
    const v1::Rollout& rollout = status.rollout();
    const v1::HostCounts& hosts = rollout.hosts();
    const v1::PlanSpec& spec = status.plan().spec();
    table.Add(Row(
        width,
        {status.plan().name(), Cell::State(Phase(status)),
         NumberOr(rollout.number()), Or(rollout.revision(), "-"),
         Or(status.stable_revision(), "-"), Updated(hosts),
         absl::StrCat(hosts.available(), "/", hosts.desired()),
         AgeOf(status.plan().created(), now)},
        {Labels(spec.hosts().match_labels()), EndpointsOf(spec.service())}));
  }
  return table;
}

Table Rollouts(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(width,
                     {"PLAN", "NUMBER", "PHASE", "REVISION", "FROM", "UPDATED",
                      "AGE", "TOOK", "REASON"},
                     {"USER", "MESSAGE"}));
  for (const v1::Rollout& rollout : list.rollouts()) {
    table.Add(Row(
        width,
        {rollout.plan(), absl::StrCat(rollout.number()),
         Cell::State(Phase(rollout)), rollout.revision(),
         Or(rollout.stable_revision(), "-"), Updated(rollout.hosts()),
         AgeOf(rollout.created(), now), Length(rollout),
         Or(ReasonText(rollout), "-")},
        {Or(rollout.cause().user(), "-"), Or(rollout.cause().message(), "-")}));
  }
  return table;
}

// "by ann: its disk dies"
std::string WhoAndWhy(const v1::Cause& cause) {
  return absl::StrCat("by ", cause.user(), cause.message().empty() ? "" : ": ",
                      cause.message());
}

Table Hosts(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(width,
                     {"NAME", "ADDRESS", "CONNECTED", "SEEN", "SERVICES",
                      "LABELS", "AGE", "CORDONED", "LIMITATIONS"},
                     {"KERNEL", "AGENT"}));
  for (const v1::Host& host : list.hosts()) {
    const v1::HostInfo& info = host.info();
    table.Add(Row(
        width,
        {info.name(), info.address(),
         Cell::State(host.connected() ? "yes" : "no"),
         Age(FromProto(host.silent_for())), absl::StrCat(host.services_size()),
         Labels(info.labels()), AgeOf(host.joined(), now),
         host.has_cordon() ? WhoAndWhy(host.cordon().cause()) : "-",
         Or(absl::StrJoin(info.limitations(), "; "), "-")},
        {Or(info.kernel_release(), "-"), Or(info.agent_version(), "-")}));
  }
  return table;
}

Table Revisions(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(width,
                     {"PLAN", "NUMBER", "ID", "AGE", "ARTIFACT", "SHA256"},
                     {"COMMAND", "ENDPOINTS"}));
  for (const v1::Revision& revision : list.revisions()) {
    const v1::Artifact& artifact = revision.service().artifact();
    table.Add(Row(width,
                  {revision.plan(), absl::StrCat(revision.number()),
                   revision.id(), AgeOf(revision.created(), now),
                   artifact.url(), artifact.sha256().substr(0, 12)},
                  {Or(absl::StrJoin(revision.service().command(), " "), "-"),
                   EndpointsOf(revision.service())}));
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

Table Swaps(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(width,
                     {"ID", "HOST", "ROLLOUT", "FROM", "TO", "OUTCOME",
                      "STARTUP", "SWITCHOVER", "DRAIN", "CUT", "AGE", "REASON"},
                     {"HANDOVER", "CARRIED", "FINISHED"}));
  for (const v1::SwapReport& swap : list.swaps()) {
    const v1::SwapTimings& timings = swap.timings();
    table.Add(Row(width,
                  {swap.id(), swap.host(), NumberOr(swap.rollout()),
                   Or(swap.old_revision(), "-"), swap.new_revision(),
                   Cell::State(OutcomeWord(swap.outcome())),
                   TookOr(timings.has_startup(), timings.startup()),
                   TookOr(timings.has_switchover(), timings.switchover()),
                   Drain(timings), absl::StrCat(swap.connections_cut()),
                   AgeOf(swap.began(), now), Or(swap.reason(), "-")},
                  {HandoverWord(swap.handover()),
                   absl::StrCat(swap.connections_carried()),
                   absl::StrCat(swap.connections_finished())}));
  }
  return table;
}

Table Events(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(
      width, {"AGE", "PLAN", "ROLLOUT", "HOST", "REASON", "USER", "MESSAGE"},
      {"ADDRESS", "RESULT"}));
  for (const v1::Event& event : list.events()) {
    const bool warns = event.severity() == v1::Event::WARNING;
    table.Add(Row(width,
                  {AgeOf(event.time(), now), Or(event.plan(), "-"),
                   NumberOr(event.rollout()), Or(event.host(), "-"),
                   Cell(event.reason(), warns ? Color::kBad : Color::kNone),
                   Or(event.user(), "-"), event.message()},
                  {Or(event.address(), "-"), Or(event.result(), "-")}));
  }
  return table;
}

Table Freezes(const v1::ListResponse& list, absl::Time now) {
  Table table({"HOSTS", "AGE", "USER", "MESSAGE"});
  for (const v1::Freeze& freeze : list.freezes()) {
    const auto& labels = freeze.hosts().match_labels();
    table.Add({labels.empty() ? "all" : LabelText(labels),
               AgeOf(freeze.since(), now), freeze.cause().user(),
               Or(freeze.cause().message(), "-")});
  }
  return table;
}

Table Sources(const v1::ListResponse& list, absl::Time now, Width width) {
  Table table(Header(
      width,
      {"NAME", "STATE", "REASON", "APPLIED", "PLANS", "CHECKED", "MESSAGE"},
      {"SEEN", "BRANCH", "PATH", "URL"}));
  for (const v1::Source& source : list.sources()) {
    const std::string& message = source.message();
    table.Add(Row(width,
                  {source.name(), Cell::State(SyncWord(source.state())),
                   source.state() == v1::SYNCED ? "-" : source.reason(),
                   ShortId(source.applied()), absl::StrCat(source.plan_count()),
                   source.has_checked() ? AgeOf(source.checked(), now) : "-",
                   Or(message.substr(0, message.find('\n')), "-")},
                  {ShortId(source.seen()), source.branch(),
                   Or(source.path(), "-"), source.url()}));
  }
  return table;
}

}  // namespace

Table ListTable(v1::Kind kind, const v1::ListResponse& list, absl::Time now,
                Width width) {
  switch (kind) {
    case v1::PLANS:
      return Plans(list, now, width);
    case v1::ROLLOUTS:
      return Rollouts(list, now, width);
    case v1::HOSTS:
      return Hosts(list, now, width);
    case v1::REVISIONS:
      return Revisions(list, now, width);
    case v1::SWAPS:
      return Swaps(list, now, width);
    case v1::EVENTS:
      return Events(list, now, width);
    case v1::FREEZES:
      return Freezes(list, now);
    case v1::SOURCES:
      return Sources(list, now, width);
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
                   const v1::ListResponse& revisions, Width width) {
  std::map<std::string, int64_t> numbers;
  for (const v1::Revision& revision : revisions.revisions()) {
    numbers[revision.id()] = revision.number();
  }
  Table table(Header(width,
                     {"ROLLOUT", "REVISION", "ID", "PHASE", "STARTED", "TOOK",
                      "USER", "MESSAGE", "REASON"},
                     {"FROM", "UPDATED"}));
  for (const v1::Rollout& rollout : rollouts.rollouts()) {
    table.Add(Row(
        width,
        {absl::StrCat(rollout.number()), NumberOr(numbers[rollout.revision()]),
         rollout.revision(), Cell::State(Phase(rollout)),
         absl::FormatTime("%Y-%m-%d %H:%M:%SZ", FromProto(rollout.created()),
                          absl::UTCTimeZone()),
         Length(rollout), Or(rollout.cause().user(), "-"),
         Or(rollout.cause().message(), "-"), Or(ReasonText(rollout), "-")},
        {Or(rollout.stable_revision(), "-"), Updated(rollout.hosts())}));
  }
  return table;
}

}  // namespace rollout::render
