// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_reader.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "base/yaml_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<std::vector<SourceSettings>> Read(const std::string& text) {
  ASSIGN_OR_RETURN(std::vector<YamlNode> documents, ParseYaml("c.yaml", text));
  YamlErrors errors("c.yaml");
  std::vector<SourceSettings> sources =
      ReadSources(YamlValue(&documents.front(), &errors));
  RETURN_IF_ERROR(errors.status());
  return sources;
}

TEST(SourceReader, ReadsAllThereIs) {
  auto sources = Read(R"(
- name: prod
  url: https://git.example.com/team/plans.git
  branch: release
  path: plans/prod/
  interval: 2m
  credentials: {user: bot, passwordFile: /etc/rollout/token, caFile: /etc/ca.pem}
  verify: {mode: head, keys: [/etc/rollout/ann.pub, /etc/rollout/bob.asc]}
  webhook: {secretFile: /etc/rollout/webhook}
  report:
    api: https://git.example.com/api/v1/
    repository: team/plans
    tokenFile: /etc/rollout/status-token
    link: https://rollout.example.com
    note: true
  selfHeal: true
  prune: false
  allowEmpty: true
- name: test
  url: git@git.example.com:team/plans.git
  credentials: {keyFile: /etc/rollout/id, knownHostsFile: /etc/rollout/known}
- name: local
  url: file:///srv/plans.git
  report: {note: true, link: https://rollout.example.com/local}
)");
  ASSERT_TRUE(sources.ok()) << sources.status();
  ASSERT_EQ(sources->size(), 3);
  const SourceSettings& prod = (*sources)[0];
  EXPECT_EQ(prod.name, "prod");
  EXPECT_EQ(prod.fetch.url(), "https://git.example.com/team/plans.git");
  EXPECT_EQ(prod.fetch.branch(), "release");
  EXPECT_EQ(prod.fetch.path(), "plans/prod");
  EXPECT_EQ(prod.interval, absl::Minutes(2));
  EXPECT_EQ(prod.fetch.credentials().user(), "bot");
  EXPECT_EQ(prod.fetch.credentials().password_file(), "/etc/rollout/token");
  EXPECT_EQ(prod.fetch.credentials().ca_file(), "/etc/ca.pem");
  EXPECT_THAT(prod.fetch.verify().key_files(),
              ElementsAre("/etc/rollout/ann.pub", "/etc/rollout/bob.asc"));
  EXPECT_EQ(prod.webhook_secret_file, "/etc/rollout/webhook");
  EXPECT_EQ(prod.forge.api, "https://git.example.com/api/v1");
  EXPECT_EQ(prod.forge.repository, "team/plans");
  EXPECT_EQ(prod.forge.token_file, "/etc/rollout/status-token");
  EXPECT_EQ(prod.forge.link, "https://rollout.example.com");
  EXPECT_EQ(prod.policy.self_heal, true);
  EXPECT_EQ(prod.policy.prune, false);
  EXPECT_EQ(prod.policy.allow_empty, true);
  EXPECT_TRUE(prod.notes);
  const SourceSettings& local = (*sources)[2];
  EXPECT_TRUE(local.notes);
  EXPECT_EQ(local.forge.api, "");
  EXPECT_EQ(local.forge.link, "https://rollout.example.com/local");
  const SourceSettings& test = (*sources)[1];
  EXPECT_FALSE(test.notes);
  EXPECT_EQ(test.fetch.branch(), "main");
  EXPECT_EQ(test.fetch.path(), "");
  EXPECT_EQ(test.interval, absl::Seconds(60));
  EXPECT_FALSE(test.fetch.has_verify());
  EXPECT_EQ(test.fetch.credentials().key_file(), "/etc/rollout/id");
  EXPECT_EQ(test.forge.api, "");
  EXPECT_EQ(test.policy.self_heal, std::nullopt);
  EXPECT_EQ(test.policy.prune, std::nullopt);
  EXPECT_EQ(test.policy.allow_empty, std::nullopt);
}

TEST(SourceReader, RefusesWithThePlace) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case kCases[] = {
      {"- {url: file:///srv/a}", "c.yaml:1:3: "},
      {"- {name: Prod, url: file:///srv/a}", "is not a name"},
      {"- {name: a}", "url"},
      {"- {name: a, url: /srv/a}",
       "c.yaml:1:18: [0].url: \"/srv/a\" is none of"},
      {"- {name: a, url: 'ftp://h/a'}", "is none of"},
      {"- {name: a, url: 'https://bot:secret@h/a'}", "holds a password"},
      {"- {name: a, url: file:///a, branch: refs/heads/main}", "is no branch"},
      {"- {name: a, url: file:///a, branch: -x}", "is no branch"},
      {"- {name: a, url: file:///a, branch: 'a b'}", "is no branch"},
      {"- {name: a, url: file:///a, path: ../b}", "is no folder below"},
      {"- {name: a, url: file:///a, path: /b}", "is no folder below"},
      {"- {name: a, url: file:///a, path: a//b}", "is no folder below"},
      {"- {name: a, url: file:///a, interval: 10ms}", "shorter than 1s"},
      {"- {name: a, url: file:///a, credentials: {user: x}}", "is for http"},
      {"- {name: a, url: 'https://h/a', credentials: {keyFile: /k}}",
       "is for ssh alone"},
      {"- {name: a, url: 'https://h/a', credentials: {passwordFile: p}}",
       "is not an absolute path"},
      {"- {name: a, url: 'ssh://git@h/a'}", "ssh needs keyFile"},
      {"- {name: a, url: file:///a, verify: {keys: [/k]}}", "mode"},
      {"- {name: a, url: file:///a, verify: {mode: all, keys: [/k]}}",
       "\"all\" is none of"},
      {"- {name: a, url: file:///a, verify: {mode: head, keys: []}}",
       "name the files"},
      {"- {name: a, url: file:///a, webhook: {}}", "secretFile: is missing"},
      {"- {name: a, url: file:///a, webhok: {}}", "webhook"},
      {"- {name: a, url: file:///a, report: {api: 'ssh://h'}}",
       "is no https://"},
      {"- {name: a, url: file:///a, report: {repository: plans}}",
       "\"plans\" is not OWNER/NAME"},
      {"- {name: a, url: file:///a, report: {api: 'https://h'}}",
       "tokenFile: is missing"},
      {"- {name: a, url: file:///a, report: {}}", "api: is missing"},
      {"- {name: a, url: file:///a, report: {note: false}}", "api: is missing"},
      {"- {name: a, url: file:///a, report: {note: true, caFile: /c}}",
       "api: is missing"},
      {"- {name: a, url: file:///a, report: {note: 1}}", "report.note: "},
      {"- {name: a, url: file:///a}\n- {name: a, url: file:///b}",
       "c.yaml:2:3: [1]: a second source named \"a\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto sources = Read(c.text);
    EXPECT_TRUE(absl::IsInvalidArgument(sources.status()));
    EXPECT_THAT(sources.status().message(), HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace rollout::gitops
