// SPDX-License-Identifier: Apache-2.0
//
// Plans and errors as values.

#include <optional>
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

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
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

std::string Source(const std::string& name, const std::string& spec) {
  return absl::StrCat("apiVersion: rollout/v1\nkind: Source\nmetadata: {name: ",
                      name, "}\nspec: ", spec, "\n");
}

TEST(ReadManifests, ASourceSaysWhatItSaysAndNoMore) {
  Manifests read = ReadManifests(
      {{"a.yaml", Named("a") + "---\n" +
                      Source("prod", "{selfHeal: true, prune: false}")},
       {"b.yaml", Source("test", "{}")}});
  EXPECT_THAT(Texts(read), IsEmpty());
  EXPECT_THAT(read.plans, SizeIs(1));
  ASSERT_THAT(read.sources, SizeIs(2));
  EXPECT_EQ(read.sources[0].name, "prod");
  EXPECT_EQ(read.sources[0].settings.self_heal, true);
  EXPECT_EQ(read.sources[0].settings.prune, false);
  EXPECT_EQ(read.sources[0].settings.allow_empty, std::nullopt);
  EXPECT_EQ(ToString(read.sources[0].place), "a.yaml:18:1");
  EXPECT_EQ(read.sources[1].settings.self_heal, std::nullopt);
}

TEST(ReadManifests, ASourceIsReadAsStrictlyAsAPlan) {
  struct Case {
    std::string text;
    const char* error;
  };
  const Case kCases[] = {
      {Source("prod", "{verify: {}}"),
       "a.yaml:4:8: unknown key \"verify\" in spec"},
      {Source("prod", "{interval: 1s}"),
       "a.yaml:4:8: unknown key \"interval\" in spec"},
      {Source("prod", "{selfheal: true}"), "did you mean \"selfHeal\"?"},
      {Source("prod", "{prune: yes}"), "a.yaml:4:15: spec.prune: "},
      {Source("Prod", "{}"), "a.yaml:3:18: metadata.name: \"Prod\""},
      {Source("prod", "{}") + "---\n" + Source("prod", "{}"),
       "a.yaml:6:1: source \"prod\" is defined at a.yaml:1:1 too: keep one"},
      {"apiVersion: rollout/v1\nkind: Source\nmetadata: {name: a}\n",
       "a.yaml:1:1: spec: is missing"},
      {"kind: Sauce\n",
       "a.yaml:1:7: kind: \"Sauce\" is none of \"Plan\" or \"Source\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_THAT(Texts(ReadManifests({{"a.yaml", c.text}})),
                Contains(HasSubstr(c.error)));
  }
}

TEST(ReadManifests, ASourceAloneCantBeApplied) {
  EXPECT_EQ(ErrorOf(Parse(Source("prod", "{}"))),
            "web.yaml:1:1: there is no plan here: a document of kind Source is "
            "for the repository that a source of the controller follows");
  EXPECT_TRUE(Parse(Smallest() + "---\n" + Source("prod", "{}")).ok());
}

}  // namespace
}  // namespace rollout::manifest
