// SPDX-License-Identifier: Apache-2.0
//
// One HTTP request on one connection of its own.

#ifndef TESTS_LOAD_HTTP_GET_H_
#define TESTS_LOAD_HTTP_GET_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/load/answer.h"
#include "tests/load/conversation.h"
#include "tests/load/protocol.h"

namespace rollout::load {

// Whom to ask for what. A value; any number of threads may use one.
class HttpGet {
 public:
  // As MakePeer and Http.
  static absl::StatusOr<HttpGet> Create(absl::string_view address,
                                        absl::string_view path,
                                        absl::Duration timeout);

  Answer Ask() const;

 private:
  HttpGet(const Peer& peer, Protocol protocol)
      : peer_(peer), protocol_(std::move(protocol)) {}

  Peer peer_;
  Protocol protocol_;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_HTTP_GET_H_
