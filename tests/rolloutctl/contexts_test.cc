// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/contexts.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/etc/ctl/config.yaml";

constexpr char kTwo[] = R"(# Our fleets.
current: production   # changed by config use
contexts:
  production:
    controller: rollout.example:7400
    tls: {ca: prod/ca.crt, certificate: ../alice.crt, key: /keys/alice.key}
  laptop: {controller: "127.0.0.1:7400", insecureLoopback: true}
)";

TEST(Contexts, AreReadWithTheirPlaceAsDirectory) {
  auto contexts = ParseContexts(kPath, kTwo);
  ASSERT_TRUE(contexts.ok()) << contexts.status();
  EXPECT_EQ(contexts->current, "production");
  ASSERT_EQ(contexts->all.size(), 2u);
  const ConnectionSettings& production = contexts->all[0].settings;
  EXPECT_EQ(contexts->all[0].name, "production");
  EXPECT_EQ(production.controller, "rollout.example:7400");
  EXPECT_EQ(production.ca, "/etc/ctl/prod/ca.crt");
  EXPECT_EQ(production.certificate, "/etc/ctl/../alice.crt");
  EXPECT_EQ(production.key, "/keys/alice.key");
  EXPECT_FALSE(production.insecure_loopback);
  EXPECT_EQ(contexts->all[1].name, "laptop");
  EXPECT_TRUE(contexts->all[1].settings.insecure_loopback);
}

TEST(Contexts, AnEmptyFileHasNone) {
  auto contexts = ParseContexts(kPath, "# nothing yet\n");
  ASSERT_TRUE(contexts.ok()) << contexts.status();
  EXPECT_EQ(contexts->current, "");
  EXPECT_TRUE(contexts->all.empty());
}

TEST(Contexts, WhatIsWrongIsToldWithItsPlace) {
  struct Case {
    std::string text;
    std::string error;
  };
  const Case kCases[] = {
      {"contexts: {a: {controller: c}}", ":1:28: contexts.a.controller: "},
      {"contexts: {a: {}}", "contexts.a.controller: is missing"},
      {"contexts:\n  a:\n", ":2:3: contexts.a.controller: is missing"},
      {"contexts: {a: {controller: \"c:1\", tsl: {}}}",
       ":1:35: unknown key \"tsl\" in contexts.a"},
      {"curent: a", ":1:1: "},
      {"contexts: [a]", ":1:11: contexts: expected a map, found a list"},
      {"contexts: {a: {controller: \"c:1\", insecureLoopback: true,\n"
       "  tls: {ca: ca.crt}}}",
       ":1:53: contexts.a.insecureLoopback: tls names certificates as well"},
      {"contexts: {-a: {controller: \"c:1\"}}", "no name for a context"},
      {"contexts: {a b: {controller: \"c:1\"}}", "no name for a context"},
      {"contexts: {a: {controller: \"c:1\"}, a: {controller: \"c:2\"}}",
       "given twice"},
      {"{}\n---\ncurrent: a\n", ":3:1: a second document: keep one"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto contexts = ParseContexts(kPath, c.text);
    ASSERT_FALSE(contexts.ok());
    EXPECT_THAT(std::string(contexts.status().message()),
                ::testing::StartsWith(kPath));
    EXPECT_THAT(std::string(contexts.status().message()), HasSubstr(c.error));
  }
}

TEST(Contexts, OneThatIsNotThereNamesTheNearest) {
  auto contexts = ParseContexts(kPath, kTwo);
  ASSERT_TRUE(contexts.ok()) << contexts.status();
  EXPECT_EQ(contexts->Find("laptop")->name, "laptop");
  EXPECT_EQ(contexts->Find("Production").status().message(),
            "/etc/ctl/config.yaml: there is no context \"Production\", did you "
            "mean production? (there are: production, laptop)");
  EXPECT_THAT(std::string(Contexts().Find("a").status().message()),
              HasSubstr("(there are: none)"));
}

TEST(WithCurrent, ChangesItsOneLine) {
  constexpr char kRest[] =
      "contexts: {a: {controller: \"c:1\"}, "
      "b: {controller: \"c:2\"}}\n";
  struct Case {
    std::string before;
    std::string after;
  };
  const Case kCases[] = {
      {"", "current: b\n"},
      {"current: a\n", "current: b\n"},
      {"current: b\n", "current: b\n"},
      {"current:   'a'\t# mine\n", "current: b\t# mine\n"},
      {"current: \"a\" # it's \"a\"\n", "current: b # it's \"a\"\n"},
      {"current: a\r\n", "current: b\r\n"},
      {"# current: a\n\n---\n", "# current: a\n\n---\ncurrent: b\n"},
      {"current: gone  \n", "current: b  \n"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.before);
    auto text = WithCurrent(kPath, c.before + kRest, "b");
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, c.after + kRest);
  }
}

TEST(WithCurrent, LeavesAFileAloneThatItCanNotChange) {
  constexpr char kRest[] =
      "contexts: {a: {controller: \"c:1\"}, "
      "b: {controller: \"c:2\"}}\n";
  for (const char* before :
       {"\"current\": a\n", "current:\n  a\n", "current: >-\n  a\n",
        "current : a\n", "? current\n: a\n", "current: 'a\n  '\n"}) {
    SCOPED_TRACE(before);
    auto text = WithCurrent(kPath, std::string(before) + kRest, "b");
    EXPECT_EQ(text.status().code(), absl::StatusCode::kFailedPrecondition)
        << text.status();
    EXPECT_THAT(std::string(text.status().message()),
                HasSubstr("write \"current: b\" on a line of its own"));
  }
  const std::string flow = "{contexts: {a: {controller: \"c:1\"}}, current: a}";
  EXPECT_FALSE(WithCurrent(kPath, flow, "a").ok());
  EXPECT_TRUE(absl::IsNotFound(WithCurrent(kPath, kRest, "c").status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(WithCurrent(kPath, "a: b", "a").status()));
}

}  // namespace
}  // namespace rollout::ctl
