// SPDX-License-Identifier: Apache-2.0

#include "base/http_server.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

TEST(HttpServer, ServesItsPagesOnThePortTheKernelChose) {
  HttpServer server;
  server.AddPage("/healthz", [] { return HttpPage{200, "ok\n"}; });
  server.AddPage("/readyz", [] { return HttpPage{503, "no engine\n"}; });
  ASSERT_TRUE(server.Start({"127.0.0.1", 0}).ok());
  ASSERT_NE(server.address().port, 0);

  httplib::Client client("127.0.0.1", server.address().port);
  auto healthy = client.Get("/healthz");
  ASSERT_TRUE(healthy);
  EXPECT_EQ(healthy->status, 200);
  EXPECT_EQ(healthy->body, "ok\n");
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  EXPECT_EQ(client.Get("/other")->status, 404);
  EXPECT_EQ(client.Post("/healthz")->status, 404);
}

TEST(HttpServer, StopsAtOnceAndFreesThePort) {
  HttpServer first;
  ASSERT_TRUE(first.Start({"127.0.0.1", 0}).ok());
  HostPort address = first.address();

  HttpServer second;
  absl::Status taken = second.Start(address);
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr(ToString(address)));
  EXPECT_THAT(std::string(taken.message()), HasSubstr("in use"));

  first.Stop();
  HttpServer third;
  EXPECT_TRUE(third.Start(address).ok());
}

TEST(HttpServer, SaysThatAHostIsNotKnown) {
  HttpServer server;
  absl::Status status = server.Start({"no-such-host.invalid", 0});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-host.invalid"));
}

}  // namespace
}  // namespace rollout
