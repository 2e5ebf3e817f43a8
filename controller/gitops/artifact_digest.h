// SPDX-License-Identifier: Apache-2.0
//
// Finds the digest of an artifact that a manifest does not tell itself, in the
// list beside it (artifact.sha256From). Done once, when a commit is taken over:
// from then on the revision has the digest, whatever the list says later.

#ifndef CONTROLLER_GITOPS_ARTIFACT_DIGEST_H_
#define CONTROLLER_GITOPS_ARTIFACT_DIGEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "controller/gitops/http_exchange.h"

namespace rollout::gitops {

struct ListedArtifact {
  // Its last part, without a query, is the name that is looked for.
  std::string url;
  // "http://...", "https://..." or "file:///PATH", of at most 1 MiB.
  std::string sha256_from;
};

// 64 hexadecimal digits, lower case. Blocks, at most for the bounds of
// `exchange`; its bound of bytes is that of the list. Servers of https:// are
// verified against the machine's CA certificates.
//
// All errors begin with sha256_from, without its query. InvalidArgument: a URL,
// or a list of another form. NotFound: no list, or the artifact is not in it.
// FailedPrecondition: it is, with several digests. Unavailable,
// DeadlineExceeded, Cancelled, ResourceExhausted: as HttpExchange::Ask.
absl::StatusOr<std::string> ResolveDigest(const ListedArtifact& artifact,
                                          HttpExchange& exchange);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_ARTIFACT_DIGEST_H_
