// SPDX-License-Identifier: Apache-2.0
//
// What --help calls the value of a flag or argument (Flag::Type), which
// is also what completion goes by. Words that are separated by '|' are all the
// values there are: "table|json|yaml".

#ifndef ROLLOUTCTL_VALUE_NAME_H_
#define ROLLOUTCTL_VALUE_NAME_H_

#include <string>

#include "base/command_parser.h"

namespace rollout::ctl {

inline constexpr char kPlanValue[] = "PLAN";
inline constexpr char kHostValue[] = "HOST";
// A revision's number, and its id, both of the plan that is named before.
inline constexpr char kRevisionValue[] = "REVISION";
inline constexpr char kRevisionIdValue[] = "REVISION-ID";
inline constexpr char kSwapValue[] = "PLAN/GENERATION";
inline constexpr char kSourceValue[] = "SOURCE";
// Of the kind that is named before.
inline constexpr char kNameOfKindValue[] = "NAME";
inline constexpr char kContextValue[] = "CONTEXT";
inline constexpr char kFileValue[] = "FILE";
inline constexpr char kDirectoryValue[] = "DIRECTORY";

// The flag's, without the range that --help puts behind it, or the words that
// it checks for; empty where it takes no value.
std::string ValueName(const Flag& flag);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_VALUE_NAME_H_
