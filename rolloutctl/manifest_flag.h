// SPDX-License-Identifier: Apache-2.0
//
// -f, the flag of the commands that work with manifests.

#ifndef ROLLOUTCTL_MANIFEST_FLAG_H_
#define ROLLOUTCTL_MANIFEST_FLAG_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/command_parser.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::ctl {

class ManifestFlag {
 public:
  // Must outlive the parsing.
  void Register(CommandParser& command);

  // As ReadManifests.
  absl::StatusOr<std::vector<v1::ManifestFile>> Read(std::istream& in) const;

 private:
  std::vector<std::string> files_;
};

// A refused manifest's errors begin with FILE:LINE:COLUMN, one a line, for
// editors to jump to: they are printed to `err` as they came, and what is left
// to say is `consequence`. Any other error is as it was.
absl::Status ManifestRefused(const absl::Status& status,
                             absl::string_view consequence, std::ostream& err);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_MANIFEST_FLAG_H_
