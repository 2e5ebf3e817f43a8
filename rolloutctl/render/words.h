// SPDX-License-Identifier: Apache-2.0
//
// Single values as people read them: ages, shares, the words for phases.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_WORDS_H_
#define ROLLOUTCTL_RENDER_WORDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/resources.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "proto/rollout/v1/source.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::render {

// The two largest units: "0s", "59s", "2m5s", "3h10m", "9d4h". Negative: "0s".
std::string Age(absl::Duration age);

// A measured time, three digits or so: "85us", "4.2ms", "0.31s", "12.4s".
std::string Took(absl::Duration time);

// What a generation uses, "412Mi memory (peak 500Mi), 12.4s CPU, 5 processes, 9
// threads, 80 descriptors"; what is not known is left out.
std::string UsageText(const v1::ResourceUsage& usage);

// Thousandths: "100%", "12.5%", "0%".
std::string Share(double permille);

// "Progressing", "RolledBack"; "Unknown" for a number that is not known here.
std::string PhaseWord(v1::RolloutPhase phase);
// "Serving", "Failed".
std::string PhaseWord(v1::GenerationPhase phase);
// "Swapped", "SwitchedBack".
std::string OutcomeWord(v1::SwapReport::Outcome outcome);

// "intercept".
std::string HandoverWord(v1::Handover handover);

// "Synced", "OutOfSync", "Failed".
std::string SyncWord(v1::SyncState state);

// The first twelve digits; "-": there is none.
std::string ShortId(const v1::Commit& commit);

// "Created".
std::string ChangeWord(v1::AppliedPlan::Change change);

// What hosts are that have got to where the rollout goes: "updated", or "back"
// when it goes back.
std::string ArrivedWord(v1::RolloutPhase phase);

// "HostFailed: web-2 exited". A reason that only repeats the phase is left
// out; empty: there is nothing to say.
std::string ReasonText(const v1::Rollout& rollout);

// "MaxSurge: 1 may be in change: 1 host (web-2) in change". A rule that only
// repeats the state is left out; empty: there is nothing to say.
std::string ReasonText(const v1::PlanHostStatus& host);

// "is being removed by ann: moved to zone b".
std::string RemovalText(const v1::Removal& removal);

// The text on one line and without control characters, which a service's
// message could hold and a terminal would obey.
std::string Printable(absl::string_view text);

// How many columns UTF-8 text takes, every character one wide.
int Columns(absl::string_view text);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_WORDS_H_
