// SPDX-License-Identifier: Apache-2.0
//
// How to reach the controller, as flags and environment have it.

#ifndef ROLLOUTCTL_CONNECTION_H_
#define ROLLOUTCTL_CONNECTION_H_

#include <string>

namespace rollout::ctl {

struct ConnectionFlags {
  // "HOST:PORT".
  std::string controller = "127.0.0.1:7400";
  // Paths of PEM files: the fleet's authority, the operator's own pair.
  std::string ca;
  std::string certificate;
  std::string key;
  // Plaintext, to a controller on loopback.
  bool insecure_loopback = false;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONNECTION_H_
