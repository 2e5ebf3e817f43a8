// SPDX-License-Identifier: Apache-2.0

#include "base/yaml_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/yaml_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A type with a key of every kind.
struct Settings {
  std::string name;
  bool on = false;
  int64_t count = 0;
  absl::Duration wait;
  int mode = 0;
  std::vector<std::string> words;
  std::vector<std::string> labels;
  std::string inner;
};

absl::StatusOr<Settings> Read(const std::string& text) {
  auto documents = ParseYaml("f", text);
  if (!documents.ok()) return documents.status();
  YamlErrors errors("f");
  Settings settings;
  {
    YamlMap map(YamlValue(&documents->front(), &errors));
    settings.name = map.Require("name").String();
    settings.on = map.Get("on").Bool(true);
    settings.count = map.Get("count").Integer(1, 10, 3);
    settings.wait = map.Get("wait").Duration(absl::Seconds(5));
    settings.mode = map.Get("mode").OneOf<int>({{"one", 1}, {"two", 2}}, 1);
    settings.words = map.Get("words").Strings();
    for (const auto& [key, value] : map.Get("labels").Entries()) {
      settings.labels.push_back(absl::StrCat(key, "=", value.String()));
    }
    YamlMap inner(map.Get("inner"));
    settings.inner = inner.Get("value").String("fallback");
  }
  if (!errors.empty()) return errors.status();
  return settings;
}

TEST(YamlReader, ReadsEveryKind) {
  auto settings = Read(
      "{name: 1e3, on: false, count: 10, wait: 1m30s, mode: two,"
      " words: [a, 8080], labels: {role: web, yes: no}, inner: {value: v}}");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->name, "1e3");
  EXPECT_FALSE(settings->on);
  EXPECT_EQ(settings->count, 10);
  EXPECT_EQ(settings->wait, absl::Seconds(90));
  EXPECT_EQ(settings->mode, 2);
  EXPECT_THAT(settings->words, ElementsAre("a", "8080"));
  EXPECT_THAT(settings->labels, ElementsAre("role=web", "yes=no"));
  EXPECT_EQ(settings->inner, "v");
}

TEST(YamlReader, WhatIsAbsentIsTheFallback) {
  auto settings = Read("name: x\ninner:\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->on);
  EXPECT_EQ(settings->count, 3);
  EXPECT_EQ(settings->wait, absl::Seconds(5));
  EXPECT_EQ(settings->mode, 1);
  EXPECT_EQ(settings->inner, "fallback");
}

TEST(YamlReader, NamesPlaceAndRemedyOfEveryError) {
  struct Case {
    const char* name;
    const char* text;
    const char* error;
  };
  const Case kCases[] = {
      {"missing", "on: true", "f:1:1: name: is missing"},
      {"unknown, near", "name: x\ncuont: 1",
       "f:2:1: unknown key \"cuont\": did you mean \"count\"?"},
      {"unknown, other case", "name: x\nCount: 1", "did you mean \"count\"?"},
      {"unknown, far", "name: x\ninner: {zebra: 1}",
       "f:2:9: unknown key \"zebra\" in inner (known: value)"},
      {"not a map", "[name]", "f:1:1: expected a map, found a list"},
      {"map for text", "name: {a: 1}",
       "f:1:7: name: expected text, found a map"},
      {"nothing for text",
       "name:", "f:1:1: name: expected text, found nothing"},
      {"list for map", "name: x\ninner: [1]", "inner: expected a map"},
      {"text for list", "name: x\nwords: a b",
       "f:2:8: words: expected a list, found a single value"},
      {"item of a list", "name: x\nwords: [a, [b]]",
       "f:2:12: words[1]: expected text, found a list"},
      {"value of a map", "name: x\nlabels: {a: [b]}",
       "labels.a: expected text"},
      {"yes for true", "name: x\non: yes",
       "expected true or false, found \"yes\""},
      {"fraction", "name: x\ncount: 1.5", "count: expected a whole number"},
      {"hexadecimal", "name: x\ncount: 0x5", "count: expected a whole number"},
      {"too small", "name: x\ncount: 0", "f:2:8: count: 0 is not from 1 to 10"},
      {"huge", "name: x\ncount: 99999999999999999999",
       "count: expected a whole number"},
      {"no unit", "name: x\nwait: 5", "wait: expected a duration such as"},
      {"negative", "name: x\nwait: -5s", "wait: -5s is not from 0s"},
      {"endless", "name: x\nwait: inf", "wait: inf is not from 0s"},
      {"other word", "name: x\nmode: three",
       "f:2:7: mode: \"three\" is none of \"one\" or \"two\""},
      {"NUL by escape", "name: \"a\\0b\"", "name: a NUL character"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto settings = Read(c.text);
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(settings.status().message()), HasSubstr(c.error));
  }
}

TEST(YamlReader, FindsSeveralErrorsInTheOrderOfTheFile) {
  auto settings = Read("nme: 1\nwait: x\ncount: y\n");
  EXPECT_THAT(std::string(settings.status().message()),
              testing::MatchesRegex("f:1:1: .*\nf:1:1: .*nme.*\nf:2:7: wait.*\n"
                                    "f:3:8: count.*"));
}

TEST(YamlReader, ShowsTenErrorsAndCountsTheRest) {
  std::string text = "name: x\n";
  for (int i = 0; i < 14; ++i) absl::StrAppend(&text, "k", i, "zzzzz: 1\n");
  auto settings = Read(text);
  EXPECT_THAT(std::string(settings.status().message()),
              HasSubstr("\nf: and 4 more errors"));
}

}  // namespace
}  // namespace rollout
