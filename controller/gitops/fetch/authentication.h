// SPDX-License-Identifier: Apache-2.0
//
// Who we are to the other end, and who that must be. Nobody is asked anything,
// and what was refused once is not tried again.

#ifndef CONTROLLER_GITOPS_FETCH_AUTHENTICATION_H_
#define CONTROLLER_GITOPS_FETCH_AUTHENTICATION_H_

#include <git2.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"
#include "controller/gitops/fetch/repository_url.h"

namespace rollout::gitops {

// Not thread-safe.
class Authentication {
 public:
  // Reads the secrets. InvalidArgument: one can't be read, or the transport
  // needs one that is not named.
  static absl::StatusOr<Authentication> Read(const RepositoryUrl& url,
                                             const Credentials& credentials,
                                             FileSystem& files);

  // This must outlive what is done with the callbacks, at its place.
  void AddTo(git_remote_callbacks* callbacks);

  // Why a callback has refused; OK: none has. libgit2's own words for it are
  // fewer.
  const absl::Status& refusal() const { return refusal_; }

  // Why the other end has not taken what was pushed, in its words; empty: it
  // has, as far as it has said.
  const std::string& rejection() const { return rejection_; }

 private:
  Authentication() = default;

  // libgit2's callbacks, with this as the payload.
  static int GiveCredential(git_credential** credential, const char* url,
                            const char* user_from_url, unsigned int allowed,
                            void* payload);
  static int CheckCertificate(git_cert* certificate, int valid,
                              const char* host, void* payload);

  static int NoteRejection(const char* reference, const char* reason,
                           void* payload);

  int Give(git_credential** credential, unsigned int allowed);
  // What to say when what we gave was not taken.
  std::string Refused() const;

  RepositoryUrl::Transport transport_ = RepositoryUrl::Transport::kFile;
  // "git" where nobody names one, which forges take.
  std::string user_;
  std::string password_;
  Credentials files_;
  bool given_ = false;
  absl::Status refusal_;
  std::string rejection_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_AUTHENTICATION_H_
