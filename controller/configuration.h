// SPDX-License-Identifier: Apache-2.0
//
// The controller's configuration: a YAML file, and a flag for each of its keys
// that overrides it. docs/operating.md describes both.

#ifndef CONTROLLER_CONFIGURATION_H_
#define CONTROLLER_CONFIGURATION_H_

#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "base/host_port.h"
#include "base/transport_security.h"
#include "controller/gitops/source_settings.h"

namespace rollout {

struct ControllerConfiguration {
  // Where the controller keeps all it must not forget. Absolute.
  std::string data_directory;
  // For operators and agents: gRPC.
  HostPort listen = {"0.0.0.0", 7400};
  // For Prometheus and health checks: HTTP, plaintext.
  HostPort http_listen = {"127.0.0.1", 7401};
  TransportSecurity security;
  // So many hosts of all plans together may be in change.
  int max_hosts_in_change = std::numeric_limits<int>::max();
  // The rollout-fetch program; empty: beside the controller's own.
  std::string fetcher;
  // The repositories that plans come from.
  std::vector<gitops::SourceSettings> sources;
};

// What the command line asks for.
struct ControllerCommandLine {
  ControllerConfiguration configuration;
  // Print this and leave: help or version.
  std::string text;
};

// InvalidArgument: a flag, or FILE:LINE:COLUMN of what is wrong in the file,
// and what is right. Else: the file can't be read.
absl::StatusOr<ControllerCommandLine> ReadControllerCommandLine(
    FileSystem& files, int argc, const char* const* argv);

}  // namespace rollout

#endif  // CONTROLLER_CONFIGURATION_H_
