// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/agent.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/decide/assignment_order.h"
#include "agent/reconcile/state_file.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/scheduling.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

// Artifacts no generation uses that are kept for the way back.
constexpr int kSpareArtifacts = 3;

constexpr absl::Duration kSaveAfter = absl::Milliseconds(20);

// What the generations use is read so often.
constexpr absl::Duration kMeasureEvery = absl::Seconds(15);

// So long after its flip a generation counts as new.
constexpr absl::Duration kNewlyServing = absl::Minutes(15);

// The age of the generation that has served the shortest.
absl::Duration YoungestServing(const v1::Observation& observation) {
  absl::Duration youngest = absl::InfiniteDuration();
  for (const v1::ServiceObservation& service : observation.services()) {
    for (const v1::GenerationObservation& generation : service.generations()) {
      if (!generation.has_serving_for()) continue;
      youngest = std::min(youngest, FromProto(generation.serving_for()));
    }
  }
  return youngest;
}

// Why the service's part of an assignment can't be followed; empty: it can.
std::string ProblemOf(const v1::ServiceAssignment& service) {
  if (service.revisions().empty()) return "it holds no revision";
  uint32_t sum = 0;
  for (const v1::WeightedRevision& weighted : service.revisions()) {
    sum += weighted.weight();
  }
  if (sum != 1000) return absl::StrCat("its weights add up to ", sum);
  return "";
}

}  // namespace

Agent::Agent(Surroundings* around, LinkFactory make_link)
    : around_(*around),
      make_link_(std::move(make_link)),
      disk_(&around->files) {
  loop_.Post(RunAhead);
}

Agent::~Agent() {
  // What the link and the workers still say goes to a loop that has stopped.
  loop_.Stop();
  if (save_posted_ || save_again_) SaveState();
  link_.reset();
  around_.artifacts.CancelFetches();
  pruner_.Stop();
  // Its tasks are of the services, and post to the loop.
  disk_.Finish();
  // Their threads still post to the loop: they end before it does.
  services_.clear();
}

absl::Status Agent::Start() {
  ASSIGN_OR_RETURN(
      FoundState found,
      ReadState(around_.files, around_.state_directory, around_.clock.Now()));
  ASSIGN_OR_RETURN(std::vector<std::string> alive,
                   around_.shims.FindServices());
  v1::HostInfo host = around_.host;
  for (const std::string& damage : found.damage) {
    LogError(damage);
    host.add_limitations(damage);
  }
  state_ = found.state;
  loop_.Run([&] {
    for (const v1::ServiceState& service : found.state.services()) {
      ServiceNamed(service.assignment().plan()).Restore(service);
    }
    for (const std::string& name : alive) {
      awaited_.insert(name);
      ServiceNamed(name).Adopt();
    }
    link::LinkEvents events;
    events.on_assignment = [this](v1::Assignment assignment) {
      loop_.Post(
          [this, assignment = std::move(assignment)] { TakeUp(assignment); });
    };
    events.on_report_stored = [this](std::string id, bool final) {
      loop_.Post(
          [this, id = std::move(id), final] { OnReportStored(id, final); });
    };
    events.on_channel = [this](v1::ChannelTarget target,
                               std::shared_ptr<link::Channel> channel) {
      loop_.Post([this, target = std::move(target),
                  channel = std::move(channel)]() mutable {
        OnChannel(target, std::move(channel));
      });
    };
    // The link logs it; nothing here depends on it.
    events.on_connected = [](bool) {};
    link_ = make_link_(host, std::move(events));
    link_->SetHighestEpoch(state_.epoch());
    ResumeReports(std::move(found.reports));
    Publish();
    MeasureSoon();
  });
  return absl::OkStatus();
}

void Agent::TakeUp(const v1::Assignment& assignment) {
  if (assignment.host() != around_.host.name()) {
    LogError("ignored an assignment for host ", assignment.host());
    return;
  }
  if (IsOutdated({assignment.epoch(), assignment.serial()},
                 {state_.epoch(), state_.serial()})) {
    LogWarning("ignored assignment ", assignment.epoch(), "/",
               assignment.serial(), ": ", state_.epoch(), "/", state_.serial(),
               " was here before");
    return;
  }
  state_.set_epoch(assignment.epoch());
  state_.set_serial(assignment.serial());
  link_->SetHighestEpoch(state_.epoch());
  std::set<std::string> mentioned;
  for (const v1::ServiceAssignment& service : assignment.services()) {
    std::string problem = ProblemOf(service);
    if (!problem.empty()) {
      LogError("ignored the assignment of service ", service.plan(), ": ",
               problem);
      continue;
    }
    mentioned.insert(service.plan());
    ServiceNamed(service.plan()).Assign(service, false);
  }
  for (const v1::ServiceRemoval& removal : assignment.removals()) {
    mentioned.insert(removal.plan());
    Remove(removal);
  }
  LeaveOrphaned(mentioned);
  SaveSoon();
  PublishSoon();
}

// Absence never stops a service: those keep what they were last asked for.
void Agent::LeaveOrphaned(const std::set<std::string>& mentioned) {
  for (auto& [name, service] : services_) {
    if (mentioned.count(name) > 0) continue;
    std::optional<v1::ServiceState> state = service->State();
    if (service->IsBeingRemoved()) {
      service->StopAskingForRemoval();
    } else if (state) {
      service->Assign(state->assignment(), true);
    }
  }
}

