// SPDX-License-Identifier: Apache-2.0
//
// The agent's configuration: a YAML file, and a flag for each of its keys that
// overrides it. docs/operating.md describes both.

#ifndef AGENT_CONFIGURATION_H_
#define AGENT_CONFIGURATION_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "base/transport_security.h"

namespace rollout {

struct AgentConfiguration {
  // Where the agent keeps all it must not forget. Absolute.
  std::string state_directory;
  // "HOST:PORT" of the controller.
  std::string controller;
  // The host's name, as in its certificate, its address and its labels.
  std::string name;
  std::string address;
  std::map<std::string, std::string> labels;
  TransportSecurity security;
  // The shim's program; empty: beside the agent's own.
  std::string shim;
  // The first of the marks that steer connections (SO_MARK), one per
  // generation; 65536 of them are used.
  uint32_t mark_base = 0x52000000;
  // The control group (v2) below which those of the generations are made, and
  // in which no process is; empty: the agent's own.
  std::string control_group;
};

// What the command line asks for.
struct AgentCommandLine {
  AgentConfiguration configuration;
  // End every service and shim of this host, and no more.
  bool stop_services = false;
  // Print this and leave: help or version.
  std::string text;
};

// InvalidArgument: a flag, or FILE:LINE:COLUMN of what is wrong in the file,
// and what is right. Else: the file can't be read.
absl::StatusOr<AgentCommandLine> ReadAgentCommandLine(FileSystem& files,
                                                      int argc,
                                                      const char* const* argv);

}  // namespace rollout

#endif  // AGENT_CONFIGURATION_H_
