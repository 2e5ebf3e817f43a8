// SPDX-License-Identifier: Apache-2.0

#include "base/url_path.h"

#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(UrlPath, UndoesEscapes) {
  EXPECT_EQ(UnescapeUrl("a%41%2fb%2B"), "aA/b+");
  EXPECT_EQ(UnescapeUrl("%"), "%");
  EXPECT_EQ(UnescapeUrl("%4"), "%4");
  EXPECT_EQ(UnescapeUrl("%4x%%41"), "%4x%A");
}

TEST(UrlPath, OfAFile) {
  EXPECT_EQ(*PathOfFileUrl("file:///srv/a%20b"), "/srv/a b");
  EXPECT_EQ(*PathOfFileUrl("file://localhost/srv/a"), "/srv/a");
  for (const char* url : {"file://srv/a", "file://", "file:srv"}) {
    SCOPED_TRACE(url);
    EXPECT_EQ(PathOfFileUrl(url).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(UrlPath, NameOfTheFile) {
  EXPECT_EQ(FileNameInUrl("https://a.example/x/app-1.2%2B3.tar.zst?a=/b#/c"),
            "app-1.2+3.tar.zst");
  EXPECT_EQ(FileNameInUrl("file:///srv/app"), "app");
  for (const char* url : {"", "https://a.example", "https://a.example/",
                          "https://a.example/x/", "https://a.example?x=/y"}) {
    SCOPED_TRACE(url);
    EXPECT_EQ(FileNameInUrl(url), "");
  }
}

}  // namespace
}  // namespace rollout
