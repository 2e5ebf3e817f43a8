// SPDX-License-Identifier: Apache-2.0

#include "controller/api/grpc_status.h"

#include <string>

#include "absl/strings/ascii.h"
#include "base/utf8.h"

namespace rollout::api {
namespace {

// A client refuses trailers above 8 KiB, and a byte that is not plain ASCII
// takes three in there.
constexpr size_t kMaxTrailerBytes = 6000;

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::string_view message = status.message();
  size_t bytes = 0;
  size_t kept = 0;
  while (kept < message.size() && bytes < kMaxTrailerBytes) {
    bytes += absl::ascii_isprint(message[kept]) ? 1 : 3;
    ++kept;
  }
  kept = ValidUtf8Prefix(message.substr(0, kept));
  std::string text(message.substr(0, kept));
  if (kept < message.size()) text += " ... (and more)";
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), text);
}

}  // namespace rollout::api
