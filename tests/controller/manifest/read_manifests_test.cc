// SPDX-License-Identifier: Apache-2.0
//
// Plans and errors as values.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "controller/manifest/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/manifest_text.h"

namespace rollout::manifest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string Named(const std::string& name) {
  return absl::StrReplaceAll(Smallest(), {{"name: web", "name: " + name}});
}

std::vector<std::string> Texts(const Manifests& read) {
  std::vector<std::string> texts;
  for (const ManifestError& error : read.errors) {
    texts.push_back(ToString(error));
  }
  return texts;
}

TEST(ReadManifests, GoodPlansHaveNoErrors) {
  Manifests read = ReadManifests(
      {{"a.yaml", Named("a")}, {"b.yaml", Named("b") + "---\n" + Named("c")}});
  EXPECT_THAT(read.errors, IsEmpty());
  ASSERT_THAT(read.plans, SizeIs(3));
  EXPECT_EQ(read.plans[2].name, "c");
  EXPECT_EQ(read.plans[2].place.path, "b.yaml");
  EXPECT_GT(read.plans[2].place.line, 10);
}

TEST(ReadManifests, EveryErrorHasItsPlaceAndItsRule) {
  using Rule = ManifestError::Rule;
  Manifests read = ReadManifests(
      {{"a.yaml", absl::StrReplaceAll(Named("a"), {{"maxSurge", "maxsurge"},
                                                   {"rollout/v1", "v1"}})},
       {"b.yaml", "x: ["},
       {"c.yaml", Named("c")},
       {"d.yaml", Named("c")}});
  EXPECT_THAT(Texts(read),
              ElementsAre(StartsWith("a.yaml:1:13: apiVersion: "),
                          StartsWith("a.yaml:16:5: unknown key"),
                          StartsWith("b.yaml:1:"),
                          StartsWith("d.yaml:1:1: plan \"c\" is defined at "
                                     "c.yaml:1:1 too")));
  std::vector<Rule> rules;
  for (const ManifestError& error : read.errors) rules.push_back(error.rule);
  EXPECT_THAT(rules, ElementsAre(Rule::kField, Rule::kField, Rule::kYaml,
                                 Rule::kPlans));
  EXPECT_EQ(read.errors[1].place.path, "a.yaml");
  EXPECT_EQ(read.errors[1].place.line, 16);
  EXPECT_EQ(read.errors[1].place.column, 5);
}

TEST(ReadManifests, LeavesNoErrorOut) {
  std::string text = Smallest();
  for (int i = 0; i < 25; ++i) absl::StrAppend(&text, "key", i, ": 1\n");
  EXPECT_THAT(ReadManifests({{"web.yaml", text}}).errors, SizeIs(25));
  // What people read is cut.
  const std::string listed = ErrorOf(Parse(text));
  EXPECT_THAT(listed, testing::HasSubstr("web.yaml:26:1: unknown key"));
  EXPECT_THAT(listed, testing::EndsWith("\nweb.yaml: and 15 more errors"));
}

TEST(ReadManifests, NoPlanIsAnError) {
  EXPECT_THAT(Texts(ReadManifests({{"web.yaml", "# nothing\n"}})),
              ElementsAre(StartsWith("web.yaml:1:1: there is no plan here")));
  EXPECT_THAT(Texts(ReadManifests({})),
              ElementsAre(StartsWith("-:1:1: there is no plan here")));
}

}  // namespace
}  // namespace rollout::manifest
