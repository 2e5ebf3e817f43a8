// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/measured_controller.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/http_get.h"

namespace rollout::bench {
namespace {

constexpr char kHttpAddress[] = "127.0.0.1:7401";
constexpr absl::Duration kLimit = absl::Minutes(5);

constexpr char kConfiguration[] = R"(dataDir: $0/data
listen: $1
httpListen: $2
tls: {ca: $0/ca.crt, certificate: $0/controller.crt, key: $0/controller.key}
)";

// No host fetches anything: the artifact is a name.
constexpr char kManifest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata: {name: $0}
spec:
  hosts: {matchLabels: {$1}}
  service:
    artifact:
      url: "https://artifacts.example.com/$0-$2.tar.zst"
      sha256: "0000000000000000000000000000000000000000000000000000000000000000"
    command: ["$${artifact}/$0", "--version=$2"]
    endpoints: [{name: http, address: "$${host.address}:$4"}]
    readiness: {http: {path: /ready}}
  strategy:
    maxSurge: $3
    maxUnavailable: 0
    minReady: 0s
)";

absl::Status WriteFile(const std::string& path, const std::string& text) {
  if (std::ofstream(path) << text << std::flush) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MeasuredController>> MeasuredController::Start(
    const std::string& directory, const FleetKeys& keys) {
  RETURN_IF_ERROR(
      WriteFile(directory + "/controller.yaml",
                absl::Substitute(kConfiguration, directory, kControllerAddress,
                                 kHttpAddress)));
  const TlsFiles files = keys.FilesOf("operator");
  ctl::ConnectionFlags flags;
  flags.controller = kControllerAddress;
  flags.ca = files.ca;
  flags.certificate = files.certificate;
  flags.key = files.key;
  auto controller =
      absl::WrapUnique(new MeasuredController(directory, std::move(flags)));
  RETURN_IF_ERROR(controller->StartAgain());
  return controller;
}

absl::Status MeasuredController::StartAgain() {
  const std::string program =
      (std::filesystem::current_path() / "controller/rollout-controller")
          .string();
  ASSIGN_OR_RETURN(process_,
                   e2e::Process::Start(
                       {program, "--config", directory_ + "/controller.yaml"},
                       directory_ + "/log"));
  ASSIGN_OR_RETURN(
      load::HttpGet ready,
      load::HttpGet::Create(kHttpAddress, "/readyz", absl::Seconds(1)));
  const bool up = e2e::WaitUntil(kLimit, [&] {
    return !process_->Running() || ready.Ask().outcome == load::Outcome::kOk;
  });
  if (!up || !process_->Running()) {
    return absl::UnavailableError(
        absl::StrCat("the controller is not ready, see ", directory_, "/log"));
  }
  ASSIGN_OR_RETURN(client_, ctl::Client::Make(flags_));
  return absl::OkStatus();
}

void MeasuredController::Kill() { process_.reset(); }

absl::StatusOr<absl::Duration> MeasuredController::MeasureRest() {
  ASSIGN_OR_RETURN(rest_, CostPerSecond(process_->pid(), kRestWindow));
  return rest_;
}

absl::Status MeasuredController::AwaitQuiet() const {
  const absl::Duration end = SystemClock().Uptime() + kLimit;
  while (SystemClock().Uptime() < end) {
    ASSIGN_OR_RETURN(absl::Duration cost,
                     CostPerSecond(process_->pid(), absl::Milliseconds(500)));
    if (cost < rest_ + absl::Milliseconds(100)) return absl::OkStatus();
  }
  return absl::DeadlineExceededError("the controller does not come to rest");
}

absl::Status MeasuredController::Apply(const FleetPlan& plan) {
  v1::ApplyRequest request;
  v1::ManifestFile* file = request.add_manifests();
  file->set_path(plan.name + ".yaml");
  file->set_content(absl::Substitute(kManifest, plan.name, plan.label,
                                     plan.version, plan.max_surge,
                                     plan.name == "web" ? 8080 : 8081));
  return client_->Apply(request).status();
}

absl::StatusOr<v1::PlanStatus> MeasuredController::Status(
    const std::string& plan) {
  v1::ListRequest request;
  request.set_kind(v1::PLANS);
  request.set_plan(plan);
  ASSIGN_OR_RETURN(v1::ListResponse list, client_->List(request));
  if (list.plans().size() == 1) return list.plans(0);
  return absl::NotFoundError(plan);
}

absl::Status MeasuredController::AwaitComplete(const std::string& plan,
                                               int hosts) {
  const absl::Duration began = SystemClock().Uptime();
  for (;;) {
    ASSIGN_OR_RETURN(v1::PlanStatus now, Status(plan));
    const absl::Duration waited = SystemClock().Uptime() - began;
    const v1::Rollout& rollout = now.rollout();
    if (rollout.phase() == v1::COMPLETE && rollout.hosts().updated() == hosts) {
      return absl::OkStatus();
    }
    if (waited > kLimit) {
      return absl::DeadlineExceededError(rollout.ShortDebugString());
    }
    // A look is work for the controller: few, and a twentieth too late at most.
    absl::SleepFor(std::max(waited / 20, absl::Milliseconds(2)));
  }
}

absl::StatusOr<RolloutCost> MeasuredController::RollOut(const FleetPlan& plan,
                                                        int hosts) {
  ASSIGN_OR_RETURN(ProcessCost before, Cost());
  const absl::Duration began = SystemClock().Uptime();
  RETURN_IF_ERROR(Apply(plan));
  RETURN_IF_ERROR(AwaitComplete(plan.name, hosts));
  RolloutCost cost;
  cost.took = SystemClock().Uptime() - began;
  RETURN_IF_ERROR(AwaitQuiet());
  ASSIGN_OR_RETURN(ProcessCost after, Cost());
  cost.cpu = after.cpu - before.cpu;
  cost.cpu_beyond_rest =
      cost.cpu - rest_ * absl::ToDoubleSeconds(SystemClock().Uptime() - began);
  return cost;
}

absl::StatusOr<Spread> MeasuredController::MeasureWatch(const std::string& plan,
                                                        int rounds) {
  ASSIGN_OR_RETURN(auto watcher, ctl::Client::Make(flags_));
  // What the watch told last: 0 and 1, -1: nothing yet; and when.
  std::atomic<int> paused{-1};
  std::atomic<int64_t> told_at{0};
  std::atomic<bool> over{false};
  absl::Status watched;
  std::thread watch([&] {
    v1::WatchRequest request;
    request.set_plan(plan);
    watched = watcher->Watch(request, kLimit, [&](const v1::PlanStatus& s) {
      told_at = absl::ToInt64Nanoseconds(SystemClock().Uptime());
      paused = s.rollout().paused();
      return !over;
    });
  });
  auto await = [&](int wanted) {
    return e2e::WaitUntil(kLimit, [&] { return paused == wanted; });
  };
  Spread spread;
  absl::Status status;
  await(0);
  for (int i = 0; i < 2 * rounds && status.ok(); ++i) {
    const bool pause = i % 2 == 0;
    over = i + 1 == 2 * rounds;
    const absl::Duration began = SystemClock().Uptime();
    v1::PauseRequest request;
    request.set_plan(plan);
    v1::ResumeRequest resume;
    resume.set_plan(plan);
    status = pause ? client_->Pause(request).status()
                   : client_->Resume(resume).status();
    await(pause);
    spread.Add(absl::Nanoseconds(told_at.load()) - began);
  }
  over = true;
  watch.join();
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(watched);
  return spread;
}

absl::StatusOr<Spread> MeasuredController::MeasureScrapes(int rounds) const {
  ASSIGN_OR_RETURN(
      load::HttpGet metrics,
      load::HttpGet::Create(kHttpAddress, "/metrics", absl::Seconds(10)));
  Spread spread;
  for (int i = 0; i < rounds; ++i) {
    const absl::Duration began = SystemClock().Uptime();
    load::Answer answer = metrics.Ask();
    if (answer.outcome != load::Outcome::kOk) {
      return absl::UnavailableError(answer.detail);
    }
    spread.Add(SystemClock().Uptime() - began);
  }
  return spread;
}

}  // namespace rollout::bench
