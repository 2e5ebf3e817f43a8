// SPDX-License-Identifier: Apache-2.0
//
// How to reach the controller, and who says so.

#ifndef ROLLOUTCTL_CONNECTION_H_
#define ROLLOUTCTL_CONNECTION_H_

#include <string>

namespace rollout::ctl {

// What one of flags, environment and context says. Empty: it does not say.
struct ConnectionSettings {
  // "HOST:PORT".
  std::string controller;
  // Paths of PEM files: the fleet's authority, the operator's own pair.
  std::string ca;
  std::string certificate;
  std::string key;
  // Plaintext, to a controller on loopback.
  bool insecure_loopback = false;

  bool has_any_file() const {
    return !ca.empty() || !certificate.empty() || !key.empty();
  }
};

// What the flags say, and what may complete it: connection_choice.h has the
// order.
struct ConnectionFlags : ConnectionSettings {
  // ROLLOUT_CONTROLLER, ROLLOUT_CA, ROLLOUT_CERTIFICATE, ROLLOUT_KEY.
  ConnectionSettings environment;
  // A context's name: --context and ROLLOUT_CONTEXT.
  std::string context;
  std::string environment_context;
  // The file of contexts: --config, else ROLLOUT_CONFIG; empty: the default.
  std::string config;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONNECTION_H_
