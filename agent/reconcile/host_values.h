// SPDX-License-Identifier: Apache-2.0
//
// Puts what is only known on the host into the strings of a template:
// "${host.address}:8080" becomes "192.0.2.7:8080".
//
// Pure: safe from any thread.

#ifndef AGENT_RECONCILE_HOST_VALUES_H_
#define AGENT_RECONCILE_HOST_VALUES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::agent {

// By name, without "${" and "}".
using HostValues = std::map<std::string, std::string>;

// host.name, host.address and host.labels.NAME for every label.
HostValues ValuesOf(const v1::HostInfo& host);

// As ReplacePlaceholders, with the remedy in the error.
absl::StatusOr<std::string> Expand(absl::string_view text,
                                   const HostValues& values);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_HOST_VALUES_H_
