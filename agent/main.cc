// SPDX-License-Identifier: Apache-2.0
//
// rollout-agent: wiring only.

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/artifact/disk_artifact_store.h"
#include "agent/configuration.h"
#include "agent/link/grpc_link.h"
#include "agent/output/rotations.h"
#include "agent/probe/marked_probe_runner.h"
#include "agent/reconcile/agent.h"
#include "agent/reconcile/kernel_support.h"
#include "agent/reconcile/stop_services.h"
#include "agent/resources/control_groups.h"
#include "agent/resources/controllers.h"
#include "agent/shim_client/process_shim_host.h"
#include "agent/state_lock.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/grpc_credentials.h"
#include "base/grpc_settings.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/tls_files.h"
#include "base/tls_identity.h"
#include "base/unique_fd.h"
#include "base/version.h"

namespace rollout {
namespace {

std::string ShimProgram(const AgentConfiguration& configuration) {
  if (!configuration.shim.empty()) return configuration.shim;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() /
         "rollout-shim";
}

v1::HostInfo DescribeHost(const AgentConfiguration& configuration,
                          const agent::KernelSupport& kernel) {
  v1::HostInfo host;
  host.set_name(configuration.name);
  host.set_address(configuration.address);
  host.mutable_labels()->insert(configuration.labels.begin(),
                                configuration.labels.end());
  host.set_agent_version(kVersion);
  host.set_kernel_release(kernel.release);
  for (const std::string& limitation : kernel.limitations) {
    LogWarning(limitation);
    host.add_limitations(limitation);
  }
  return host;
}

// A controller that can't be reached is no reason to leave; a certificate that
// is wrong is.
absl::Status CheckIdentity(const AgentConfiguration& configuration,
                           FileSystem& files, absl::Time now) {
  if (configuration.security.insecure_loopback) return absl::OkStatus();
  ASSIGN_OR_RETURN(TlsFilesInfo info,
                   CheckTlsFiles(files, configuration.security.tls, now));
  if (info.identity == TlsIdentity{"host", configuration.name}) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(configuration.security.tls.certificate, " names ",
                   ToString(info.identity), ", but this host is called \"",
                   configuration.name,
                   "\": issue a certificate with rolloutctl pki issue "
                   "host ",
                   configuration.name, ", or set name"));
}

absl::Status Run(const AgentCommandLine& line) {
  // Blocked before any thread starts; waited for at the end.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const AgentConfiguration& configuration = line.configuration;
  PosixFileSystem files;
  SystemClock clock;
  RETURN_IF_ERROR(files.MakeDirectories(configuration.state_directory));
  ASSIGN_OR_RETURN(UniqueFd lock,
                   LockStateDirectory(configuration.state_directory));
  shim_client::ProcessShimHost shims(
      {configuration.state_directory, ShimProgram(configuration),
       configuration.mark_base},
      files);
  ASSIGN_OR_RETURN(std::unique_ptr<artifact::DiskArtifactStore> artifacts,
                   artifact::DiskArtifactStore::Open(
                       configuration.state_directory + "/artifacts", {}));
  probe::MarkedProbeRunner probes;
  output::Rotations rotations(&files, &clock);
  agent::KernelSupport kernel = agent::PrepareKernel();
  absl::StatusOr<std::string> control_group = agent::PrepareControlGroups(
      files, "rollout-" + configuration.name, configuration.control_group);
  if (!control_group.ok()) {
    kernel.limitations.push_back(absl::StrCat(
        "no control groups: ", control_group.status().message(),
        ": which processes are a service's is found by walking over /proc, "
        "which takes long on a host with many"));
  }
  agent::Surroundings around{
      shims,
      *artifacts,
      probes,
      files,
      clock,
      rotations,
      configuration.state_directory,
      control_group.value_or(""),
      DescribeHost(configuration, kernel),
      agent::PrepareControllers(files, control_group.value_or(""),
                                "rollout-" + configuration.name)};
  if (line.stop_services) return agent::StopServices(&around);

  RETURN_IF_ERROR(CheckIdentity(configuration, files, clock.Now()));
  ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::ChannelCredentials> credentials,
      MakeChannelCredentials(configuration.security, configuration.controller));
  agent::Agent agent(&around,
                     [&](const v1::HostInfo& host, link::LinkEvents events) {
                       link::GrpcLinkSettings settings;
                       settings.controller = configuration.controller;
                       settings.host = host;
                       settings.credentials = credentials;
                       return std::make_unique<link::GrpcLink>(
                           std::move(settings), std::move(events));
                     });
  RETURN_IF_ERROR(agent.Start());
  LogInfo("rollout-agent ", kVersion, " of host ", configuration.name,
          " is up; controller ", configuration.controller);
  int received = 0;
  sigwait(&signals, &received);
  LogInfo("leaving on signal ", received, "; services go on");
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  SkipMutexChecks();
  // Services of other users pass through the directories it makes.
  umask(022);
  PosixFileSystem files;
  absl::StatusOr<AgentCommandLine> line =
      ReadAgentCommandLine(files, argc, argv);
  if (!line.ok()) {
    std::fprintf(stderr, "rollout-agent: %s\n",
                 std::string(line.status().message()).c_str());
    return 2;
  }
  if (!line->text.empty()) {
    std::fputs(line->text.c_str(), stdout);
    return 0;
  }
  absl::Status status = Run(*line);
  if (!status.ok()) {
    std::fprintf(stderr, "rollout-agent: %s\n",
                 std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace rollout

int main(int argc, char** argv) { return rollout::Main(argc, argv); }
