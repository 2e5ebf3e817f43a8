// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

class AdoptionTest : public ApiTest {
 protected:
  AdoptionTest() {
    for (const char* host : {"h1", "h2"}) {
      agents_.push_back(
          std::make_unique<AgentClient>(DialAs(pki::Role::kHost, host)));
      EXPECT_TRUE(agents_.back()->SendHello(host, "web"));
      EXPECT_TRUE(WaitForHost(host, true));
    }
  }

  grpc::Status Adopt(const std::string& manifest, const std::string& host,
                     int pid = 0, int port = 0) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::ApplyRequest request;
    v1::ManifestFile* file = request.add_manifests();
    file->set_path("web.yaml");
    file->set_content(manifest);
    request.mutable_adopt()->set_host(host);
    request.mutable_adopt()->set_pid(pid);
    request.mutable_adopt()->set_port(port);
    v1::ApplyResponse response;
    return alice().Apply(&context, request, &response);
  }

  // "h1:812 h2:0" of the stored plan.
  std::string AdoptingHosts() {
    std::string text;
    auto state = catalog_->FindPlan("web");
    if (!state) return "no plan";
    const v1::Strategy& strategy = state->plan.record.plan().spec().strategy();
    for (const v1::AdoptingHost& host : strategy.adopt().hosts()) {
      absl::StrAppend(&text, text.empty() ? "" : " ", host.name(), ":",
                      host.pid());
    }
    return text;
  }

  const std::string manifest_ = Manifest("web", "web", 8080);

 private:
  std::vector<std::unique_ptr<AgentClient>> agents_;
};

TEST_F(AdoptionTest, HostsAreRememberedOneByOne) {
  ASSERT_TRUE(Adopt(manifest_, "h1", 812, 8080).ok());
  EXPECT_EQ(AdoptingHosts(), "h1:812");
  ASSERT_TRUE(Adopt(manifest_, "h2", 0, 8080).ok());
  EXPECT_EQ(AdoptingHosts(), "h1:812 h2:0");
  ASSERT_TRUE(Adopt(manifest_, "h1", 900).ok());
  EXPECT_EQ(AdoptingHosts(), "h1:900 h2:0");
  // It is the same revision: nothing rolls out.
  EXPECT_EQ(catalog_->FindPlan("web")->rollout.record.number(), 1);
}

TEST_F(AdoptionTest, WhatDoesNotFitIsRefusedAndNothingStored) {
  struct Case {
    std::string manifest;
    const char* host;
    int port;
    const char* error;
  };
  const Case cases[] = {
      {manifest_, "h9", 0, "there is no host \"h9\""},
      {Manifest("web", "db", 8080), "h1", 0, "does not select host h1"},
      {manifest_, "h1", 80, "has no endpoint with port 80"},
      {absl::StrCat(manifest_, "---\n", Manifest("api", "web", 8081)), "h1", 0,
       "the manifests hold 2 plans"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.error);
    grpc::Status status = Adopt(c.manifest, c.host, 0, c.port);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.error_message(), HasSubstr(c.error));
    EXPECT_EQ(AdoptingHosts(), "no plan");
  }
}

}  // namespace
}  // namespace rollout::api
