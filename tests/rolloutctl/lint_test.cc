// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/controller/manifest/manifest_text.h"
#include "tests/rolloutctl/program_fixture.h"

namespace rollout::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Json = nlohmann::json;

std::string Named(const std::string& name) {
  return absl::StrReplaceAll(manifest::Smallest(),
                             {{"name: web", "name: " + name}});
}

class LintTest : public ProgramTest {
 protected:
  // Rule, file, line and column of each result.
  static std::vector<std::string> Places(const Json& sarif) {
    std::vector<std::string> places;
    for (const Json& result : sarif["runs"][0]["results"]) {
      const Json& place = result["locations"][0]["physicalLocation"];
      places.push_back(
          absl::StrCat(result["ruleId"].get<std::string>(), " ",
                       place["artifactLocation"]["uri"].get<std::string>(), " ",
                       place["region"]["startLine"].get<int>(), " ",
                       place["region"]["startColumn"].get<int>()));
    }
    return places;
  }
};

TEST_F(LintTest, GoodManifestsAreSilent) {
  Write("plans/a.yaml", Named("a"));
  Write("plans/b.yml", Named("b") + "---\n" + Named("c"));
  input_ = Named("d");
  Ran ran = Run({"lint", Path("plans"), "-"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out + ran.err, "");
}

TEST_F(LintTest, WhatARepositorySaysOfItselfIsGood) {
  Write("source.yaml",
        "apiVersion: rollout/v1\nkind: Source\nmetadata: {name: prod}\n"
        "spec: {prune: true}\n");
  Ran ran = Run({"lint", Path("source.yaml")});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out + ran.err, "");
}

TEST_F(LintTest, EveryErrorIsALineForEditors) {
  Write("a.yaml", absl::StrReplaceAll(Named("a"), {{"maxSurge", "maxsurge"}}));
  Write("b.yaml", Named("b"));
  input_ = Named("b");
  Ran ran = Run({"lint", Path("a.yaml"), Path("b.yaml"), "-"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, Path("a.yaml") +
                         ":16:5: unknown key \"maxsurge\" in spec.strategy: "
                         "did you mean \"maxSurge\"?\n-:1:1: plan \"b\" is "
                         "defined at " +
                         Path("b.yaml") + ":1:1 too: keep one\n");
  EXPECT_EQ(ran.err, "rolloutctl: 2 errors: no controller would take this\n");
}

TEST_F(LintTest, WhatItShowsDoesNothingToATerminal) {
  Write("a.yaml", Named("a") + "\"k\\e[2J\": 1\n");
  Ran ran = Run({"lint", Path("a.yaml")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("unknown key \"k"));
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
}

TEST_F(LintTest, SarifHasEachErrorWithItsRuleAndItsPlaceInCharacters) {
  Write("a b.yaml", Named("a") + "key: \"\xE2\x82\xAC\", maxSurge: 1\n");
  Write("c.yaml", absl::StrReplaceAll(
                      Named("c"),
                      {{"    matchLabels:\n      role: web",
                        "    matchLabels: {role: \"\xE2\x82\xAC\", x: [1]}"}}));
  Write("d.yaml", Named("d"));
  Write("e.yaml", Named("d"));
  Ran ran = Run({"lint", Path("a b.yaml"), Path("c.yaml"), Path("d.yaml"),
                 Path("e.yaml"), "-o", "sarif"});
  EXPECT_EQ(ran.code, 1);
  const Json sarif = Json::parse(ran.out);
  EXPECT_EQ(sarif["version"], "2.1.0");
  ASSERT_THAT(sarif["runs"], SizeIs(1));
  EXPECT_EQ(sarif["runs"][0]["tool"]["driver"]["name"], "rolloutctl");
  EXPECT_EQ(sarif["runs"][0]["columnKind"], "unicodeCodePoints");
  const std::string top =
      "file://" + std::filesystem::path(top_).lexically_normal().string() + "/";
  EXPECT_THAT(Places(sarif),
              ElementsAre(StartsWith("Yaml " + top + "a%20b.yaml 17 "),
                          // The value of x, behind a sign of three bytes.
                          "Field " + top + "c.yaml 7 33",
                          "Plans " + top + "e.yaml 1 1"));
  for (const Json& result : sarif["runs"][0]["results"]) {
    const Json& rules = sarif["runs"][0]["tool"]["driver"]["rules"];
    EXPECT_EQ(rules[result["ruleIndex"].get<size_t>()]["id"], result["ruleId"]);
    EXPECT_EQ(result["level"], "error");
    EXPECT_THAT(result["message"]["text"].get<std::string>(),
                ::testing::Not(IsEmpty()));
  }
}

TEST_F(LintTest, SarifOfGoodManifestsHasNoResults) {
  Write("a.yaml", Named("a"));
  Ran ran = Run({"lint", Path("a.yaml"), "--output", "sarif"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(Json::parse(ran.out)["runs"][0]["results"], Json::array());
}

TEST_F(LintTest, SaysWhatItCantRead) {
  Ran ran = Run({"lint", Path("missing.yaml")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("missing.yaml: cannot be read"));
  EXPECT_EQ(Run({"lint"}).code, 1);
  EXPECT_EQ(Run({"lint", "-", "-o", "xml"}).code, 1);
}

}  // namespace
}  // namespace rollout::ctl
