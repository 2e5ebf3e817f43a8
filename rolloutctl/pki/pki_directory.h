// SPDX-License-Identifier: Apache-2.0
//
// A fleet's authority on disk, and the files it issues:
//
//   DIR/ca.crt, DIR/ca.key       the authority; its key never leaves DIR
//   OUT/NAME.crt, OUT/NAME.key   what a controller, host or operator needs,
//   OUT/ca.crt                   together with this copy
//
// Keys have mode 0600, certificates 0644.

#ifndef ROLLOUTCTL_PKI_PKI_DIRECTORY_H_
#define ROLLOUTCTL_PKI_PKI_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rolloutctl/pki/subject.h"

namespace rollout::pki {

// The files of one certificate, and the end of its validity.
struct IssuedFiles {
  std::string certificate;
  std::string key;
  std::string ca;
  absl::Time not_after;
};

class PkiDirectory {
 public:
  explicit PkiDirectory(std::string directory)
      : directory_(std::move(directory)) {}

  // Makes a new authority here, and the directory if need be.
  // AlreadyExists: there is one, or a part of one; nothing was changed.
  absl::Status Init(absl::Time now);

  // Issues a certificate into `out`, which is made if need be; files of the
  // same name from before are replaced (a renewal), key first.
  // NotFound: no authority is here. FailedPrecondition: it is damaged or
  // expired, or `out` belongs to another authority.
  absl::StatusOr<IssuedFiles> Issue(const Subject& subject, absl::Time now,
                                    absl::Duration valid,
                                    const std::string& out);

 private:
  std::string CertificatePath() const;
  std::string KeyPath() const;

  const std::string directory_;
};

}  // namespace rollout::pki

#endif  // ROLLOUTCTL_PKI_PKI_DIRECTORY_H_
