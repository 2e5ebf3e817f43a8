// SPDX-License-Identifier: Apache-2.0

#include "tests/scenarios/story.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/yaml_document.h"
#include "base/yaml_reader.h"
#include "controller/manifest/strategy_reader.h"
#include "controller/store/keys.h"
#include "controller/store/record.pb.h"
#include "controller/store/revision_id.h"
#include "controller/store/rollout_status.h"

namespace rollout::scenarios {
namespace {

constexpr char kPlan[] = "web";
constexpr absl::Duration kLongest = absl::Hours(1);

template <typename Record>
Record Parse(const std::string& bytes) {
  Record record;
  record.ParseFromString(bytes);
  return record;
}

absl::Status NotUnderstood(const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("story.h knows no \"", what, "\""));
}

// The word after `name`; "" for none.
std::string After(const std::vector<std::string>& words,
                  const std::string& name) {
  auto found = std::find(words.begin(), words.end(), name);
  return found == words.end() || found + 1 == words.end() ? "" : *(found + 1);
}

absl::Duration ToDuration(const std::string& text) {
  absl::Duration duration;
  absl::ParseDuration(text, &duration);
  return duration;
}

}  // namespace

Story::Story() {
  (*spec_.mutable_hosts()->mutable_match_labels())["role"] = kPlan;
  spec_.mutable_service()->add_command("v1");
  ReadPlan("{}");
  disks_.state.set_on_put(
      [this](const std::string& key, const std::string& before,
             const std::string& after) { OnPut(key, before, after); });
  controller_ =
      std::make_unique<simulation::SimulatedController>(disks_, time_);
  switchboard_.fleet = &controller_->fleet();
}

Story::~Story() {
  for (auto& [name, host] : hosts_) host->BreakStream();
  switchboard_.fleet = nullptr;
  controller_.reset();
}

absl::Status Story::Tell(const std::string& text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    Flush();
    absl::StrAppend(&log_, "> ", line, "\n");
    RETURN_IF_ERROR(Do(std::string(line)));
  }
  return absl::OkStatus();
}

std::string Story::log() {
  Flush();
  return log_;
}

absl::Status Story::Do(const std::string& line) {
  const Words words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  const std::string& verb = words[0];
  if (verb == "hosts" || verb == "join" || verb == "plan" || verb == "bad") {
    return Prepare(words, line);
  }
  if (verb == "run" || verb == "settle" || verb == "status" || verb == "host" ||
      verb == "controller") {
    return Happen(words);
  }
  const bool holds =
      absl::EndsWith(verb, "cordon") || absl::EndsWith(verb, "freeze");
  RETURN_IF_ERROR(holds ? Hold(words) : Operate(words));
  // Until it is stored.
  Run(absl::Milliseconds(100));
  return absl::OkStatus();
}

absl::Status Story::Prepare(const Words& words, const std::string& line) {
  if (words[0] == "plan") {
    ReadPlan(line.substr(words[0].size()));
  } else if (words[0] == "join") {
    AddHost(words[1], {words.begin() + 2, words.end()}, 0);
    Run(absl::Milliseconds(100));
  } else if (words[0] == "hosts") {
    int count = 0;
    if (!absl::SimpleAtoi(words[1], &count)) return NotUnderstood(line);
    for (int i = 0; i < count; ++i) {
      AddHost(absl::StrFormat("h%02d", i + 1), {words.begin() + 2, words.end()},
              i);
    }
    Run(absl::Seconds(1));
  } else {
    simulation::Behaviour behaviour;
    behaviour.becomes_ready =
        words[2] != "never-ready" && words[2] != "fails-once";
    if (words[2] == "fails-once") behaviour.starts = 1;
    if (words[2] == "dies-after") behaviour.dies_after = ToDuration(words[3]);
    const std::string on = After(words, "on");
    if (on.empty()) {
      programs_.SetBad(words[1], behaviour, 1000);
    } else {
      const std::set<std::string> hosts = absl::StrSplit(on, ',');
      programs_.SetBad(words[1], behaviour, hosts);
    }
  }
  return absl::OkStatus();
}

