// SPDX-License-Identifier: Apache-2.0
//
// What certificate a server shows: a TLS handshake, and nothing after it.

#ifndef AGENT_CERTIFICATE_HANDSHAKE_H_
#define AGENT_CERTIFICATE_HANDSHAKE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/certificate/certificate_pair.h"
#include "base/net_address.h"

namespace rollout::certificate {

struct HandshakeTarget {
  NetAddress address;
  // Leads to one generation; 0: to whoever gets the connection.
  uint32_t mark = 0;
  // The host name that is asked for (SNI); empty: none.
  std::string server_name;
};

// The facts of the certificate the server shows, whoever has issued it. A
// server that shows one and then wants one of the client has shown it. Blocks
// until `timeout` has passed or `cancel_fd`, borrowed, is readable.
// DeadlineExceeded; Cancelled; else why there was none.
absl::StatusOr<CertificateFacts> AskForCertificate(
    const HandshakeTarget& target, absl::Duration timeout, int cancel_fd);

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_HANDSHAKE_H_
