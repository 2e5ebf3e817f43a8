// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/connection_flags.h"

#include <cstdlib>

#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

// The parser's library could read the environment itself, but not tell it from
// a flag then.
void AddConnectionFlags(CommandParser& parser, ConnectionFlags& flags) {
  parser
      .AddFlag("--controller", flags.controller,
               "The controller's HOST:PORT; or ROLLOUT_CONTROLLER, or a "
               "context's (127.0.0.1:7400)")
      .Type("ADDRESS");
  parser
      .AddFlag("--ca", flags.ca,
               "Certificate of the fleet's authority; or ROLLOUT_CA")
      .Type(kFileValue);
  parser
      .AddFlag("--certificate", flags.certificate,
               "Your own certificate; or ROLLOUT_CERTIFICATE")
      .Type(kFileValue);
  parser.AddFlag("--key", flags.key, "Its private key; or ROLLOUT_KEY")
      .Type(kFileValue);
  parser.AddSwitch("--insecure-loopback", flags.insecure_loopback,
                   "No TLS; only to a controller on this machine");
  parser
      .AddFlag("--context", flags.context,
               "The fleet, by its name in the file of contexts; or "
               "ROLLOUT_CONTEXT (that of \"rolloutctl config use\")")
      .Type(kContextValue);
  parser
      .AddFlag("--config", flags.config,
               "The file of contexts; or ROLLOUT_CONFIG "
               "(~/.config/rolloutctl/config.yaml)")
      .Type(kFileValue);
}

void ReadEnvironment(ConnectionFlags& flags) {
  flags.environment.controller = Variable("ROLLOUT_CONTROLLER");
  flags.environment.ca = Variable("ROLLOUT_CA");
  flags.environment.certificate = Variable("ROLLOUT_CERTIFICATE");
  flags.environment.key = Variable("ROLLOUT_KEY");
  flags.environment_context = Variable("ROLLOUT_CONTEXT");
  if (flags.config.empty()) flags.config = Variable("ROLLOUT_CONFIG");
}

std::vector<std::string> VariablesAboveCurrent(const ConnectionFlags& flags) {
  std::vector<std::string> set;
  const auto add = [&set](const char* name, const std::string& value) {
    if (!value.empty()) set.push_back(name);
  };
  add("ROLLOUT_CONTROLLER", flags.environment.controller);
  add("ROLLOUT_CA", flags.environment.ca);
  add("ROLLOUT_CERTIFICATE", flags.environment.certificate);
  add("ROLLOUT_KEY", flags.environment.key);
  add("ROLLOUT_CONTEXT", flags.environment_context);
  return set;
}

}  // namespace rollout::ctl