// "zone=a,b": of several values each in turn.
void Story::AddHost(const std::string& name, const Words& labels, int turn) {
  v1::HostInfo info;
  info.set_name(name);
  (*info.mutable_labels())["role"] = kPlan;
  for (const std::string& label : labels) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(label, absl::MaxSplits('=', 1));
    const Words values = absl::StrSplit(pair.second, ',');
    (*info.mutable_labels())[pair.first] = values[turn % values.size()];
  }
  simulation::HostEvents events;
  events.on_violation = [this](const std::string& invariant,
                               const std::string& what) {
    Note("", absl::StrCat("VIOLATED ", invariant, ": ", what));
  };
  events.on_acknowledged = [](const v1::SwapReport&) {};
  hosts_[name] = std::make_unique<simulation::SimulatedHost>(
      std::move(info), time_, programs_, switchboard_, std::move(events));
}

void Story::ReadPlan(const std::string& strategy) {
  auto documents = ParseYaml("plan", strategy);
  YamlErrors errors("plan");
  v1::Strategy read;
  if (documents.ok() && !documents->empty()) {
    read = manifest::ReadStrategy(YamlValue(&documents->front(), &errors),
                                  spec_.service());
  }
  const absl::Status status =
      documents.ok() ? errors.status() : documents.status();
  if (status.ok()) {
    *spec_.mutable_strategy() = read;
  } else {
    absl::StrAppend(&log_, "  refused: ", status.message(), "\n");
  }
}

absl::Status Story::Happen(const Words& words) {
  if (words[0] == "run") {
    Run(ToDuration(words[1]));
  } else if (words[0] == "settle") {
    Settle();
  } else if (words[0] == "status") {
    TellStatus();
  } else if (words[0] == "host") {
    return HappenToHost(words);
  } else if (words[1] == "kill" && controller_ != nullptr) {
    for (auto& [name, host] : hosts_) host->BreakStream();
    switchboard_.fleet = nullptr;
    controller_.reset();
  } else if (words[1] == "start" && controller_ == nullptr) {
    controller_ =
        std::make_unique<simulation::SimulatedController>(disks_, time_);
    switchboard_.fleet = &controller_->fleet();
  } else {
    return NotUnderstood(absl::StrJoin(words, " "));
  }
  return absl::OkStatus();
}

absl::Status Story::HappenToHost(const Words& words) {
  auto found = hosts_.find(words[1]);
  if (found == hosts_.end()) return NotUnderstood(words[1]);
  simulation::SimulatedHost& host = *found->second;
  if (words[2] == "cut") {
    host.CutLink(ToDuration(words[3]));
  } else if (words[2] == "kill-agent") {
    host.KillAgent();
  } else if (words[2] == "start-agent") {
    host.StartAgent();
  } else if (words[2] == "crash" && host.service(kPlan) != nullptr) {
    host.service(kPlan)->Crash();
  } else if (words[2] == "label") {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(words[3], absl::MaxSplits('=', 1));
    host.SetLabel(pair.first, pair.second);
  } else {
    return NotUnderstood(absl::StrJoin(words, " "));
  }
  return absl::OkStatus();
}

absl::Status Story::Operate(const Words& words) {
  if (controller_ == nullptr) return NotUnderstood("a controller that is dead");
  auto& operations = controller_->operations();
  v1::Cause by;
  by.set_user(After(words, "by").empty() ? "ann" : After(words, "by"));
  auto tell = [this](absl::Status status) {
    if (!status.ok()) {
      Note("", absl::StrCat("refused: ", status.message()));
    }
  };
  const std::string& verb = words[0];
  if (verb == "apply") {
    Apply(words[1], by.user());
  } else if (verb == "pause") {
    operations.Pause(kPlan, by, tell);
  } else if (verb == "resume") {
    operations.Resume(kPlan, by, tell);
  } else if (verb == "abort") {
    operations.Abort(kPlan, by, tell);
  } else if (verb == "promote" || verb == "promote-fully") {
    operations.Promote(kPlan, verb != "promote", by, tell);
  } else if (verb == "approve") {
    operations.Approve(kPlan, by, tell);
  } else if (verb == "reject") {
    operations.Reject(kPlan, by, tell);
  } else if (verb == "exempt") {
    operations.OverrideFreeze(kPlan, by, tell);
  } else if (verb == "delete") {
    operations.Delete(kPlan, words.size() > 1 && words[1] == "stop", by, tell);
  } else if (verb == "undo") {
    int64_t to = 0;
    if (words.size() > 1 && !absl::SimpleAtoi(words[1], &to)) {
      return NotUnderstood(words[1]);
    }
    operations.Undo(
        kPlan, to, by, [](const store::NamedSpec&) { return absl::OkStatus(); },
        [tell](const absl::StatusOr<store::Undone>& undone) {
          tell(undone.status());
        });
  } else {
    return NotUnderstood(verb);
  }
  return absl::OkStatus();
}