// Whatever becomes of this agent, the next one goes on with it: it is on the
// disk before anything is done.
void Agent::Remove(const v1::ServiceRemoval& removal) {
  Service& service = ServiceNamed(removal.plan());
  if (!service.Remove(removal.number())) return;
  SaveState();
  disk_.Then(
      [this, &service] { loop_.Post([&service] { service.BeginRemoval(); }); });
}

void Agent::SaveSoon() {
  // Many changes come together, and a slow disk has one at a time to write.
  // What an agent that dies in between has not kept, the controller says again.
  if (saving_) save_again_ = true;
  if (save_posted_ || saving_) return;
  save_posted_ = true;
  loop_.PostAfter(kSaveAfter, [this] {
    save_posted_ = false;
    saving_ = true;
    SaveState();
    disk_.Then([this] { loop_.Post([this] { OnSaved(); }); });
  });
}

void Agent::OnSaved() {
  saving_ = false;
  if (std::exchange(save_again_, false)) SaveSoon();
}

Service& Agent::ServiceNamed(const std::string& name) {
  std::unique_ptr<Service>& service = services_[name];
  if (service == nullptr) {
    ServiceEvents events;
    events.on_changed = [this] { PublishSoon(); };
    events.on_state = [this] { SaveSoon(); };
    events.on_report = [this](v1::SwapReport report) {
      link_->SendReport(std::move(report));
    };
    events.on_generation_ended = [this] { PruneArtifacts(); };
    service = std::make_unique<Service>(name, &around_, &loop_, &disk_,
                                        std::move(events));
  }
  return *service;
}

void Agent::ResumeReports(std::vector<v1::SwapReport> reports) {
  for (v1::SwapReport& report : reports) {
    link_->SendReport(report);
    if (!report.final()) {
      ServiceNamed(report.plan()).ResumeReport(std::move(report));
    }
  }
}

void Agent::OnReportStored(const std::string& id, bool final) {
  if (!final) return;
  disk_.Do("swap report not removed",
           [path = ReportPath(around_.state_directory, id)](FileSystem& files) {
             return files.RemoveAll(path);
           });
}

void Agent::PublishSoon() {
  // Many changes come in one turn of the loop; one observation tells them all.
  if (publish_posted_) return;
  publish_posted_ = true;
  loop_.Post([this] {
    publish_posted_ = false;
    Publish();
  });
}

void Agent::Publish() {
  for (auto name = awaited_.begin(); name != awaited_.end();) {
    name = ServiceNamed(*name).IsKnown() ? awaited_.erase(name) : ++name;
  }
  if (link_ == nullptr || !awaited_.empty()) return;
  v1::Observation observation;
  observation.set_epoch(state_.epoch());
  observation.set_serial(state_.serial());
  for (const auto& [name, service] : services_) {
    if (!service->IsGone()) *observation.add_services() = service->Observe();
  }
  PublishAgainAfter(YoungestServing(observation));
  link_->SetObservation(std::move(observation));
}

// The controller takes a new generation's word for how long it has served, and
// for nothing longer: it is told again, often at first.
void Agent::PublishAgainAfter(absl::Duration serving) {
  if (serving > kNewlyServing || republish_posted_) return;
  republish_posted_ = true;
  loop_.PostAfter(std::max(absl::Milliseconds(20), serving / 10), [this] {
    republish_posted_ = false;
    PublishSoon();
  });
}

void Agent::MeasureSoon() {
  loop_.PostAfter(kMeasureEvery, [this] {
    for (const auto& [name, service] : services_) service->Measure();
    // One observation tells of all.
    if (!services_.empty()) {
      disk_.Then([this] { loop_.Post([this] { PublishSoon(); }); });
    }
    MeasureSoon();
  });
}

void Agent::SaveState() {
  state_.clear_services();
  for (const auto& [name, service] : services_) {
    if (std::optional<v1::ServiceState> state = service->State()) {
      *state_.add_services() = *std::move(state);
    }
  }
  disk_.Do("state not kept", [directory = around_.state_directory,
                              state = state_](FileSystem& files) {
    return WriteState(files, directory, state);
  });
}

void Agent::PruneArtifacts() {
  pruner_.Post([this] {
    // Asked for now, so that nothing that was fetched meanwhile is missed.
    auto wanted = std::make_shared<std::optional<std::vector<std::string>>>();
    loop_.Run([this, wanted] { *wanted = ArtifactsInUse(); });
    if (!*wanted) return;
    absl::Status pruned = around_.artifacts.Prune(**wanted, kSpareArtifacts);
    if (!pruned.ok()) LogWarning("artifacts not pruned: ", pruned.message());
  });
}

std::optional<std::vector<std::string>> Agent::ArtifactsInUse() {
  std::vector<std::string> digests;
  for (const auto& [name, service] : services_) {
    std::optional<std::vector<std::string>> used = service->ArtifactsInUse();
    if (!used) return std::nullopt;
    digests.insert(digests.end(), used->begin(), used->end());
  }
  return digests;
}

}  // namespace rollout::agent
