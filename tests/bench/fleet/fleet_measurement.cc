// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/fleet_measurement.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/bench/fleet/bare_server.h"
#include "tests/bench/fleet/fleet_keys.h"
#include "tests/bench/fleet/line_channel.h"
#include "tests/bench/fleet/measured_controller.h"
#include "tests/bench/fleet/process_cost.h"
#include "tests/bench/fleet/simulated_fleet.h"
#include "tests/bench/scratch.h"
#include "tests/e2e/wait_until.h"

namespace rollout::bench {
namespace {

constexpr int kWatchRounds = 20;
constexpr int kScrapes = 20;
constexpr int kBeats = 5;
// One of few hosts is short, and its figure alone is noise.
constexpr int kRollouts = 10;

void Say(const std::string& what) { std::cerr << what << std::endl; }

double CpuPerHost(const ProcessCost& from, const ProcessCost& to, int hosts) {
  return absl::ToDoubleMicroseconds(to.cpu - from.cpu) / hosts;
}

double BytesPerHost(const ProcessCost& from, const ProcessCost& to, int hosts) {
  return static_cast<double>(to.resident - from.resident) / hosts;
}

// The processes beside the controller, made before there is any thread.
struct Processes {
  std::unique_ptr<ForkedProcess> hosts;
  std::unique_ptr<ForkedProcess> bare;
  std::unique_ptr<ForkedProcess> bare_again;
};

absl::StatusOr<Processes> StartProcesses(const FleetKeys& keys,
                                         FleetSize size) {
  Processes processes;
  ASSIGN_OR_RETURN(processes.hosts,
                   ForkedProcess::Start([&](LineChannel& channel) {
                     ServeFleet(keys, size, channel);
                   }));
  for (auto* server : {&processes.bare, &processes.bare_again}) {
    ASSIGN_OR_RETURN(*server, ForkedProcess::Start([&](LineChannel& channel) {
      ServeBare(keys, kControllerAddress, size.hosts, channel);
    }));
  }
  return processes;
}

absl::Status MeasureBare(Processes* processes, FleetFigures* figures) {
  LineChannel& hosts = processes->hosts->channel();
  const int count = figures->hosts;
  RETURN_IF_ERROR(processes->bare->channel().Ask("start").status());
  ASSIGN_OR_RETURN(ProcessCost before, CostOf(processes->bare->pid()));
  RETURN_IF_ERROR(
      hosts.Ask(absl::StrCat("connect ", kControllerAddress)).status());
  ASSIGN_OR_RETURN(ProcessCost idle, CostOf(processes->bare->pid()));
  figures->bare.connect_us = CpuPerHost(before, idle, count);
  figures->bare.idle_bytes = BytesPerHost(before, idle, count);
  ASSIGN_OR_RETURN(absl::Duration rest,
                   CostPerSecond(processes->bare->pid(), kRestWindow));
  figures->bare.rest_percent = 100 * absl::ToDoubleSeconds(rest);
  const absl::Duration began = SystemClock().Uptime();
  processes->bare.reset();
  RETURN_IF_ERROR(hosts.Ask("await-loss").status());
  RETURN_IF_ERROR(processes->bare_again->channel().Ask("start").status());
  RETURN_IF_ERROR(hosts.Ask("await-return").status());
  figures->bare.reconnect_s =
      absl::ToDoubleSeconds(SystemClock().Uptime() - began);
  ASSIGN_OR_RETURN(ProcessCost again, CostOf(processes->bare_again->pid()));
  figures->bare.reconnect_us = CpuPerHost({}, again, count);
  processes->bare_again.reset();
  return absl::OkStatus();
}

// One version after the other, and the medians of what they took.
absl::StatusOr<RolloutFigures> MeasureRollouts(MeasuredController& controller,
                                               FleetPlan plan, int hosts) {
  Spread took, cpu, beyond_rest;
  for (int i = 0; i < kRollouts; ++i) {
    plan.version = absl::StrCat(plan.max_surge, "-", i);
    ASSIGN_OR_RETURN(RolloutCost cost, controller.RollOut(plan, hosts));
    took.Add(cost.took);
    cpu.Add(cost.cpu);
    beyond_rest.Add(cost.cpu_beyond_rest);
  }
  auto per_host = [&](const Spread& spread) {
    return absl::ToDoubleMicroseconds(spread.median()) / hosts;
  };
  return RolloutFigures{absl::ToDoubleSeconds(took.median()), per_host(cpu),
                        per_host(beyond_rest)};
}

absl::Status MeasureBothRollouts(MeasuredController& controller,
                                 const ProcessCost& empty,
                                 FleetFigures* figures) {
  const int count = figures->hosts;
  // Until then services of the plan have never run: not what is measured.
  Say("  first rollout");
  RETURN_IF_ERROR(
      controller.RollOut({"web", "", "v0", "100%"}, count).status());
  Say("  rollouts at 100 %");
  ASSIGN_OR_RETURN(figures->all_at_once,
                   MeasureRollouts(controller, {"web", "", "", "100%"}, count));
  Say("  rollouts at 5 %");
  ASSIGN_OR_RETURN(figures->sliding,
                   MeasureRollouts(controller, {"web", "", "", "5%"}, count));
  ASSIGN_OR_RETURN(ProcessCost used, controller.Cost());
  figures->used_bytes = BytesPerHost(empty, used, count);
  return absl::OkStatus();
}

absl::Status MeasureHeartbeats(MeasuredController& controller,
                               LineChannel& hosts, FleetFigures* figures) {
  ASSIGN_OR_RETURN(ProcessCost before, controller.Cost());
  RETURN_IF_ERROR(hosts.Ask(absl::StrCat("beat ", kBeats)).status());
  RETURN_IF_ERROR(controller.AwaitQuiet());
  ASSIGN_OR_RETURN(ProcessCost after, controller.Cost());
  figures->heartbeat_us = CpuPerHost(before, after, figures->hosts) / kBeats;
  return absl::OkStatus();
}

// Two rollouts come to a stand in the middle, since their hosts do nothing.
absl::Status BeginRollouts(MeasuredController& controller, LineChannel& hosts,
                           FleetSize size) {
  FleetPlan first{"first", "group: first", "v1", "5%"};
  RETURN_IF_ERROR(controller.RollOut(first, size.first).status());
  RETURN_IF_ERROR(hosts.Ask("hold").status());
  first.version = "v2";
  for (const FleetPlan& plan : {first, FleetPlan{"web", "", "v4", "5%"}}) {
    RETURN_IF_ERROR(controller.Apply(plan));
    absl::Status status;
    const bool begun = e2e::WaitUntil(absl::Minutes(1), [&] {
      auto now = controller.Status(plan.name);
      status = now.status();
      return !status.ok() || now->rollout().hosts().in_change() > 0;
    });
    RETURN_IF_ERROR(status);
    if (!begun) return absl::DeadlineExceededError("no host is in change");
  }
  return controller.AwaitQuiet();
}

absl::Status MeasureRestart(MeasuredController& controller, LineChannel& hosts,
                            FleetFigures* figures) {
  const absl::Duration began = SystemClock().Uptime();
  controller.Kill();
  RETURN_IF_ERROR(hosts.Ask("await-loss").status());
  RETURN_IF_ERROR(hosts.Ask("release").status());
  RETURN_IF_ERROR(controller.StartAgain());
  RETURN_IF_ERROR(hosts.Ask("await-return").status());
  figures->controller.reconnect_s =
      absl::ToDoubleSeconds(SystemClock().Uptime() - began);
  ASSIGN_OR_RETURN(ProcessCost again, controller.Cost());
  figures->controller.reconnect_us = CpuPerHost({}, again, figures->hosts);
  ASSIGN_OR_RETURN(std::string action, hosts.Ask("await-action"));
  double microseconds = 0;
  (void)absl::SimpleAtod(action, &microseconds);
  figures->first_action_s = microseconds / 1e6;
  return controller.AwaitComplete("web", figures->hosts);
}

absl::Status MeasureController(const std::string& directory,
                               const FleetKeys& keys, LineChannel& hosts,
                               FleetSize size, FleetFigures* figures) {
  ASSIGN_OR_RETURN(auto controller, MeasuredController::Start(directory, keys));
  ASSIGN_OR_RETURN(ProcessCost empty, controller->Cost());
  RETURN_IF_ERROR(
      hosts.Ask(absl::StrCat("connect ", kControllerAddress)).status());
  ASSIGN_OR_RETURN(ProcessCost idle, controller->Cost());
  figures->controller.connect_us = CpuPerHost(empty, idle, size.hosts);
  figures->controller.idle_bytes = BytesPerHost(empty, idle, size.hosts);
  ASSIGN_OR_RETURN(absl::Duration rest, controller->MeasureRest());
  figures->controller.rest_percent = 100 * absl::ToDoubleSeconds(rest);
  RETURN_IF_ERROR(MeasureBothRollouts(*controller, empty, figures));
  Say("  heartbeats, scrapes");
  RETURN_IF_ERROR(MeasureHeartbeats(*controller, hosts, figures));
  ASSIGN_OR_RETURN(Spread scrapes, controller->MeasureScrapes(kScrapes));
  figures->scrape_median_ms = absl::ToDoubleMilliseconds(scrapes.median());
  figures->scrape_p99_ms = absl::ToDoubleMilliseconds(scrapes.p99());
  Say("  watches");
  RETURN_IF_ERROR(BeginRollouts(*controller, hosts, size));
  ASSIGN_OR_RETURN(Spread watch, controller->MeasureWatch("web", kWatchRounds));
  figures->watch_median_ms = absl::ToDoubleMilliseconds(watch.median());
  figures->watch_p99_ms = absl::ToDoubleMilliseconds(watch.p99());
  Say("  restart");
  return MeasureRestart(*controller, hosts, figures);
}

}  // namespace

absl::Status MeasureFleet(FleetFigures* figures) {
  Scratch scratch;
  const FleetSize size{figures->hosts, std::max(figures->hosts / 50, 10)};
  ASSIGN_OR_RETURN(FleetKeys keys, FleetKeys::Make(scratch.path()));
  ASSIGN_OR_RETURN(Processes processes, StartProcesses(keys, size));
  Say(absl::StrCat(size.hosts, " hosts:\n  bare server"));
  RETURN_IF_ERROR(MeasureBare(&processes, figures));
  Say("  controller");
  return MeasureController(scratch.path(), keys, processes.hosts->channel(),
                           size, figures);
}

}  // namespace rollout::bench
