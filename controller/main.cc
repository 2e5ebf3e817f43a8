// SPDX-License-Identifier: Apache-2.0
//
// rollout-controller: wiring only.

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "base/file_system.h"
#include "base/grpc_settings.h"
#include "base/host_port.h"
#include "base/http_request.h"
#include "base/http_server.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/version.h"
#include "controller/api/api_server.h"
#include "controller/api/apply.h"
#include "controller/configuration.h"
#include "controller/fleet/fleet.h"
#include "controller/gitops/artifact_digest.h"
#include "controller/gitops/commit_notes.h"
#include "controller/gitops/commit_reports.h"
#include "controller/gitops/commit_status.h"
#include "controller/gitops/fetch_process.h"
#include "controller/gitops/forge_statuses.h"
#include "controller/gitops/source_metrics.h"
#include "controller/gitops/sources.h"
#include "controller/gitops/status_queue.h"
#include "controller/gitops/webhook.h"
#include "controller/gitops/webhook_receiver.h"
#include "controller/reconcile/engine.h"
#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/hold_operations.h"
#include "controller/store/plan_operations.h"
#include "controller/store/sqlite_store.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace rollout {
namespace {

// "/var/lib" of "/var/lib/rollout-controller", or of that with a "/" behind it.
std::string ParentOf(const std::string& directory) {
  return std::filesystem::path(directory + "/")
      .lexically_normal()
      .parent_path()
      .parent_path();
}

std::string FetchProgram(const ControllerConfiguration& configuration) {
  if (!configuration.fetcher.empty()) return configuration.fetcher;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() /
         "rollout-fetch";
}

// This machine's; "localhost": it has none.
std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 && *name != '\0' ? name
                                                                : "localhost";
}

// Everything the program consists of. What calls others is declared after
// them; the store's threads are ended first of all, by Stop.
class Controller {
 public:
  Controller() : metrics_(registry_), source_metrics_(registry_) {}
  ~Controller() { Stop(); }

  absl::Status Start(const ControllerConfiguration& configuration) {
    RETURN_IF_ERROR(OpenStores(configuration.data_directory));
    fleet_ = std::make_unique<fleet::Fleet>(*catalog_, *history_, clock_,
                                            fleet::FleetOptions{});
    operations_ =
        std::make_unique<store::PlanOperations>(*catalog_, *history_, clock_);
    holds_ =
        std::make_unique<store::HoldOperations>(*catalog_, *history_, clock_);
    engine_ = std::make_unique<reconcile::Engine>(
        reconcile::EngineRooms{*catalog_, *history_, *fleet_, clock_, metrics_,
                               configuration.max_hosts_in_change},
        std::make_unique<EventLoop>());
    FollowSources(configuration);
    TellOfCommits(configuration);
    RETURN_IF_ERROR(StartApi(configuration));
    engine_->Start();
    return StartHttp(configuration);
  }

  void Stop() {
    http_.Stop();
    if (sources_ != nullptr) sources_->Stop();
    if (reports_ != nullptr) reports_->Stop();
    if (forge_queue_ != nullptr) forge_queue_->Stop();
    if (note_queue_ != nullptr) note_queue_->Stop();
    if (api_ != nullptr) api_->Stop();
    if (store_ != nullptr) store_->Close();
    if (history_store_ != nullptr) history_store_->Close();
  }

 private:
  absl::Status OpenStores(const std::string& directory) {
    // Those above it may be for others as well, an agent say.
    RETURN_IF_ERROR(files_.MakeDirectories(ParentOf(directory)));
    // Plans hold environments: nobody else's business.
    umask(077);
    RETURN_IF_ERROR(files_.MakeDirectories(directory));
    store::SqliteOptions state;
    state.path = directory + "/state.db";
    state.on_commit = [this](absl::Duration took) {
      metrics_.CountCommit(took);
    };
    ASSIGN_OR_RETURN(store_, store::OpenSqliteStore(state, clock_));
    store::SqliteOptions history;
    history.path = directory + "/history.db";
    // Each swap brings a report and events, and their senders have time.
    history.gather = absl::Milliseconds(10);
    ASSIGN_OR_RETURN(history_store_, store::OpenSqliteStore(history, clock_));
    ASSIGN_OR_RETURN(catalog_, store::Catalog::Open(*store_));
    ASSIGN_OR_RETURN(history_, store::History::Open(*history_store_, {}));
    return absl::OkStatus();
  }

  void FollowSources(const ControllerConfiguration& configuration) {
    fetcher_ = std::make_unique<gitops::FetchProcess>(
        FetchProgram(configuration), &files_);
    sources_ = std::make_unique<gitops::Sources>(
        gitops::SyncRooms{
            *catalog_, *history_, *operations_, *fetcher_, clock_,
            [this](const std::vector<manifest::ParsedPlan>& plans) {
              return api::CheckPlans(plans, *catalog_, *fleet_);
            },
            gitops::ResolveDigest, source_metrics_},
        configuration.sources, configuration.data_directory + "/sources");
  }

