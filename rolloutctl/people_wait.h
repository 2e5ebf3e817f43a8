// SPDX-License-Identifier: Apache-2.0
//
// What a rollout waits for that only people can give: a script has no use in
// waiting for it.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_PEOPLE_WAIT_H_
#define ROLLOUTCTL_PEOPLE_WAIT_H_

#include <optional>
#include <string>

#include "proto/rollout/v1/rollout.pb.h"
#include "rolloutctl/command.h"

namespace rollout::ctl {

// Of the flag --exit-on-wait.
inline constexpr char kExitOnWaitHelp[] =
    "End as soon as the rollout waits for people. Exit code: 5 paused, or "
    "wants "
    "an approval, 7 its hosts are frozen";

struct PeopleWait {
  // kWaitsForPerson, or kDenied where hosts are frozen.
  ExitCode code = ExitCode::kWaitsForPerson;
  // Behind the rollout's name: "is paused: go on with rolloutctl resume web, or
  // abort".
  std::string text;
};

// None: it goes on by itself, or is over. Conditions are as of the engine's
// last pass: what an operator has done since then counts as done.
std::optional<PeopleWait> PeopleWaitOf(const v1::Rollout& rollout);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_PEOPLE_WAIT_H_
