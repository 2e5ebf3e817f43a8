// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/private_home.h"

#include <git2.h>
#include <stdlib.h>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/named_file.h"

namespace rollout::gitops {
namespace {

// Where Debian has the machine's authorities (ca-certificates).
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

// Without the lines that begin with a marker: libssh2 takes "@revoked" for a
// host's name. A key that is not listed is refused anyway.
std::string WithoutMarkers(absl::string_view known_hosts) {
  std::string kept;
  for (absl::string_view line : absl::StrSplit(known_hosts, '\n')) {
    if (!absl::StartsWith(line, "@")) absl::StrAppend(&kept, line, "\n");
  }
  return kept;
}

absl::Status TakeKnownHosts(const std::string& home,
                            const std::string& known_hosts_file,
                            FileSystem& files) {
  ASSIGN_OR_RETURN(std::string known_hosts,
                   ReadNamedFile(files, known_hosts_file, "the known hosts"));
  RETURN_IF_ERROR(files.MakeDirectories(home + "/.ssh"));
  return files.WriteAtomically(home + "/.ssh/known_hosts",
                               WithoutMarkers(known_hosts));
}

bool TrustAuthorities(const std::string& path) {
  return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, path.c_str(),
                          nullptr) == 0;
}

// libgit2 has one list of authorities: ours is the machine's and the file's.
absl::Status TakeAuthorities(const std::string& home,
                             const std::string& ca_file, FileSystem& files) {
  ASSIGN_OR_RETURN(std::string authorities,
                   ReadNamedFile(files, ca_file, "the authorities"));
  // On its own first: of both, one certificate would do.
  if (!TrustAuthorities(ca_file)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no certificate in ", ca_file,
                     ": it must hold the authority's certificate in PEM"));
  }
  absl::StatusOr<std::string> system = files.Read(kSystemAuthorities);
  if (!system.ok()) return absl::OkStatus();
  const std::string both = home + "/authorities.pem";
  RETURN_IF_ERROR(files.WriteAtomically(
      both, absl::StrCat(*system, "\n", authorities, "\n")));
  if (TrustAuthorities(both)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("no certificate can be read from ", both));
}

}  // namespace

absl::Status MakePrivateHome(const std::string& directory,
                             const Credentials& credentials,
                             FileSystem& files) {
  RETURN_IF_ERROR(files.RemoveAll(directory));
  RETURN_IF_ERROR(files.MakeDirectories(directory));
  setenv("HOME", directory.c_str(), 1);
  if (!credentials.known_hosts_file().empty()) {
    RETURN_IF_ERROR(
        TakeKnownHosts(directory, credentials.known_hosts_file(), files));
  }
  if (!credentials.ca_file().empty()) {
    RETURN_IF_ERROR(TakeAuthorities(directory, credentials.ca_file(), files));
  }
  return absl::OkStatus();
}

}  // namespace rollout::gitops
