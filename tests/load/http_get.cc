// SPDX-License-Identifier: Apache-2.0

#include "tests/load/http_get.h"

#include "base/status_macros.h"

namespace rollout::load {

absl::StatusOr<HttpGet> HttpGet::Create(absl::string_view address,
                                        absl::string_view path,
                                        absl::Duration timeout) {
  ASSIGN_OR_RETURN(Peer peer, MakePeer(address, timeout));
  return HttpGet(peer, Http(path));
}

Answer HttpGet::Ask() const {
  return Conversation(peer_, protocol_).Ask(protocol_.only_request);
}

}  // namespace rollout::load
