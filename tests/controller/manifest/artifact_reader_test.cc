// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/artifact_reader.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "base/yaml_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::manifest {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<v1::Artifact> Read(const std::string& text) {
  ASSIGN_OR_RETURN(std::vector<YamlNode> documents, ParseYaml("a.yaml", text));
  YamlErrors errors("a.yaml");
  const v1::Artifact artifact =
      ReadArtifact(YamlValue(&documents.front(), &errors));
  RETURN_IF_ERROR(errors.status());
  return artifact;
}

TEST(ArtifactReader, PutsTheVersionInItsPlaces) {
  auto artifact = Read(
      "version: \"1.2-rc~3+b_1\"\n"
      "url: https://h/${version}/app-${version}.tar.zst\n"
      "sha256From: https://h/${version}/sha256sums\n");
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  EXPECT_EQ(artifact->url(), "https://h/1.2-rc~3+b_1/app-1.2-rc~3+b_1.tar.zst");
  EXPECT_EQ(artifact->sha256_from(), "https://h/1.2-rc~3+b_1/sha256sums");
  EXPECT_EQ(artifact->sha256(), "");
  EXPECT_EQ(artifact->format(), v1::Artifact::TAR);
}

TEST(ArtifactReader, AVersionMayStandBesideADigest) {
  auto artifact = Read("version: 7\nurl: file:///app-${version}\nsha256: " +
                       std::string(64, 'A'));
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  EXPECT_EQ(artifact->url(), "file:///app-7");
  EXPECT_EQ(artifact->sha256(), std::string(64, 'a'));
}

TEST(ArtifactReader, RefusesWhatCantBeMeant) {
  const std::string digest = ", sha256: " + std::string(64, 'a') + "}";
  struct Case {
    std::string text;
    const char* error;
  };
  const Case kCases[] = {
      {"{url: file:///a}", "sha256: is missing"},
      {"{url: file:///a, sha256From: http://h/s" + digest,
       "sha256From: stands beside sha256"},
      {"{url: \"file:///a-${version}\"" + digest, "holds ${version}: name it"},
      {"{url: file:///a, sha256From: sums}", "\"sums\" is no URL"},
      {"{url: file:///a, version: \"1/2\"" + digest, "\"1/2\" is no version"},
      {"{url: file:///a, version: \"\"" + digest, "\"\" is no version"},
      {"{url: file:///a, version: " + std::string(129, '1') + digest,
       "is no version: use at most 128"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto artifact = Read(c.text);
    EXPECT_TRUE(absl::IsInvalidArgument(artifact.status()));
    EXPECT_THAT(artifact.status().message(), HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace rollout::manifest
