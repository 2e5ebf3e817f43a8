// SPDX-License-Identifier: Apache-2.0
//
// What --help calls the value of a flag or argument (CLI11's type name), which
// is also what completion goes by. Words that are separated by '|' are all the
// values there are: "table|json|yaml".

#ifndef ROLLOUTCTL_VALUE_NAME_H_
#define ROLLOUTCTL_VALUE_NAME_H_

#include <string>

namespace CLI {
class Option;
}

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

// The option's, without the range that CLI11 puts behind it, or the words that
// it checks for; empty where it takes no value.
std::string ValueName(const CLI::Option& option);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_VALUE_NAME_H_
