// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/shim/asker.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/spawn.h"
#include "base/endpoint_address.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

// The kernel takes a string to its first NUL: what it would do is not what was
// asked for.
bool HasNul(absl::string_view text) {
  return text.find('\0') != absl::string_view::npos;
}

absl::Status CheckNoNul(const v1::StartRequest& request) {
  auto any_has = [](const auto& texts) {
    return std::any_of(texts.begin(), texts.end(), HasNul);
  };
  const std::pair<const char*, bool> fields[] = {
      {"command", any_has(request.command())},
      {"environment", any_has(request.environment())},
      {"directory", HasNul(request.directory())},
      {"private_directory", HasNul(request.private_directory())},
      {"output_file", HasNul(request.output_file())},
      {"control_group", HasNul(request.control_group())},
  };
  for (const auto& [field, has_nul] : fields) {
    if (!has_nul) continue;
    return absl::InvalidArgumentError(absl::StrCat(field, ": has a NUL in it"));
  }
  return absl::OkStatus();
}

absl::Status CheckUpgrade(const v1::StartRequest& request) {
  const v1::Upgrade& upgrade = request.upgrade();
  if (upgrade.signal() == 0 || upgrade.signal() >= NSIG ||
      upgrade.retire_signal() >= NSIG || upgrade.restore_signal() >= NSIG) {
    return absl::InvalidArgumentError(
        absl::StrCat("upgrade: signals must be below ", NSIG));
  }
  for (const v1::Endpoint& endpoint : request.endpoints()) {
    auto address = EndpointAddress::Parse(endpoint.address());
    if (!address.ok() || address->transport() == Transport::kTcp) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        endpoint.address(),
        ": handover signal is for TCP endpoints alone: use handover intercept "
        "or activation"));
  }
  return absl::OkStatus();
}

absl::Status CheckFields(const v1::StartRequest& request) {
  RETURN_IF_ERROR(CheckNoNul(request));
  RETURN_IF_ERROR(CheckGroupFields(request));
  if (request.command().empty() || !absl::StartsWith(request.command(0), "/")) {
    return absl::InvalidArgumentError(
        "command: the first word must be an absolute path");
  }
  if (!absl::StartsWith(request.private_directory(), "/")) {
    return absl::InvalidArgumentError(
        "private_directory: must be an absolute path");
  }
  if (!absl::StartsWith(request.output_file(), "/")) {
    return absl::InvalidArgumentError("output_file: must be an absolute path");
  }
  // setresuid(2) would take it for "leave as it is".
  constexpr uint32_t kNobody = ~0u;
  if (request.set_user() &&
      (request.uid() == kNobody || request.gid() == kNobody)) {
    return absl::InvalidArgumentError(
        "uid, gid: there is no number 4294967295");
  }
  if (HasNul(request.upgrade().pid_file())) {
    return absl::InvalidArgumentError("upgrade.pid_file: has a NUL in it");
  }
  if (request.handover() == v1::INTERCEPT ||
      request.handover() == v1::ACTIVATION) {
    return absl::OkStatus();
  }
  if (request.handover() != v1::SIGNAL) {
    return absl::InvalidArgumentError(
        "handover: must be INTERCEPT, ACTIVATION or SIGNAL");
  }
  return CheckUpgrade(request);
}

absl::StatusOr<std::vector<NamedEndpoint>> ParseEndpoints(
    const v1::StartRequest& request) {
  std::vector<NamedEndpoint> endpoints;
  for (const v1::Endpoint& endpoint : request.endpoints()) {
    auto address = EndpointAddress::Parse(endpoint.address());
    absl::Status status = address.status();
    if (status.ok() && address->ip() && address->ip()->port() == 0) {
      status = absl::InvalidArgumentError("the port is 0: name one");
    }
    RETURN_IF_ERROR(WithContext(
        status, absl::StrCat("endpoint \"", endpoint.name(), "\"")));
    endpoints.push_back({endpoint.name(), *address});
  }
  return endpoints;
}

// Whose the sockets with a path shall be.
FileUser UserOf(const v1::StartRequest& request) {
  FileUser user;
  user.uid = request.set_user() ? request.uid() : geteuid();
  user.gid = request.set_user() ? request.gid() : getegid();
  user.umask = request.umask();
  return user;
}

absl::Status MakeChannels(Generation& generation,
                          NotifySocket::Owner notify_owner, OutputFile& output,
                          EpollLoop& loop) {
  const v1::StartRequest& request = generation.request;
  uint32_t uid = request.set_user() ? request.uid() : geteuid();
  uint32_t gid = request.set_user() ? request.gid() : getegid();
  ASSIGN_OR_RETURN(
      generation.output,
      OutputPipe::Create(request.private_directory() + "/output.fifo", uid, gid,
                         generation.number(), loop, output));
  ASSIGN_OR_RETURN(
      generation.notify,
      NotifySocket::Create(request.private_directory() + "/notify.sock", uid,
                           gid, std::move(notify_owner), loop));
  generation.notify_variable =
      absl::StrCat("NOTIFY_SOCKET=", generation.notify->address());
  return absl::OkStatus();
}

