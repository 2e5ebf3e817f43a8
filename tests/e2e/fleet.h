// SPDX-License-Identifier: Apache-2.0
//
// A controller and its agents, as real processes on one machine: each host with
// its own address, state directory and certificate. Below a directory of its
// own:
//
//   pki/                    the certificate authority
//   operator/               the operator's certificate
//   controller/, host-N/    configuration, certificate, state, log

#ifndef TESTS_E2E_FLEET_H_
#define TESTS_E2E_FLEET_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/e2e/host_networks.h"
#include "tests/e2e/operator.h"
#include "tests/e2e/process.h"

namespace rollout::e2e {

// A line that a service wrote.
struct OutputLine {
  int64_t generation = 0;
  std::string text;
};

// An agent's program, its configuration, and the directory that this is in.
struct AgentFiles {
  std::string program;
  std::string configuration;
  std::string directory;
};

// Makes the command that runs an agent, and ends it at SIGTERM: the agent's
// own, or that of a program which looks after it. Files it needs go beside the
// configuration; what ends with ".log" is shown after a failed test.
using AgentCommand =
    std::function<absl::StatusOr<std::vector<std::string>>(const AgentFiles&)>;

// The agent's own.
absl::StatusOr<std::vector<std::string>> BareAgent(const AgentFiles& files);

// Not thread-safe. Hosts are counted from 0. One at a time in a process.
class Fleet {
 public:
  // Returns when the controller is ready and every host is connected. Each host
  // is in its own of `networks`, which must outlive the fleet; none: all are
  // where the controller is.
  static absl::StatusOr<std::unique_ptr<Fleet>> Start(
      int hosts, AgentCommand agent_command = BareAgent,
      const HostNetworks* networks = nullptr);

  // Ends what runs. After a failed test the logs are shown.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // For artifacts and other things of the test.
  std::string directory() const { return directory_; }
  const Operator& operate() const { return *operator_; }

  // A port that is free on every host, and stays the same.
  int port() const { return port_; }
  // 127.0.1.N: of a host that has no network of its own.
  static std::string Address(int host);
  // Where the controller takes webhooks.
  const std::string& http_address() const { return http_address_; }
  // Where clients find a service of the plan: the host's address with port.
  std::string Target(int host) const;

  // What the service wrote on this host, as far as it has been captured.
  std::vector<OutputLine> Output(int host, const std::string& service) const;

  // What people do to processes. Signal 9 ends a program without a word.
  absl::Status StartController();
  absl::Status StartAgent(int host);
  void KillController();
  void KillAgent(int host);
  // Adds lines to the controller's configuration, and starts it anew.
  absl::Status Reconfigure(const std::string& lines);
  // The controller's memory of everything, while it is not running.
  void ForgetStore();
  // What the agent's command runs.
  Process& agent(int host) { return *agents_[host]; }
  Process& controller() { return *controller_; }

  // Waits until every host whose agent runs is connected.
  absl::Status AwaitConnected(absl::Duration limit = absl::Seconds(30)) const;

  // Ends all services of the host with their shims, its agent first.
  absl::Status StopServices(int host);

 private:
  Fleet(std::string directory, AgentCommand agent_command,
        const HostNetworks* networks)
      : directory_(std::move(directory)),
        agent_command_(std::move(agent_command)),
        networks_(networks) {}

  absl::Status MakeCertificates(int hosts);
  absl::Status WriteConfigurations(int hosts);
  std::string ControllerHost() const;
  std::string AddressOf(int host) const;
  std::string HostDirectory(int host) const;
  // Starts a program that belongs to the host, where that is.
  absl::StatusOr<std::unique_ptr<Process>> StartOnHost(
      int host, const std::vector<std::string>& command) const;
  AgentFiles FilesOfAgent(int host) const;
  void ShowLogs() const;

  const std::string directory_;
  const AgentCommand agent_command_;
  const HostNetworks* const networks_;
  std::string controller_address_;
  std::string http_address_;
  int port_ = 0;
  std::unique_ptr<Operator> operator_;
  std::unique_ptr<Process> controller_;
  std::vector<std::unique_ptr<Process>> agents_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_FLEET_H_
