// SPDX-License-Identifier: Apache-2.0
//
// The names somebody may want to type that stand elsewhere: contexts in their
// file; plans, hosts, revisions, swaps and sources at the controller.

#ifndef ROLLOUTCTL_KNOWN_NAMES_H_
#define ROLLOUTCTL_KNOWN_NAMES_H_

#include <string>
#include <vector>

#include "rolloutctl/completion_point.h"

namespace rollout::ctl {

struct Candidate {
  std::string value;
  // What it is, for who chooses; may be empty.
  std::string what;
};

// For a value that value_name.h calls `name`; none for the names that are not
// known there. The controller is that of the words given, and of the
// environment. Waits for it a second and a half at most; whatever fails, there
// is nothing to choose from.
std::vector<Candidate> KnownNames(const std::string& name,
                                  const CompletionPoint& point);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_KNOWN_NAMES_H_
