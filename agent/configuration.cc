// SPDX-License-Identifier: Apache-2.0

#include "agent/configuration.h"

#include <unistd.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/command_line.h"
#include "base/command_parser.h"
#include "base/host_port.h"
#include "base/status_macros.h"
#include "base/yaml_document.h"
#include "base/yaml_reader.h"

namespace rollout {
namespace {

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

absl::Status ReadFile(FileSystem& files, const std::string& path,
                      AgentConfiguration* configuration) {
  ASSIGN_OR_RETURN(std::string text, files.Read(path));
  ASSIGN_OR_RETURN(std::vector<YamlNode> documents, ParseYaml(path, text));
  if (documents.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ":1:1: holds ", documents.size(), " documents, not one"));
  }
  YamlErrors errors(path);
  {
    YamlMap map(YamlValue(&documents[0], &errors));
    configuration->state_directory = map.Get("stateDir").String();
    configuration->controller = map.Get("controller").String();
    configuration->name = map.Get("name").String(configuration->name);
    configuration->address = map.Get("address").String();
    for (const auto& [name, value] : map.Get("labels").Entries()) {
      configuration->labels[name] = value.String();
    }
    configuration->security.insecure_loopback =
        map.Get("insecureLoopback").Bool(false);
    configuration->shim = map.Get("shim").String();
    configuration->mark_base = static_cast<uint32_t>(
        map.Get("markBase").Integer(0, 0xffff0000, configuration->mark_base));
    configuration->control_group = map.Get("controlGroup").String();
    YamlMap tls(map.Get("tls"));
    configuration->security.tls.ca = tls.Get("ca").String();
    configuration->security.tls.certificate = tls.Get("certificate").String();
    configuration->security.tls.key = tls.Get("key").String();
  }
  return errors.status();
}

// Flags override the file; those not given leave it as it is.
void AddFlags(CommandParser& parser, AgentConfiguration* configuration,
              std::vector<std::string>* labels) {
  parser.AddFlag("--state-dir", configuration->state_directory,
                 "where the agent keeps its state");
  parser.AddFlag("--controller", configuration->controller,
                 "HOST:PORT of the controller");
  parser.AddFlag("--name", configuration->name, "the host's name");
  parser.AddFlag("--address", configuration->address,
                 "where the host's services are reached");
  parser.AddFlag("--label", *labels, "NAME=VALUE; may be repeated");
  parser.AddFlag("--ca", configuration->security.tls.ca,
                 "authorities that are believed (PEM)");
  parser.AddFlag("--certificate", configuration->security.tls.certificate,
                 "this host's certificate (PEM)");
  parser.AddFlag("--key", configuration->security.tls.key,
                 "the certificate's key (PEM)");
  parser.AddSwitch("--insecure-loopback",
                   configuration->security.insecure_loopback,
                   "plaintext, to a controller on a loopback address only");
  parser.AddFlag("--shim", configuration->shim, "the rollout-shim program");
  parser.AddFlag("--mark-base", configuration->mark_base,
                 "first of the 65536 socket marks that steer connections");
  parser.AddFlag("--control-group", configuration->control_group,
                 "control group (v2) that holds those of the services");
}

absl::Status AddLabels(const std::vector<std::string>& labels,
                       AgentConfiguration* configuration) {
  for (const std::string& label : labels) {
    size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--label ", label, ": write NAME=VALUE"));
    }
    configuration->labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return absl::OkStatus();
}

absl::Status Check(const AgentConfiguration& configuration) {
  if (configuration.controller.empty()) {
    return absl::InvalidArgumentError(
        "controller is not set: write controller: HOST:PORT in the "
        "configuration, or give --controller");
  }
  if (!absl::StartsWith(configuration.state_directory, "/")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "stateDir \"", configuration.state_directory,
        "\" is no absolute path: set it to one, say /var/lib/rollout-agent"));
  }
  if (!configuration.control_group.empty() &&
      !absl::StartsWith(configuration.control_group, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat("controlGroup \"", configuration.control_group,
                     "\" is no absolute path: write that of its directory, say "
                     "/sys/fs/cgroup/system.slice/services.service"));
  }
  RETURN_IF_ERROR(WithContext(ParseHostPort(configuration.controller).status(),
                              "controller"));
  if (configuration.address.empty()) {
    return absl::InvalidArgumentError(
        "address is not set: it is where this host's services are reached");
  }
  if (configuration.name.empty()) {
    return absl::InvalidArgumentError(
        "name is not set, nor has the machine "
        "a name: set it as in the certificate");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AgentCommandLine> ReadAgentCommandLine(FileSystem& files,
                                                      int argc,
                                                      const char* const* argv) {
  AgentCommandLine line;
  line.configuration.name = HostName();
  // Twice: the file named by the first reading stands below the flags.
  for (bool with_file : {false, true}) {
    CommandParser parser(
        argv[0], "Runs the services of one host as the controller assigns.");
    std::string file;
    std::vector<std::string> labels;
    parser.AddFlag("--config", file, "YAML file; flags override it");
    parser.AddSwitch("--stop-services", line.stop_services,
                     "end every service of this host, and leave");
    AddFlags(parser, &line.configuration, &labels);
    ASSIGN_OR_RETURN(line.text,
                     ParseCommandLine(parser, "rollout-agent", argc, argv));
    if (!line.text.empty()) return line;
    if (with_file) {
      RETURN_IF_ERROR(AddLabels(labels, &line.configuration));
    } else if (!file.empty()) {
      RETURN_IF_ERROR(ReadFile(files, file, &line.configuration));
    }
  }
  RETURN_IF_ERROR(Check(line.configuration));
  return line;
}

}  // namespace rollout
