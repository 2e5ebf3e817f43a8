// SPDX-License-Identifier: Apache-2.0
//
// Artifacts that operators name by themselves, and those whose digest only a
// source can look up.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

class ArtifactTest : public ApiTest {
 protected:
  grpc::Status Set(const std::string& url, const std::string& sha256,
                   v1::ApplyResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::SetArtifactRequest request;
    request.set_plan("web");
    request.set_url(url);
    request.set_sha256(sha256);
    return alice().SetArtifact(&context, request, response);
  }
};

TEST_F(ArtifactTest, IsSetForAPlan) {
  v1::ApplyResponse response;
  ASSERT_TRUE(Apply(Manifest("web", "web", 80), &response).ok());
  const std::string digest(64, 'F');
  const grpc::Status status = Set("file:///srv/b.tar.gz", digest, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.plans(0).rollout(), 2);
  const v1::Artifact artifact =
      catalog_->FindPlan("web")->plan.record.plan().spec().service().artifact();
  EXPECT_EQ(artifact.url(), "file:///srv/b.tar.gz");
  EXPECT_EQ(artifact.sha256(), std::string(64, 'f'));
  EXPECT_EQ(artifact.format(), v1::Artifact::TAR);
}

TEST_F(ArtifactTest, IsRefusedAsInAManifest) {
  v1::ApplyResponse response;
  ASSERT_TRUE(Apply(Manifest("web", "web", 80), &response).ok());
  grpc::Status status = Set("/srv/b", std::string(64, 'f'), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("url: \"/srv/b\" is no URL"));
  status = Set("file:///srv/b", "abc", &response);
  EXPECT_THAT(status.error_message(),
              HasSubstr("sha256: expected 64 hexadecimal digits, found 3"));
}

TEST_F(ArtifactTest, ADigestOutOfAListIsForSourcesAlone) {
  std::string manifest = Manifest("web", "web", 80);
  const std::string digest = "sha256: " + std::string(64, 'a');
  manifest.replace(manifest.find(digest), digest.size(),
                   "sha256From: \"http://h/sums\"");
  v1::ApplyResponse response;
  const grpc::Status status = Apply(manifest, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(),
              HasSubstr("web.yaml:1:1: plan \"web\": artifact.sha256From"));
}

}  // namespace
}  // namespace rollout::api