  // What becomes of the commits.
  void TellOfCommits(const ControllerConfiguration& configuration) {
    std::map<std::string, gitops::Forge> forges;
    std::map<std::string, gitops::NoteTarget> targets;
    std::map<std::string, std::string> links;
    for (const gitops::SourceSettings& source : configuration.sources) {
      if (!source.forge.api.empty()) forges[source.name] = source.forge;
      if (source.notes) {
        targets[source.name] = {
            source.fetch.url(), source.fetch.credentials(),
            absl::StrCat(configuration.data_directory, "/sources/", source.name,
                         "/notes.git")};
      }
      if (!source.forge.api.empty() || source.notes) {
        links[source.name] = source.forge.link;
      }
    }
    forge_statuses_ =
        std::make_unique<gitops::ForgeStatuses>(std::move(forges), files_);
    forge_queue_ = std::make_unique<gitops::StatusQueue>(
        *forge_statuses_, gitops::kForgeMetric, gitops::StatusQueueSettings(),
        registry_);
    note_pusher_ = std::make_unique<gitops::FetchProcess>(
        FetchProgram(configuration), &files_, gitops::kNoteTimeout);
    notes_ = std::make_unique<gitops::CommitNotes>(
        std::move(targets), HostName(), *note_pusher_, clock_);
    note_queue_ = std::make_unique<gitops::StatusQueue>(
        *notes_, gitops::kNoteMetric, gitops::StatusQueueSettings(), registry_);
    reports_ = std::make_unique<gitops::CommitReports>(
        *catalog_, std::move(links),
        [this](const gitops::CommitStatus& status) {
          forge_queue_->Report(status);
          note_queue_->Report(status);
        },
        std::make_unique<EventLoop>());
  }

  absl::Status StartApi(const ControllerConfiguration& configuration) {
    api::ServerOptions options;
    options.listen = configuration.listen;
    options.security = configuration.security;
    options.max_in_change = configuration.max_hosts_in_change;
    ASSIGN_OR_RETURN(
        api_, api::ApiServer::Start({*catalog_, *history_, *operations_,
                                     *holds_, *sources_, *fleet_, clock_},
                                    options));
    LogInfo("listening for operators and agents on ",
            ToString(api_->address()));
    return absl::OkStatus();
  }

  absl::Status StartHttp(const ControllerConfiguration& configuration) {
    prometheus::BuildGauge()
        .Name("rollout_build_info")
        .Help("Always 1; says which version runs.")
        .Register(registry_)
        .Add({{"version", kVersion}})
        .Set(1);
    http_.AddPage("/metrics", [this] {
      return HttpPage{
          200, prometheus::TextSerializer().Serialize(registry_.Collect()),
          "text/plain; version=0.0.4; charset=utf-8"};
    });
    http_.AddPage("/healthz", [] { return HttpPage{200, "ok\n"}; });
    http_.AddPage("/readyz", [this] {
      if (engine_->ready()) return HttpPage{200, "ok\n"};
      return HttpPage{503, "the engine has not stored its epoch yet\n"};
    });
    webhooks_ = std::make_unique<gitops::WebhookReceiver>(
        configuration.sources, files_,
        [this](const std::string& source) { sources_->Hint(source); });
    http_.AddPost("/webhooks/git", gitops::kMaxWebhookBytes,
                  [this](const HttpRequest& request) {
                    const auto answer = webhooks_->Receive(request);
                    return HttpPage{answer.status, answer.text};
                  });
    RETURN_IF_ERROR(http_.Start(configuration.http_listen));
    LogInfo("serving HTTP on ", ToString(http_.address()));
    return absl::OkStatus();
  }

  SystemClock clock_;
  PosixFileSystem files_;
  prometheus::Registry registry_;
  reconcile::EngineMetrics metrics_;
  gitops::SourceMetrics source_metrics_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Store> history_store_;
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::History> history_;
  std::unique_ptr<fleet::Fleet> fleet_;
  std::unique_ptr<store::PlanOperations> operations_;
  std::unique_ptr<store::HoldOperations> holds_;
  std::unique_ptr<gitops::Fetcher> fetcher_;
  std::unique_ptr<gitops::Sources> sources_;
  std::unique_ptr<gitops::WebhookReceiver> webhooks_;
  std::unique_ptr<gitops::ForgeStatuses> forge_statuses_;
  std::unique_ptr<gitops::StatusQueue> forge_queue_;
  std::unique_ptr<gitops::FetchProcess> note_pusher_;
  std::unique_ptr<gitops::CommitNotes> notes_;
  std::unique_ptr<gitops::StatusQueue> note_queue_;
  std::unique_ptr<gitops::CommitReports> reports_;
  // Before the engine, whose thread tells it of changes in the fleet.
  std::unique_ptr<api::ApiServer> api_;
  std::unique_ptr<reconcile::Engine> engine_;
  HttpServer http_;
};

// Each host takes a connection, and where nobody says otherwise a process may
// have 1024 of them, for the sake of select(2).
void AllowManyConnections() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Returns when the program is to end. The signals are blocked.
absl::Status Run(const ControllerConfiguration& configuration,
                 const sigset_t& signals) {
  Controller controller;
  RETURN_IF_ERROR(controller.Start(configuration));
  int signal = 0;
  sigwait(&signals, &signal);
  LogInfo("stopping: signal ", signal);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  SkipMutexChecks();
  AllowManyConnections();
  // Before any thread begins, so that all of them inherit it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  PosixFileSystem files;
  auto line = ReadControllerCommandLine(files, argc, argv);
  absl::Status status = line.status();
  if (status.ok() && !line->text.empty()) {
    std::fputs(line->text.c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (status.ok()) status = Run(line->configuration, signals);
  if (status.ok()) return EXIT_SUCCESS;
  std::fprintf(stderr, "rollout-controller: %s\n",
               std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace rollout

int main(int argc, char** argv) { return rollout::Main(argc, argv); }
