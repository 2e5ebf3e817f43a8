// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/manifest_flag.h"

#include "rolloutctl/manifest_files.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

void ManifestFlag::Register(CommandParser& command) {
  command
      .AddFlag("-f,--filename", files_,
               "A file, a directory (its *.yaml and *.yml) or - for "
               "standard input; may be repeated")
      .Type(kFileValue)
      .Required()
      .OneValueEach();
}

absl::StatusOr<std::vector<v1::ManifestFile>> ManifestFlag::Read(
    std::istream& in) const {
  return ReadManifests(files_, in);
}

absl::Status ManifestRefused(const absl::Status& status,
                             absl::string_view consequence, std::ostream& err) {
  if (!absl::IsInvalidArgument(status)) return status;
  err << status.message() << "\n";
  return absl::InvalidArgumentError(consequence);
}

}  // namespace rollout::ctl
