// SPDX-License-Identifier: Apache-2.0
//
// Where a service reads its certificate and key: copies that change together,
// at once, and outlive its generations.
//
//   DIRECTORY/current  -> pair-3          what the service's configuration
//   names DIRECTORY/pair-3/certificate.pem      mode 0644
//   DIRECTORY/pair-3/key.pem              mode 0600, the service's user's
//   DIRECTORY/pair-2/...                  the one before, for the way back
//
// Not thread-safe; one at a time for a directory, in any process.

#ifndef AGENT_CERTIFICATE_INSTALLED_PAIR_H_
#define AGENT_CERTIFICATE_INSTALLED_PAIR_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/certificate/certificate_pair.h"
#include "base/file_system.h"

namespace rollout::certificate {

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

// Paths in `directory`, of a certificate's copies.
std::string InstalledCertificate(const std::string& directory);
std::string InstalledKey(const std::string& directory);

class InstalledPair {
 public:
  // `files` must outlive this; `directory` is absolute and need not be there.
  InstalledPair(FileSystem* files, std::string directory);

  // What is in place. NotFound: nothing is.
  absl::StatusOr<CertificatePair> Current() const;
  bool BelongsTo(const Owner& owner) const;

  // Puts `pair` in the place of what is there, in one step; once this has
  // returned OK it stays there, whatever happens. The key is given to `owner`.
  absl::Status Put(const CertificatePair& pair, const Owner& owner);

  // Puts the one before back. FailedPrecondition: there is none.
  absl::Status GoBack();

 private:
  // The number of the pair in place; 0: none is.
  int CurrentNumber() const;
  absl::Status Point(int number);
  void RemoveAllBut(int current, int before);
  std::string PathOf(int number) const;

  FileSystem& files_;
  const std::string directory_;
};

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_INSTALLED_PAIR_H_
