// SPDX-License-Identifier: Apache-2.0

#include "controller/api/grpc_status.h"

#include <string>

#include "absl/status/status.h"
#include "base/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::api {
namespace {

TEST(ToGrpcStatus, KeepsCodeAndMessage) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  grpc::Status status = ToGrpcStatus(absl::NotFoundError("no such plan"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such plan");
}

TEST(ToGrpcStatus, CutsWhatATrailerCannotHold) {
  std::string euros;
  for (int i = 0; i < 5000; ++i) euros += "\xE2\x82\xAC";
  std::string message =
      ToGrpcStatus(absl::InvalidArgumentError(euros)).error_message();
  EXPECT_LT(message.size() * 3, 8000u);
  EXPECT_EQ(ValidUtf8Prefix(message), message.size());
  EXPECT_THAT(message, testing::EndsWith(" ... (and more)"));
}

}  // namespace
}  // namespace rollout::api
