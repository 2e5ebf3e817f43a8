// SPDX-License-Identifier: Apache-2.0
//
// Which of all that was said of a connection counts. From the strongest:
//
//   the flags
//   the context of --context
//   ROLLOUT_CONTROLLER, ROLLOUT_CA, ROLLOUT_CERTIFICATE, ROLLOUT_KEY
//   the context of ROLLOUT_CONTEXT, else the file's current one
//
// Each field is the strongest's who says it. Plaintext and certificates rule
// each other out: the strongest who says one of them decides which it is, and
// only files complete files.

#ifndef ROLLOUTCTL_CONNECTION_CHOICE_H_
#define ROLLOUTCTL_CONNECTION_CHOICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "rolloutctl/connection.h"
#include "rolloutctl/contexts.h"

namespace rollout::ctl {

// The name of the context that counts; empty: none.
std::string ChosenContext(const ConnectionFlags& flags,
                          const Contexts& contexts);

// The settings to dial with; paths are absolute. The file of contexts is read
// only if it can matter: a broken one stops nobody who needs none. Errors are
// those of ContextFile and Contexts::Find; InvalidArgument: plaintext and
// certificates are asked for in one place, or there are no certificates.
absl::StatusOr<ConnectionSettings> ChooseConnection(
    FileSystem& files, const ConnectionFlags& flags);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONNECTION_CHOICE_H_
