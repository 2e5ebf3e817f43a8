// SPDX-License-Identifier: Apache-2.0
//
// The flags of every command that prints a list, and the printing: -o,
// --no-headers, --sort-by.

#ifndef ROLLOUTCTL_LIST_OUTPUT_H_
#define ROLLOUTCTL_LIST_OUTPUT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "base/command_parser.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/console.h"
#include "rolloutctl/output_flag.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/table.h"

namespace rollout::ctl {

// What is printed of a list.
struct ListView {
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  // The list's table in that width; of an empty one, its columns.
  std::function<render::Table(const v1::ListResponse&, render::Width)> table;
  // Said on a terminal instead of an empty table: "no hosts yet".
  std::string none;
};

class ListOutput {
 public:
  // Must outlive the parsing.
  void Register(CommandParser& command);

  // InvalidArgument: the flags ask for what the view has not. To be called
  // before the controller is.
  absl::Status Check(const ListView& view) const;

  // After a Check that was OK. Sorts the list, whatever it is printed as.
  void Print(const ListView& view, const v1::ListResponse& list,
             Console& console) const;

  // After a Check that was OK.
  render::Format format() const { return *output_.format(); }

 private:
  void PrintAsItIs(const ListView& view, const v1::ListResponse& list,
                   Console& console) const;

  OutputFlag output_{OutputFlag::Forms::kOfLists};
  bool no_headers_ = false;
  std::string sort_by_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_LIST_OUTPUT_H_