absl::Status Story::Hold(const Words& words) {
  if (controller_ == nullptr) return NotUnderstood("a controller that is dead");
  store::HoldOperations& holds = controller_->holds();
  v1::Cause by;
  by.set_user("ann");
  auto tell = [this](absl::Status status) {
    if (!status.ok()) {
      Note("", absl::StrCat("refused: ", status.message()));
    }
  };
  const std::string& verb = words[0];
  v1::HostSelector hosts;
  if (words.size() > 1) {
    const std::pair<std::string, std::string> label =
        absl::StrSplit(words[1], absl::MaxSplits('=', 1));
    (*hosts.mutable_match_labels())[label.first] = label.second;
  }
  if (verb == "cordon") {
    holds.Cordon(words[1], by, tell);
  } else if (verb == "uncordon") {
    holds.Uncordon(words[1], by, tell);
  } else if (verb == "freeze") {
    holds.Freeze(hosts, by, tell);
  } else {
    holds.Unfreeze(hosts, by, tell);
  }
  return absl::OkStatus();
}

void Story::Apply(const std::string& version, const std::string& user) {
  v1::Cause by;
  by.set_user(user);
  spec_.mutable_service()->set_command(0, version);
  versions_[store::RevisionId(spec_.service())] = version;
  controller_->operations().Apply(
      {{kPlan, spec_}}, by,
      [this](absl::StatusOr<std::vector<store::Applied>> applied) {
        if (!applied.ok()) {
          Note("", absl::StrCat("refused: ", applied.status().message()));
        } else if (applied->front().rollout == 0) {
          const auto unchanged = store::Applied::Change::kUnchanged;
          Note("", applied->front().change == unchanged
                       ? "nothing changes"
                       : "the plan changes, no rollout starts");
        }
      });
}

void Story::Run(absl::Duration time) {
  const absl::Duration end = time_.Uptime() + time;
  while (time_.Step(end)) {
  }
}

void Story::Settle() {
  const absl::Duration end = time_.Uptime() + kLongest;
  while (time_.Uptime() < end && store::IsUnderWay(rollout())) {
    Run(absl::Seconds(1));
  }
  // What a rollout that is over has left to end.
  Run(absl::Seconds(10));
  if (store::IsUnderWay(rollout())) Note("", "is not over");
}

void Story::TellStatus() {
  Flush();
  const v1::Rollout now = rollout();
  if (now.number() == 0) absl::StrAppend(&log_, "  there is no plan\n");
  if (now.number() != 0) TellRollout(now);
  TellServing();
}

void Story::TellRollout(const v1::Rollout& now) {
  const v1::HostCounts& counts = now.hosts();
  absl::StrAppend(
      &log_, "  rollout ", now.number(), " ",
      v1::RolloutPhase_Name(now.phase()), now.paused() ? ", paused" : "",
      now.reason().empty() ? "" : ", ", now.reason(), ": ", counts.updated(),
      " of ", counts.desired(), " updated, ", counts.in_change(),
      " in change, ", counts.unavailable(), " unavailable\n");
  if (!now.message().empty()) {
    absl::StrAppend(&log_, "  ", now.message(), "\n");
  }
}

void Story::TellServing() {
  std::map<std::string, Words> serving;
  for (const auto& [name, host] : hosts_) {
    simulation::SimulatedService* service = host->service(kPlan);
    const std::string revision =
        service == nullptr ? "" : service->ServingRevision();
    const bool serves = service != nullptr && service->Serves();
    serving[!serves            ? "nothing"
            : revision.empty() ? "a share each"
                               : NameOf(revision)]
        .push_back(name);
  }
  for (const auto& [what, names] : serving) {
    absl::StrAppend(&log_, "  ", what, " serves on ", absl::StrJoin(names, " "),
                    "\n");
  }
}

v1::Rollout Story::rollout() const {
  const auto plan =
      Parse<store::PlanRecord>(disks_.state.Read(store::PlanKey(kPlan)));
  return Parse<v1::Rollout>(
      disks_.state.Read(store::RolloutKey(kPlan, plan.last_rollout())));
}

}  // namespace rollout::scenarios
