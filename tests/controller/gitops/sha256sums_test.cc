// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/sha256sums.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The digests of "a" and of "b".
constexpr char kA[] =
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
constexpr char kB[] =
    "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

TEST(Sha256sums, HasTheDigestOfAName) {
  const std::string capitals =
      "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB";
  struct Case {
    const char* name;
    std::string sums;
  };
  const Case kCases[] = {
      {"text", absl::StrCat(kA, "  app\n")},
      {"binary", absl::StrCat(kA, " *app\n")},
      {"BSD", absl::StrCat("SHA256 (app) = ", kA, "\n")},
      {"the last line does not end", absl::StrCat(kA, "  app")},
      {"of DOS", absl::StrCat(kA, "  app\r\n", kB, "  b\r\n")},
      {"capitals", absl::StrCat(capitals, "  app\n")},
      {"among others",
       absl::StrCat("# sums\n\n", kB, "  app.sig\n", kB, "  app2\n", kA,
                    "  app\n", kB, "  my app\n", kB, "  App\n")},
      {"in a directory", absl::StrCat(kB, "  app/b\n", kA, "  ./dist/app\n")},
      {"twice the same", absl::StrCat(kA, "  app\n", kA, " *dist/app\n")},
      {"BSD, a name with signs",
       absl::StrCat("SHA256 (b) = (app) = ", kB, "\nSHA256 (app) = ", kA)},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto digest = DigestOf("app", c.sums);
    ASSERT_TRUE(digest.ok()) << digest.status();
    EXPECT_EQ(*digest, kA);
  }
  EXPECT_EQ(*DigestOf("*a", absl::StrCat(kA, " **a\n")), kA);
  EXPECT_EQ(*DigestOf(" a", absl::StrCat(kA, "   a\n")), kA);
}

TEST(Sha256sums, SaysWhereItIsWrong) {
  struct Case {
    const char* name;
    std::string sums;
    absl::StatusCode code;
    const char* says;
  };
  const std::string good = absl::StrCat(kB, "  b\n");
  const std::string line_break = absl::StrCat("\\", kA, "  a\\napp\n");
  const std::string short_digest(kA, 63);
  const auto kBad = absl::StatusCode::kInvalidArgument;
  const Case kCases[] = {
      {"empty", "", absl::StatusCode::kNotFound, "no digest of app"},
      {"others", good, absl::StatusCode::kNotFound, "no digest of app"},
      {"two digests", absl::StrCat(kA, "  app\n", kB, "  x/app\n"),
       absl::StatusCode::kFailedPrecondition, "line 2: another digest of app"},
      {"escaped", good + line_break, kBad, "line 2: a name with a line break"},
      {"another file", good + "hunter2-password\n", kBad, "line 2: not a SHA"},
      {"a page", "<html>hunter2</html>", kBad, "line 1: not a SHA-256"},
      {"too short", short_digest + "  app\n", kBad, "line 1"},
      {"too long", absl::StrCat(kA, "0  app\n"), kBad, "line 1"},
      {"no digits", std::string(64, 'g') + "  app\n", kBad, "line 1"},
      {"one space", absl::StrCat(kA, " app\n"), kBad, "line 1"},
      {"a tab", absl::StrCat(kA, "\tapp\n"), kBad, "line 1"},
      {"no name", absl::StrCat(kA, "  \n"), kBad, "line 1"},
      {"a digest alone", absl::StrCat(kA, "\n"), kBad, "line 1"},
      {"another algorithm", absl::StrCat("SHA512 (app) = ", kA), kBad,
       "line 1"},
      {"BSD without end", absl::StrCat("SHA256 (app ", kA), kBad, "line 1"},
      {"BSD, too short", absl::StrCat("SHA256 (app) = ", short_digest), kBad,
       "line 1"},
      {"zeros", std::string(100, '\0'), kBad, "line 1"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    absl::Status status = DigestOf("app", c.sums).status();
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace rollout::gitops
