// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/fleet_keys.h"

#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace rollout::bench {
namespace {

constexpr absl::Duration kValid = absl::Hours(24);

absl::Status WriteFile(const std::string& path, const std::string& text) {
  if (std::ofstream(path) << text << std::flush) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path));
}

}  // namespace

absl::StatusOr<FleetKeys> FleetKeys::Make(const std::string& directory) {
  ASSIGN_OR_RETURN(pki::Authority authority,
                   pki::Authority::Create(absl::Now()));
  ASSIGN_OR_RETURN(pki::KeyPair own, authority.Own());
  RETURN_IF_ERROR(WriteFile(directory + "/ca.crt", own.certificate));
  FleetKeys keys(std::move(authority), std::move(own.certificate), directory);
  RETURN_IF_ERROR(keys.Write(pki::Role::kController, "controller"));
  RETURN_IF_ERROR(keys.Write(pki::Role::kOperator, "operator"));
  return keys;
}

absl::Status FleetKeys::Write(pki::Role role, const std::string& name) const {
  std::vector<std::string> addresses;
  if (role == pki::Role::kController) addresses.push_back("127.0.0.1");
  ASSIGN_OR_RETURN(pki::Subject subject,
                   pki::Subject::Make(role, name, addresses));
  ASSIGN_OR_RETURN(pki::KeyPair pair,
                   authority_.Issue(subject, absl::Now(), kValid));
  const TlsFiles files = FilesOf(name);
  RETURN_IF_ERROR(WriteFile(files.certificate, pair.certificate));
  return WriteFile(files.key, pair.key);
}

TlsFiles FleetKeys::FilesOf(const std::string& name) const {
  return {directory_ + "/ca.crt", absl::StrCat(directory_, "/", name, ".crt"),
          absl::StrCat(directory_, "/", name, ".key")};
}

absl::StatusOr<pki::KeyPair> FleetKeys::IssueHost(
    const std::string& name) const {
  ASSIGN_OR_RETURN(pki::Subject subject,
                   pki::Subject::Make(pki::Role::kHost, name, {}));
  return authority_.Issue(subject, absl::Now(), kValid);
}

}  // namespace rollout::bench
