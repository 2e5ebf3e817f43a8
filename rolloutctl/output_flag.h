// SPDX-License-Identifier: Apache-2.0
//
// -o, the flag of every command that prints something a script may want.

#ifndef ROLLOUTCTL_OUTPUT_FLAG_H_
#define ROLLOUTCTL_OUTPUT_FLAG_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/command_parser.h"
#include "rolloutctl/render/structured.h"

namespace rollout::ctl {

class OutputFlag {
 public:
  // table, json and yaml; lists also wide and name.
  enum class Forms { kOfOne, kOfLists };

  explicit OutputFlag(Forms forms = Forms::kOfOne) : forms_(forms) {}

  // Must outlive the parsing.
  void Register(CommandParser& command);

  // InvalidArgument: there is no such format.
  absl::StatusOr<render::Format> format() const;

 private:
  const Forms forms_;
  std::string text_ = "table";
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_OUTPUT_FLAG_H_
