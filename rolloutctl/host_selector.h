// SPDX-License-Identifier: Apache-2.0
//
// -l, the flag of commands for hosts with certain labels.

#ifndef ROLLOUTCTL_HOST_SELECTOR_H_
#define ROLLOUTCTL_HOST_SELECTOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/command_parser.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::ctl {

// `selector` must outlive the parsing.
Flag& AddSelector(CommandParser& command, std::string& selector);

// "zone=a,env=prod"; empty: every host. InvalidArgument: it is none.
absl::StatusOr<v1::HostSelector> ParseSelector(const std::string& text);

// The host has all of the labels.
bool Matches(const v1::HostSelector& selector, const v1::HostInfo& host);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_HOST_SELECTOR_H_
