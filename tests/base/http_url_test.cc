// SPDX-License-Identifier: Apache-2.0

#include "base/http_url.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(HttpUrl, IsTakenApart) {
  struct Case {
    const char* url;
    // "SERVER PATH", with the scheme's first letters.
    const char* parts;
  };
  const Case kCases[] = {
      {"http://a.example", "http a.example:80 /"},
      {"https://a.example/x/y?z=1#w", "https a.example:443 /x/y?z=1"},
      {"https://a.example?z=/", "https a.example:443 /?z=/"},
      {"http://127.0.0.1:8080/x", "http 127.0.0.1:8080 /x"},
      {"http://[::1]/x", "http [::1]:80 /x"},
      {"https://[::1]:8443/x:1", "https [::1]:8443 /x:1"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.url);
    auto url = ParseHttpUrl(c.url);
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(absl::StrCat(url->secure ? "https " : "http ",
                           ToString(url->server), " ", url->path),
              c.parts);
  }
}

TEST(HttpUrl, RefusesWhatItCannotReach) {
  for (const char* url :
       {"", "ftp://a.example/", "a.example/x", "http://", "http:///x",
        "http://user:secret@a.example/", "http://a.example:x/",
        "http://a.example:99999/", "HTTP://a.example/"}) {
    SCOPED_TRACE(url);
    EXPECT_EQ(ParseHttpUrl(url).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(HttpUrl, IsShownWithoutItsQuery) {
  EXPECT_EQ(WithoutQuery("https://a.example/x?token=1"), "https://a.example/x");
  EXPECT_EQ(WithoutQuery("https://a.example/x"), "https://a.example/x");
}

}  // namespace
}  // namespace rollout
