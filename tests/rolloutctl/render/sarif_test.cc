// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/sarif.h"

#include <string>

#include "controller/manifest/manifest.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace rollout::render {
namespace {

using manifest::ManifestError;
using Json = nlohmann::json;

// The place of the one result for an error at that place of that text.
Json PlaceOf(const manifest::ManifestPlace& place, const std::string& text) {
  const Json sarif = Json::parse(
      Sarif({{place, ManifestError::Rule::kField, "x"}}, {{place.path, text}}));
  return sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
}

TEST(Sarif, NamesFilesByUri) {
  struct Case {
    const char* path;
    const char* uri;
  };
  const Case kCases[] = {
      {"plans/web.yaml", "plans/web.yaml"},
      {"./plans//web.yaml", "plans/web.yaml"},
      {"/srv/a b.yaml", "file:///srv/a%20b.yaml"},
      {"a:b#1?.yaml", "a%3Ab%231%3F.yaml"},
      {"caf\xC3\xA9\xE9.yaml", "caf%C3%A9%E9.yaml"},
      {"-", "-"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(PlaceOf({c.path, 1, 1}, "x")["artifactLocation"]["uri"], c.uri);
  }
}

TEST(Sarif, CountsColumnsInCharacters) {
  struct Case {
    const char* name;
    manifest::ManifestPlace place;
    int column;
  };
  const Case kCases[] = {
      {"before it", {"a", 2, 1}, 1},
      {"behind two and three bytes", {"a", 2, 7}, 4},
      {"another line", {"a", 1, 4}, 4},
      {"behind the end", {"a", 3, 9}, 1},
      {"no such line", {"a", 9, 5}, 5},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const Json region =
        PlaceOf(c.place, "abcdef\n\xC3\xA9\xE2\x82\xACxyz\n")["region"];
    EXPECT_EQ(region["startLine"], c.place.line);
    EXPECT_EQ(region["startColumn"], c.column);
  }
}

TEST(Sarif, AMessageThatIsNoTextIsStillShown) {
  const Json sarif = Json::parse(Sarif(
      {{{"a", 1, 1}, ManifestError::Rule::kPlans, "caf\xE9.yaml too"}}, {}));
  EXPECT_EQ(sarif["runs"][0]["results"][0]["message"]["text"],
            "caf\xEF\xBF\xBD.yaml too");
}

}  // namespace
}  // namespace rollout::render
