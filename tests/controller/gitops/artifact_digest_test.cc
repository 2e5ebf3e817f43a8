// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/artifact_digest.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/dead_port.h"
#include "tests/controller/gitops/scripted_server.h"

namespace rollout::gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kDigest[] =
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
constexpr char kUrl[] = "https://a.example/app-1.2%2B3.tar.zst?key=hunter2";

std::string Sums() { return absl::StrCat(kDigest, "  app-1.2+3.tar.zst\n"); }

class ArtifactDigestTest : public ::testing::Test {
 protected:
  std::string FileUrl(const std::string& name, const std::string& content) {
    const std::string path = ::testing::TempDir() + "/" + name;
    EXPECT_TRUE(files_.WriteAtomically(path, content).ok());
    return absl::StrCat("file://", path);
  }

  void ExpectError(const ListedArtifact& artifact, absl::StatusCode code,
                   const std::string& says) {
    SCOPED_TRACE(artifact.sha256_from);
    absl::Status status = ResolveDigest(artifact, exchange_).status();
    EXPECT_EQ(status.code(), code) << status;
    const std::string message(status.message());
    EXPECT_THAT(message, HasSubstr(says));
    EXPECT_THAT(message, StartsWith(artifact.sha256_from.substr(
                             0, artifact.sha256_from.find('?'))));
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
  }

  PosixFileSystem files_;
  HttpExchange exchange_{{absl::Hours(1), 1 << 20}};
};

TEST_F(ArtifactDigestTest, IsFoundInAFile) {
  auto digest = ResolveDigest({kUrl, FileUrl("sums", Sums())}, exchange_);
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_EQ(*digest, kDigest);
}

TEST_F(ArtifactDigestTest, IsFoundOnAServer) {
  ScriptedServer server(
      [](const httplib::Request& request, httplib::Response& response) {
        if (request.path == "/moved") {
          response.set_redirect("/sums");
        } else {
          response.set_content(Sums(), "text/plain");
        }
      });
  for (const char* path : {"/sums", "/moved"}) {
    SCOPED_TRACE(path);
    auto digest = ResolveDigest({kUrl, server.Url(path)}, exchange_);
    ASSERT_TRUE(digest.ok()) << digest.status();
    EXPECT_EQ(*digest, kDigest);
  }
}

TEST_F(ArtifactDigestTest, SaysWhyItIsNotFound) {
  DeadPort dead;
  ScriptedServer server(
      [](const httplib::Request& request, httplib::Response& response) {
        if (request.path == "/sums") {
          response.set_content("hunter2", "text/plain");
        } else if (request.path == "/large") {
          response.set_content(std::string((1 << 20) + 1, '#'), "text/plain");
        } else {
          response.status = request.path == "/missing" ? 404 : 500;
        }
      });
  using Code = absl::StatusCode;
  ExpectError({kUrl, server.Url("/missing?key=hunter2")}, Code::kNotFound,
              "404");
  ExpectError({kUrl, server.Url("/broken")}, Code::kUnavailable, "500");
  ExpectError({kUrl, server.Url("/large")}, Code::kResourceExhausted,
              "more than 1048576 bytes");
  ExpectError({kUrl, server.Url("/sums?key=hunter2")}, Code::kInvalidArgument,
              "line 1");
  ExpectError({kUrl, dead.Url("/sums")}, Code::kUnavailable, "cannot connect");
  ExpectError({kUrl, "ftp://a.example/sums"}, Code::kInvalidArgument,
              "http://");
  ExpectError({kUrl, "file:///no-such-file"}, Code::kNotFound, "cannot open");
  ExpectError({kUrl, "file:///dev/zero"}, Code::kInvalidArgument,
              "not a regular file");
  ExpectError({kUrl, "file://sums"}, Code::kInvalidArgument, "three slashes");
  ExpectError({kUrl, FileUrl("secret", "hunter2\n")}, Code::kInvalidArgument,
              "line 1");
  ExpectError({kUrl, FileUrl("large", std::string((1 << 20) + 1, '#'))},
              Code::kResourceExhausted, "more than 1048576 bytes");
  ExpectError({"https://a.example/?key=hunter2", FileUrl("sums", Sums())},
              Code::kInvalidArgument, "https://a.example/");
  ExpectError({"https://a.example/other", FileUrl("sums", Sums())},
              Code::kNotFound, "no digest of other");
}

}  // namespace
}  // namespace rollout::gitops
