// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/fleet.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/http_get.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30);

constexpr char kControllerConfiguration[] = R"(dataDir: $0/data
listen: $1
httpListen: $2
tls: {ca: $0/ca.crt, certificate: $0/controller.crt, key: $0/controller.key}
fetcher: $3
)";

constexpr char kAgentConfiguration[] = R"(stateDir: $0/state
controller: $1
name: $2
address: $3
labels: {role: web}
tls: {ca: $0/ca.crt, certificate: $0/$2.crt, key: $0/$2.key}
shim: $4
)";

// Programs and sources are where Bazel has put them.
std::string InTree(absl::string_view path) {
  return (std::filesystem::current_path() / std::string(path)).string();
}

// A port of the kernel's choice, free again: the namespace is ours alone, so
// nobody takes it before it is used.
int FreePort() {
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  bind(listener.get(), generic, size);
  getsockname(listener.get(), generic, &size);
  return ntohs(address.sin_port);
}

std::string HostName(int host) { return absl::StrCat("host-", host); }

// The last lines of a file.
std::string Tail(const std::string& path, size_t lines) {
  PosixFileSystem files;
  std::string text = files.Read(path).value_or("");
  std::vector<std::string> all = absl::StrSplit(text, '\n');
  size_t first = all.size() > lines ? all.size() - lines : 0;
  std::string tail;
  for (size_t i = first; i < all.size(); ++i) {
    absl::StrAppend(&tail, "  ", all[i], "\n");
  }
  return tail;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> BareAgent(const AgentFiles& files) {
  return std::vector<std::string>{files.program, "--config",
                                  files.configuration};
}

absl::StatusOr<std::unique_ptr<Fleet>> Fleet::Start(
    int hosts, AgentCommand agent_command, const HostNetworks* networks) {
  // Short: unix sockets are made below it.
  char pattern[] = "/tmp/rollout-e2e-XXXXXX";
  if (mkdtemp(pattern) == nullptr) {
    return absl::ErrnoToStatus(errno, "mkdtemp");
  }
  auto fleet =
      absl::WrapUnique(new Fleet(pattern, std::move(agent_command), networks));
  fleet->controller_address_ =
      absl::StrCat(fleet->ControllerHost(), ":", FreePort());
  fleet->http_address_ = absl::StrCat("127.0.0.1:", FreePort());
  fleet->port_ = FreePort();
  fleet->agents_.resize(hosts);
  fleet->operator_ = std::make_unique<Operator>(
      InTree("rolloutctl/rolloutctl"), fleet->controller_address_,
      fleet->directory_ + "/operator", "tester");
  RETURN_IF_ERROR(fleet->MakeCertificates(hosts));
  RETURN_IF_ERROR(fleet->WriteConfigurations(hosts));
  RETURN_IF_ERROR(fleet->StartController());
  for (int host = 0; host < hosts; ++host) {
    RETURN_IF_ERROR(fleet->StartAgent(host));
  }
  RETURN_IF_ERROR(fleet->AwaitConnected());
  return fleet;
}

Fleet::~Fleet() {
  if (::testing::Test::HasFailure()) ShowLogs();
  for (size_t host = 0; host < agents_.size(); ++host) {
    absl::Status stopped = StopServices(host);
    if (!stopped.ok()) std::cerr << stopped << "\n";
  }
  KillController();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string Fleet::Address(int host) {
  return absl::StrCat("127.0.1.", host + 1);
}

std::string Fleet::ControllerHost() const {
  return networks_ == nullptr ? "127.0.0.1" : HostNetworks::AddressHere();
}

std::string Fleet::AddressOf(int host) const {
  return networks_ == nullptr ? Address(host) : HostNetworks::Address(host);
}

std::string Fleet::Target(int host) const {
  return absl::StrCat(AddressOf(host), ":", port_);
}

std::string Fleet::HostDirectory(int host) const {
  return absl::StrCat(directory_, "/", HostName(host));
}

AgentFiles Fleet::FilesOfAgent(int host) const {
  const std::string home = HostDirectory(host);
  return {InTree("agent/rollout-agent"), home + "/agent.yaml", home};
}

absl::Status Fleet::MakeCertificates(int hosts) {
  const std::string pki = directory_ + "/pki";
  auto run = [this](std::vector<std::string> arguments) -> absl::Status {
    ASSIGN_OR_RETURN(Told told, operator_->Run(std::move(arguments)));
    if (told.exit_code != 0) return absl::UnknownError(told.output);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(run({"pki", "init", "--dir", pki}));
  RETURN_IF_ERROR(run({"pki", "issue", "operator", "tester", "--dir", pki,
                       "--out", directory_ + "/operator"}));
  RETURN_IF_ERROR(
      run({"pki", "issue", "controller", "controller", "--dir", pki, "--out",
           directory_ + "/controller", "--address", ControllerHost()}));
  for (int host = 0; host < hosts; ++host) {
    RETURN_IF_ERROR(run({"pki", "issue", "host", HostName(host), "--dir", pki,
                         "--out", HostDirectory(host)}));
  }
  return absl::OkStatus();
}

absl::Status Fleet::WriteConfigurations(int hosts) {
  PosixFileSystem files;
  const std::string controller = directory_ + "/controller";
  RETURN_IF_ERROR(files.WriteAtomically(
      controller + "/controller.yaml",
      absl::Substitute(kControllerConfiguration, controller,
                       controller_address_, http_address_,
                       InTree("controller/gitops/fetch/rollout-fetch"))));
  for (int host = 0; host < hosts; ++host) {
    RETURN_IF_ERROR(files.WriteAtomically(
        FilesOfAgent(host).configuration,
        absl::Substitute(kAgentConfiguration, HostDirectory(host),
                         controller_address_, HostName(host), AddressOf(host),
                         InTree("agent/shim/rollout-shim"))));
  }
  return absl::OkStatus();
}

absl::Status Fleet::StartController() {
  const std::string home = directory_ + "/controller";
  ASSIGN_OR_RETURN(controller_,
                   Process::Start({InTree("controller/rollout-controller"),
                                   "--config", home + "/controller.yaml"},
                                  home + "/log"));
  ASSIGN_OR_RETURN(
      load::HttpGet ready,
      load::HttpGet::Create(http_address_, "/readyz", absl::Seconds(1)));
  bool up = WaitUntil(kStartLimit, [&] {
    return !controller_->Running() || ready.Ask().outcome == load::Outcome::kOk;
  });
  if (up && controller_->Running()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the controller is not ready:\n", Tail(home + "/log", 20)));
}

absl::Status Fleet::StartAgent(int host) {
  ASSIGN_OR_RETURN(std::vector<std::string> command,
                   agent_command_(FilesOfAgent(host)));
  ASSIGN_OR_RETURN(agents_[host], StartOnHost(host, command));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Process>> Fleet::StartOnHost(
    int host, const std::vector<std::string>& command) const {
  std::optional<HostNetworks::Visit> there;
  if (networks_ != nullptr) there.emplace(*networks_, host);
  return Process::Start(command, HostDirectory(host) + "/log");
}

absl::Status Fleet::Reconfigure(const std::string& lines) {
  PosixFileSystem files;
  const std::string path = directory_ + "/controller/controller.yaml";
  ASSIGN_OR_RETURN(const std::string configuration, files.Read(path));
  RETURN_IF_ERROR(files.WriteAtomically(path, configuration + lines));
  KillController();
  RETURN_IF_ERROR(StartController());
  return AwaitConnected();
}

void Fleet::KillController() { controller_.reset(); }

void Fleet::KillAgent(int host) { agents_[host].reset(); }

void Fleet::ForgetStore() {
  std::filesystem::remove_all(directory_ + "/controller/data");
}

absl::Status Fleet::AwaitConnected(absl::Duration limit) const {
  int wanted = 0;
  for (const auto& agent : agents_) wanted += agent != nullptr;
  std::string last;
  bool all = WaitUntil(limit, [&] {
    auto list = operator_->List("hosts");
    if (!list.ok()) {
      last = list.status().ToString();
      return false;
    }
    last = list->ShortDebugString();
    int connected = 0;
    for (const v1::Host& host : list->hosts()) connected += host.connected();
    return connected == wanted;
  });
  if (all) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat(wanted, " hosts were to connect; there are: ", last));
}

absl::Status Fleet::StopServices(int host) {
  const std::string home = HostDirectory(host);
  if (agents_[host] != nullptr) {
    agents_[host]->Signal(SIGTERM);
    if (!agents_[host]->Wait(absl::Seconds(20))) {
      std::cerr << HostName(host) << ": the agent does not end at SIGTERM\n";
    }
    agents_[host].reset();
  }
  const AgentFiles files = FilesOfAgent(host);
  ASSIGN_OR_RETURN(std::unique_ptr<Process> stop,
                   StartOnHost(host, {files.program, "--config",
                                      files.configuration, "--stop-services"}));
  std::optional<int> status = stop->Wait(absl::Seconds(60));
  if (status == 0) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(HostName(host), ": rollout-agent --stop-services failed:\n",
                   Tail(home + "/log", 20)));
}

std::vector<OutputLine> Fleet::Output(int host,
                                      const std::string& service) const {
  PosixFileSystem files;
  std::string text =
      files
          .Read(absl::StrCat(HostDirectory(host), "/state/services/", service,
                             "/output.log"))
          .value_or("");
  std::vector<OutputLine> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    // SEQUENCE GENERATION TEXT
    std::vector<absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(' ', 2));
    OutputLine output;
    if (parts.size() == 3 && absl::SimpleAtoi(parts[1], &output.generation)) {
      output.text = std::string(parts[2]);
      lines.push_back(std::move(output));
    }
  }
  return lines;
}

void Fleet::ShowLogs() const {
  constexpr size_t kLines = 60;
  auto show = [](const std::string& path) {
    std::cerr << "---- the end of " << path << "\n" << Tail(path, kLines);
  };
  show(directory_ + "/controller/log");
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory_, ignored)) {
    const std::string path = entry.path().string();
    if (absl::StrContains(path, "/host-") &&
        (absl::EndsWith(path, "/log") || absl::EndsWith(path, ".log"))) {
      show(path);
    }
  }
}

}  // namespace rollout::e2e
