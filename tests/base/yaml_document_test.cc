// SPDX-License-Identifier: Apache-2.0

#include "base/yaml_document.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Repeat(absl::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) absl::StrAppend(&all, text);
  return all;
}

TEST(ParseYaml, KeepsPlacesAndTextAsWritten) {
  auto documents = ParseYaml("f", "a:\n  - 022\n  - \"x\\ty\"\n---\n# none\n");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 1u);
  const YamlNode& root = documents->front();
  ASSERT_EQ(root.kind, YamlNode::Kind::kMap);
  EXPECT_EQ(root.children[0].text, "a");
  const YamlNode& list = root.children[1];
  ASSERT_EQ(list.kind, YamlNode::Kind::kList);
  EXPECT_EQ(list.children[0].text, "022");
  EXPECT_EQ(list.children[0].line, 2);
  EXPECT_EQ(list.children[0].column, 5);
  EXPECT_EQ(list.children[1].text, "x\ty");
}

TEST(ParseYaml, ReadsSeveralDocuments) {
  auto documents = ParseYaml("f", "---\na: 1\n---\n---\nb: 2\n");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 2u);
  EXPECT_EQ((*documents)[1].line, 5);
}

TEST(ParseYaml, RefusesWhatIsNotOursWithItsPlace) {
  struct Case {
    const char* name;
    std::string text;
    const char* error;
  };
  const Case kCases[] = {
      {"unfinished", "a: [1, 2\nb: 3\n", "f:"},
      {"tab", "a:\n\tb: 1\n", "f:2:3: not YAML"},
      {"duplicate key", "a: 1\nb: 2\na: 3\n", "f:3:1: \"a\" is given twice"},
      {"duplicate key below", "x:\n  a: 1\n  a: 3\n", "f:3:3: \"a\" is given"},
      {"key that is a list", "? [a]\n: 1\n", "f:1:3: a key must be a word"},
      {"alias", "a: &x [1]\nb: *x\n", "f:2:4: aliases"},
      {"tag", "a: !!binary aGk=\n", "f:1:4: tags"},
      {"too deep", Repeat("[", 40) + Repeat("]", 40),
       "f:1:33: nested more than 32 deep"},
      {"very deep", Repeat("[", 500'000), "f:"},
      {"too many", "[" + Repeat("1,", 100'001) + "1]", "more than 100000"},
      {"too large", std::string(kMaxYamlBytes + 1, ' '),
       "f:1:1: the file has 1048577 bytes"},
      {"Latin-1", "a: 1\nb: caf\xE9\n", "f:2:7: this byte is not text"},
      {"overlong", "a: \xC0\x80", "f:1:4: this byte"},
      {"surrogate", "a: \xED\xA0\x80", "f:1:4: this byte"},
      {"cut short", "a: \xE2\x82", "f:1:4: this byte"},
      {"NUL", std::string("a: \0", 4), "f:1:4: this byte"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto documents = ParseYaml("f", c.text);
    EXPECT_EQ(documents.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(documents.status().message()), HasSubstr(c.error));
    EXPECT_THAT(std::string(documents.status().message()), StartsWith("f:"));
  }
}

TEST(ReadYaml, HandsBackTheErrorAndWhatCameBefore) {
  YamlText read = ReadYaml("a: 1\n---\nb: &x 1\nc: *x\n");
  ASSERT_TRUE(read.error.has_value());
  EXPECT_EQ(read.error->line, 4);
  EXPECT_EQ(read.error->column, 4);
  EXPECT_THAT(read.error->message, StartsWith("aliases"));
  EXPECT_EQ(read.documents.size(), 1u);
  EXPECT_FALSE(ReadYaml("a: 1\n").error.has_value());
}

TEST(ParseYaml, TakesTextInAnyScript) {
  auto documents =
      ParseYaml("f", "a: \"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\x80\"");
  ASSERT_TRUE(documents.ok()) << documents.status();
}

}  // namespace
}  // namespace rollout
