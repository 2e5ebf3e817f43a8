// SPDX-License-Identifier: Apache-2.0
//
// Why a TLS handshake with a controller fails: the part of the diagnosis that
// needs OpenSSL.

#ifndef ROLLOUTCTL_TLS_DIAGNOSIS_H_
#define ROLLOUTCTL_TLS_DIAGNOSIS_H_

#include <optional>
#include <string>

#include "base/tls_files.h"

namespace rollout::ctl {

// Shakes hands over `socket`, a connected blocking one with time-outs, which
// stays the caller's. `host`: the name or IP address that was dialled. None:
// both sides are content.
std::optional<std::string> WhyNoTls(int socket, const std::string& host,
                                    const TlsFiles& tls);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_TLS_DIAGNOSIS_H_