// Gives the private directory to the service's user. Last of all: what the shim
// does in there by path, it does while nobody else can put a link in its way.
absl::Status GiveDirectory(const v1::StartRequest& request) {
  const std::string& path = request.private_directory();
  UniqueFd directory(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid() || fchmod(directory.get(), 0700) != 0 ||
      (request.set_user() &&
       fchown(directory.get(), request.uid(), request.gid()) != 0)) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot give ", path, " to the service's user"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Generation>> MakeGeneration(
    const v1::StartRequest& request, EndpointGroups& groups) {
  RETURN_IF_ERROR(CheckFields(request));
  ASSIGN_OR_RETURN(std::vector<NamedEndpoint> endpoints,
                   ParseEndpoints(request));
  return std::make_unique<Generation>(
      request, std::make_unique<GenerationListeners>(
                   request.generation(), std::move(endpoints), groups));
}

absl::StatusOr<std::unique_ptr<Generation>> MakeAdopted(
    const v1::AdoptRequest& request, EndpointGroups& groups) {
  v1::StartRequest as_started;
  as_started.set_generation(request.generation());
  as_started.set_revision(request.revision());
  as_started.set_attempt(request.attempt());
  as_started.set_handover(v1::INTERCEPT);
  as_started.set_handshake_grace_ns(request.handshake_grace_ns());
  *as_started.mutable_endpoints() = request.endpoints();
  ASSIGN_OR_RETURN(std::vector<NamedEndpoint> endpoints,
                   ParseEndpoints(as_started));
  if (endpoints.empty()) {
    return absl::InvalidArgumentError(
        "endpoints: name those the service listens on");
  }
  return std::make_unique<Generation>(
      as_started, std::make_unique<GenerationListeners>(
                      request.generation(), std::move(endpoints), groups));
}

absl::StatusOr<std::unique_ptr<Generation>> MakeAgain(
    const v1::StartRequest& request, Phase phase, EndpointGroups& groups) {
  ASSIGN_OR_RETURN(std::vector<NamedEndpoint> endpoints,
                   ParseEndpoints(request));
  return std::make_unique<Generation>(
      request,
      std::make_unique<GenerationListeners>(request.generation(),
                                            std::move(endpoints), groups),
      phase);
}

NotifySocket::Owner NotifyOwner(Generation& generation,
                                const GenerationTrees& trees) {
  NotifySocket::Owner owner;
  owner.accepts = [&generation, &trees](pid_t sender) {
    return trees.Owns(generation, sender);
  };
  owner.on_ready = [&generation] {
    if (generation.notified_ready) return;
    generation.notified_ready = true;
    generation.times.set_notified_ready_ns(NowNs());
  };
  return owner;
}

absl::Status Launch(Generation& generation, const GenerationTrees& trees,
                    OutputFile& output, EpollLoop& loop) {
  RETURN_IF_ERROR(
      MakeChannels(generation, NotifyOwner(generation, trees), output, loop));
  ASSIGN_OR_RETURN(UniqueFd service_output,
                   generation.output->OpenForService());
  RETURN_IF_ERROR(GiveDirectory(generation.request));
  RETURN_IF_ERROR(MakeGroups(generation));
  SpawnOptions options;
  options.request = &generation.request;
  options.environment = {generation.notify_variable};
  options.output = service_output.get();
  if (generation.group) options.control_group = generation.group->descriptor();
  options.must_be_in_group = MustBeInGroup(generation);
  std::vector<UniqueFd> entrances;
  for (const auto& group : generation.limiting_groups) {
    ASSIGN_OR_RETURN(UniqueFd entrance, group->OpenEntrance());
    options.entrances.push_back(entrance.get());
    entrances.push_back(std::move(entrance));
  }
  options.intercept = generation.request.handover() == v1::INTERCEPT;
  if (!options.intercept) {
    ASSIGN_OR_RETURN(options.listeners, generation.listeners->Activate(
                                            UserOf(generation.request)));
    for (const NamedEndpoint& endpoint : generation.listeners->endpoints()) {
      options.listener_names.push_back(endpoint.name);
    }
  }
  generation.times.set_started_ns(NowNs());
  ASSIGN_OR_RETURN(Spawned spawned, Spawn(options));
  if (!spawned.in_control_group) generation.group.reset();
  generation.main = spawned.pid;
  generation.head_start_ends_ns = NowNs() + kHeadStartNs;
  generation.pidfd = std::move(spawned.pidfd);
  generation.seccomp = std::move(spawned.seccomp);
  return absl::OkStatus();
}

}  // namespace rollout::shim
