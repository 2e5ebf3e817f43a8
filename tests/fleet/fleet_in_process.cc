// SPDX-License-Identifier: Apache-2.0

#include "tests/fleet/fleet_in_process.h"

#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/link/grpc_link.h"
#include "base/check.h"
#include "base/event_loop.h"
#include "base/host_port.h"
#include "base/proto_time.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

constexpr char kPlan[] = "web";

std::string NewDirectory() {
  std::string path = absl::StrCat(::testing::TempDir(), "/fleetXXXXXX");
  CHECK(mkdtemp(path.data()) != nullptr);
  return path;
}

// The host was given the newest revision, and has not served it for minReady.
bool IsInChange(const store::AssignmentRecord& assignment,
                const std::optional<fleet::HostSnapshot>& host,
                const std::string& revision, absl::Duration min_ready) {
  bool asked = false;
  for (const v1::WeightedRevision& wanted : assignment.revisions()) {
    asked = asked || wanted.revision() == revision;
  }
  if (!asked || !host) return false;
  for (const v1::ServiceObservation& service : host->observation->services()) {
    for (const v1::GenerationObservation& generation : service.generations()) {
      if (generation.revision() == revision &&
          generation.phase() == v1::SERVING && generation.weight() == 1000 &&
          FromProto(generation.serving_for()) + host->observed_for >=
              min_ready) {
        return false;
      }
    }
  }
  return true;
}

int LiveGenerations(const shim::v1::Status& status) {
  return static_cast<int>(
      std::count_if(status.generations().begin(), status.generations().end(),
                    [](const shim::v1::Generation& generation) {
                      return !generation.ended();
                    }));
}

bool Serves(const shim::v1::Status& status) {
  uint32_t weight = 0;
  for (const shim::v1::Generation& generation : status.generations()) {
    if (generation.pid() != 0 && generation.all_endpoints_listen()) {
      weight += generation.weight();
    }
  }
  return weight == 1000;
}

}  // namespace

FleetInProcess::FleetInProcess(int hosts)
    : directory_(NewDirectory()), metrics_(registry_) {
  catalog_ = *store::Catalog::Open(store_);
  history_ = *store::History::Open(history_store_, {});
  fleet_ = std::make_unique<fleet::Fleet>(*catalog_, *history_, clock_,
                                          fleet::FleetOptions{});
  operations_ =
      std::make_unique<store::PlanOperations>(*catalog_, *history_, clock_);
  holds_ =
      std::make_unique<store::HoldOperations>(*catalog_, *history_, clock_);
  engine_ = std::make_unique<reconcile::Engine>(
      reconcile::EngineRooms{*catalog_, *history_, *fleet_, clock_, metrics_},
      std::make_unique<EventLoop>());
  sources_ = std::make_unique<gitops::Sources>(
      gitops::SyncRooms{*catalog_,
                        *history_,
                        *operations_,
                        fetcher_,
                        clock_,
                        {},
                        {},
                        source_metrics_},
      std::vector<gitops::SourceSettings>{}, directory_);
  api::ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.security.insecure_loopback = true;
  api_ = *api::ApiServer::Start(
      {*catalog_, *history_, *operations_, *holds_, *sources_, *fleet_, clock_},
      options);
  engine_->Start();
  const std::string controller = ToString(api_->address());
  operator_ = v1::OperatorService::NewStub(
      grpc::CreateChannel(controller, grpc::InsecureChannelCredentials()));
  for (int number = 0; number < hosts; ++number) {
    hosts_.push_back(std::make_unique<Host>());
  }
  fleet_->Subscribe([this](const std::string&) { Look(); });
  store::CatalogEvents events;
  events.on_plan = [this](const std::string&) { Look(); };
  catalog_->Subscribe(std::move(events));
  for (int number = 0; number < hosts; ++number) {
    StartAgent(number, controller);
  }
}

FleetInProcess::~FleetInProcess() {
  for (auto& host : hosts_) host->agent.reset();
  api_->Stop();
  store_.Close();
  history_store_.Close();
  engine_.reset();
  std::filesystem::remove_all(directory_);
}

std::string FleetInProcess::HostName(int host) {
  return absl::StrFormat("h%02d", host);
}

void FleetInProcess::StartAgent(int number, const std::string& controller) {
  Host& host = *hosts_[number];
  v1::HostInfo info;
  info.set_name(HostName(number));
  info.set_address(absl::StrCat("127.0.1.", number + 1));
  (*info.mutable_labels())["role"] = "web";
  const std::string directory = absl::StrCat(directory_, "/", info.name());
  CHECK(files_.MakeDirectories(directory).ok());
  host.around = std::make_unique<agent::Surroundings>(
      agent::Surroundings{host.shims, host.artifacts, host.probes, files_,
                          clock_, rotations_, directory, "", info});
  host.agent = std::make_unique<agent::Agent>(
      host.around.get(),
      [&](const v1::HostInfo& told, link::LinkEvents events) {
        link::GrpcLinkSettings settings;
        settings.controller = controller;
        settings.host = told;
        settings.credentials = grpc::InsecureChannelCredentials();
        return std::make_unique<link::GrpcLink>(std::move(settings),
                                                std::move(events));
      });
  CHECK(host.agent->Start().ok());
}

int64_t FleetInProcess::Apply(const std::string& manifest) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  v1::ApplyRequest request;
  request.add_manifests()->set_path("web.yaml");
  request.mutable_manifests(0)->set_content(manifest);
  v1::ApplyResponse response;
  grpc::Status status = operator_->Apply(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return status.ok() ? response.plans(0).rollout() : 0;
}

v1::RolloutPhase FleetInProcess::WaitUntilOver() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(60));
  v1::WatchRequest request;
  request.set_plan(kPlan);
  request.set_until_finished(true);
  auto watch = operator_->Watch(&context, request);
  v1::PlanStatus status;
  while (watch->Read(&status)) continue;
  EXPECT_TRUE(watch->Finish().ok()) << status.DebugString();
  return status.rollout().phase();
}

v1::PlanStatus FleetInProcess::Status() {
  grpc::ClientContext context;
  v1::GetRequest request;
  request.set_plan(kPlan);
  v1::GetResponse response;
  grpc::Status status = operator_->Get(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.plan();
}

void FleetInProcess::BeginWatching() {
  MutexLock lock(&mutex_);
  seen_ = Extremes();
  seen_.fewest_serving = hosts();
}

Extremes FleetInProcess::Seen() {
  MutexLock lock(&mutex_);
  return seen_;
}

void FleetInProcess::Look() {
  std::optional<store::PlanState> plan = catalog_->FindPlan(kPlan);
  if (!plan) return;
  const std::string& revision = plan->rollout.record.revision();
  const absl::Duration min_ready =
      FromProto(plan->plan.record.plan().spec().strategy().min_ready());
  int in_change = 0;
  for (const store::AssignmentRecord& assignment :
       catalog_->Assignments(kPlan)) {
    in_change += IsInChange(assignment, fleet_->FindHost(assignment.host()),
                            revision, min_ready);
  }
  int overlapping = 0;
  int serving = 0;
  for (const auto& host : hosts_) {
    const shim::v1::Status status = host->shims.StatusOf(kPlan);
    overlapping += LiveGenerations(status) > 1;
    serving += Serves(status);
  }
  MutexLock lock(&mutex_);
  seen_.in_change = std::max(seen_.in_change, in_change);
  seen_.overlapping = std::max(seen_.overlapping, overlapping);
  seen_.fewest_serving = std::min(seen_.fewest_serving, serving);
  ++seen_.looks;
}

}  // namespace rollout
