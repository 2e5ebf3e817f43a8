// SPDX-License-Identifier: Apache-2.0
//
// Why a controller can't be reached. gRPC says no more than "handshake failed";
// this dials once more, by hand, and looks where it ends.

#ifndef ROLLOUTCTL_DIAGNOSIS_H_
#define ROLLOUTCTL_DIAGNOSIS_H_

#include <optional>
#include <string>

#include "base/tls_files.h"

namespace rollout::ctl {

// Dials `address` ("HOST:PORT"), with TLS unless `tls` is empty, and returns
// the cause and the remedy: "connection refused: is ...?". None: nothing is
// wrong any more. Takes a few seconds at most; paths are absolute. Expects
// SIGPIPE to be ignored.
std::optional<std::string> WhyUnreachable(const std::string& address,
                                          const TlsFiles& tls);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_DIAGNOSIS_H_
