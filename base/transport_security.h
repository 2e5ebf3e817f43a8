// SPDX-License-Identifier: Apache-2.0
//
// How a program's connections are to be secured, as people configure it.

#ifndef BASE_TRANSPORT_SECURITY_H_
#define BASE_TRANSPORT_SECURITY_H_

#include "base/tls_files.h"

namespace rollout {

struct TransportSecurity {
  // All three paths, or none.
  TlsFiles tls;
  // Plaintext; allowed on a loopback address and without `tls`.
  bool insecure_loopback = false;
};

}  // namespace rollout

#endif  // BASE_TRANSPORT_SECURITY_H_
