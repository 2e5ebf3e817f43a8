// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/nginx_upgrade.h"

#include <signal.h>

#include <filesystem>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "tests/bench/daemon.h"
#include "tests/bench/swapped_service.h"
#include "tests/e2e/process.h"
#include "tests/load/connection_load.h"
#include "tests/load/http_get.h"

namespace rollout::bench {
namespace {

// Above the numbers of swaps.
constexpr int kFirstVersion = 200000;
// For the clients to be in full swing.
constexpr absl::Duration kWarmUp = absl::Milliseconds(200);

std::string ConfigurationOf(const programs::Version& version) {
  return absl::StrCat(
      absl::StripSuffix(absl::StripPrefix(version.artifact_url, "file://"),
                        ".tar"),
      "/nginx.conf");
}

std::string PlaceOf(const std::string& directory) {
  return directory + "/nginx.conf";
}

// Has the clients ask `target` while `change` runs, and counts what they saw.
// No clients: only runs it.
absl::Status UnderLoad(const std::string& target, int clients,
                       NginxFigures* figures,
                       const std::function<absl::Status()>& change) {
  if (clients == 0) return change();
  load::LoadOptions options;
  options.address = target;
  options.clients = clients;
  ASSIGN_OR_RETURN(auto load, load::ConnectionLoad::Start(options));
  absl::SleepFor(kWarmUp);
  RETURN_IF_ERROR(change());
  load->Stop();
  const load::LoadResult result = load->Result();
  figures->failed += result.failed();
  figures->requests += result.total();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NginxUpgrade>> NginxUpgrade::Start(
    NginxSite site) {
  auto nginx = absl::WrapUnique(new NginxUpgrade(std::move(site)));
  std::filesystem::create_directories(nginx->directory());
  RETURN_IF_ERROR(nginx->PutInPlace());
  programs::BareProgram bare(nginx->version(), nginx->site_.place);
  std::vector<std::string> command = bare.command();
  for (std::string& word : command) {
    absl::StrReplaceAll(
        {{"daemon off;", "daemon on;"},
         {ConfigurationOf(nginx->version()), PlaceOf(nginx->directory())}},
        &word);
  }
  ASSIGN_OR_RETURN(auto parent, e2e::Process::Start(command, bare.log()));
  bool up = programs::WatchFor([&] {
    return !parent->Running() && nginx->Master() != 0 && nginx->Answers();
  });
  if (!up) return absl::UnavailableError("nginx does not start as a daemon");
  return nginx;
}

NginxUpgrade::~NginxUpgrade() { EndDaemon(Master(), SIGQUIT); }

absl::StatusOr<absl::Duration> NginxUpgrade::Upgrade(UpgradeWay way) {
  RETURN_IF_ERROR(PutInPlace());
  const SystemClock clock;
  const pid_t old = Master();
  const absl::Duration began = clock.Uptime();
  kill(old, SIGUSR2);
  pid_t fresh = 0;
  bool done = programs::WatchFor([&] {
    fresh = Master();
    return fresh != 0 && fresh != old && HasChildren(fresh);
  });
  auto await_answer = [&] {
    done = programs::WatchFor([&] { return Answers(); }) && done;
  };
  if (way == UpgradeWay::kChecked) await_answer();
  if (way != UpgradeWay::kBlind) {
    kill(old, SIGWINCH);
    done = programs::WatchFor([&] { return !HasChildren(old, fresh); }) && done;
  }
  if (way == UpgradeWay::kDocumented) await_answer();
  kill(old, SIGQUIT);
  done = programs::WatchFor([&] { return HasEnded(old); }) && done;
  if (!done) return absl::DeadlineExceededError("nginx does not upgrade");
  return clock.Uptime() - began;
}

std::string NginxUpgrade::Target() const {
  return absl::StrCat(site_.place.address, ":", site_.place.port);
}

pid_t NginxUpgrade::Master() const {
  return ReadPid(directory() + "/nginx.pid");
}

absl::Status NginxUpgrade::PutInPlace() {
  ASSIGN_OR_RETURN(version_, site_.make(kFirstVersion + ++number_));
  PosixFileSystem files;
  ASSIGN_OR_RETURN(std::string text, files.Read(ConfigurationOf(version_)));
  // A daemon's standard output leads nowhere; it shall not have less to do.
  absl::StrReplaceAll({{"/dev/stdout", directory() + "/access.log"}}, &text);
  return files.WriteAtomically(PlaceOf(directory()), text);
}

bool NginxUpgrade::Answers() const {
  auto get = load::HttpGet::Create(Target(), "/", absl::Seconds(2));
  return get.ok() && get->Ask().body == version_.answer;
}

absl::StatusOr<NginxFigures> MeasureNginx(int times, int clients) {
  ASSIGN_OR_RETURN(auto service, SwappedService::Start("nginx"));
  const programs::BarePlace place{SwappedService::Address(),
                                  service->port() + 1,
                                  service->directory() + "/upgraded"};
  ASSIGN_OR_RETURN(auto nginx, NginxUpgrade::Start({place, [&](int number) {
                                                      return service->MakeOther(
                                                          number, place.port);
                                                    }}));
  NginxFigures figures;
  auto swap = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(v1::SwapReport report, service->Swap());
    figures.swap_phases.Add(report);
    figures.swap.Add(FromProto(report.timings().total()) -
                     FromProto(report.timings().fetch()));
    return absl::OkStatus();
  };
  for (int i = 0; i < times; ++i) {
    RETURN_IF_ERROR(UnderLoad(service->Target(), clients, &figures, swap));
    for (auto [order, way] :
         {std::make_pair(UpgradeWay::kChecked, &figures.checked),
          std::make_pair(UpgradeWay::kDocumented, &figures.documented),
          std::make_pair(UpgradeWay::kBlind, &figures.blind)}) {
      auto upgrade = [&nginx, order = order, way = way]() -> absl::Status {
        ASSIGN_OR_RETURN(absl::Duration took, nginx->Upgrade(order));
        way->Add(took);
        return absl::OkStatus();
      };
      RETURN_IF_ERROR(UnderLoad(nginx->Target(), clients, &figures, upgrade));
    }
  }
  return figures;
}

std::string NginxTitle() {
  return absl::StrFormat("%-21s%8s%10s%12s%7s%16s\n", "nginx, ms", "swap",
                         "checked", "documented", "blind", "swap / checked");
}

std::string NginxRows(const std::string& label, const NginxFigures& figures) {
  auto row = [&](const std::string& name, double share) {
    auto of = [share](const Spread& took) {
      return absl::ToDoubleMilliseconds(took.Quantile(share));
    };
    return absl::StrFormat("%-21s%8.1f%10.1f%12.1f%7.1f%16.2f\n", name,
                           of(figures.swap), of(figures.checked),
                           of(figures.documented), of(figures.blind),
                           of(figures.swap) / of(figures.checked));
  };
  std::string text =
      absl::StrCat(row(label + ", median", 0.5), row(label + ", p90", 0.9));
  if (figures.requests > 0) {
    absl::StrAppendFormat(&text, "  %d of %d requests failed\n", figures.failed,
                          figures.requests);
  }
  return absl::StrCat(
      text, "  swap: ", PhasesRow("median", figures.swap_phases, 0.5), "\n");
}

}  // namespace rollout::bench
