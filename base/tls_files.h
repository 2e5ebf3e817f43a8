// SPDX-License-Identifier: Apache-2.0
//
// The three files with which one of our programs proves who it is, and the
// check they must pass before anything listens or dials: a key that does not
// belong to its certificate would break every handshake, silently.

#ifndef BASE_TLS_FILES_H_
#define BASE_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/tls_identity.h"

namespace rollout {

// Paths of PEM files.
struct TlsFiles {
  // The authorities whose certificates are believed.
  std::string ca;
  // Our certificate, then any intermediate ones.
  std::string certificate;
  // Its private key, not encrypted.
  std::string key;
};

// What a good set of files says.
struct TlsFilesInfo {
  TlsIdentity identity;
  // The end of the certificate, or of the authority's if that comes first.
  absl::Time expires;
};

// Reads and checks: every file parses, the key is the certificate's, the
// certificate is valid at `now` and signed by `ca`, and names one identity.
//
// Errors name the file and the remedy. NotFound or as FileSystem has it: a
// file can't be read. InvalidArgument: what is in it. FailedPrecondition:
// expired, or not valid yet; with the date.
absl::StatusOr<TlsFilesInfo> CheckTlsFiles(FileSystem& file_system,
                                           const TlsFiles& files,
                                           absl::Time now);

}  // namespace rollout

#endif  // BASE_TLS_FILES_H_
