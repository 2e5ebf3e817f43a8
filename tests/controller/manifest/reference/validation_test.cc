// SPDX-License-Identifier: Apache-2.0
//
// What a JSON Schema validator says of manifests, and that the reader agrees.

#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/subprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/manifest_text.h"

namespace rollout::manifest {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;

constexpr char kSchema[] = "docs/reference/manifest.schema.json";
constexpr char kValidator[] = "tests/controller/manifest/reference/validate.py";
constexpr char kExamples[] = "deploy/examples";
// In an example's first line: tells editors where the schema is.
constexpr char kModeline[] = "# yaml-language-server: $schema=";

// Of each document of the files, in order: "good" or what is wrong.
std::vector<std::string> Validate(const std::vector<std::string>& files) {
  Command command;
  command.arguments = {"/usr/bin/python3", fs::absolute(kValidator).string(),
                       fs::absolute(kSchema).string()};
  for (const std::string& file : files) {
    command.arguments.push_back(fs::absolute(file).string());
  }
  command.output_limit = 1 << 20;
  const auto run = RunCommand(command);
  EXPECT_TRUE(run.ok()) << run.status();
  if (!run.ok()) return {};
  EXPECT_EQ(run->wait_status, 0) << run->output;
  std::vector<std::string> verdicts;
  for (absl::string_view line :
       absl::StrSplit(run->output, '\n', absl::SkipEmpty())) {
    const size_t verdict = line.find(": ");
    verdicts.emplace_back(
        line.substr(verdict == absl::string_view::npos ? 0 : verdict + 2));
  }
  return verdicts;
}

// One run for all of them: a validator takes a while to start.
std::vector<std::string> ValidateTexts(const std::vector<std::string>& texts) {
  std::vector<std::string> files;
  for (const std::string& text : texts) {
    files.push_back(
        absl::StrCat(::testing::TempDir(), "/", files.size(), ".yaml"));
    std::ofstream(files.back()) << text;
  }
  return Validate(files);
}

std::string With(absl::string_view from, absl::string_view to) {
  const std::string text = Smallest();
  EXPECT_THAT(text, HasSubstr(std::string(from)));
  return absl::StrReplaceAll(text, {{from, to}});
}

std::string WithService(absl::string_view lines) {
  return With("  strategy:\n", absl::StrCat(lines, "\n  strategy:\n"));
}

std::string WithStrategy(absl::string_view lines) {
  return With("    maxSurge: 1", lines);
}

std::vector<fs::path> Examples() {
  std::vector<fs::path> plans;
  for (const auto& entry : fs::directory_iterator(kExamples)) {
    if (entry.path().filename() != "controller.yaml") {
      plans.push_back(entry.path());
    }
  }
  return plans;
}

TEST(Validation, EachExampleIsGood) {
  std::vector<std::string> files;
  for (const fs::path& path : Examples()) files.push_back(path.string());
  EXPECT_GE(files.size(), 5);
  const std::vector<std::string> verdicts = Validate(files);
  ASSERT_EQ(verdicts.size(), files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(verdicts[i], "good") << files[i];
  }
}

// An editor looks for it from the directory of the manifest.
TEST(Validation, EachExampleLeadsEditorsToTheSchema) {
  for (const fs::path& path : Examples()) {
    std::string line;
    std::ifstream file(path);
    std::getline(file, line);
    ASSERT_TRUE(absl::StartsWith(line, kModeline)) << path;
    const fs::path schema =
        path.parent_path() / line.substr(sizeof(kModeline) - 1);
    EXPECT_EQ(schema.lexically_normal(), kSchema) << path;
  }
}

std::string Source(const std::string& spec) {
  return "apiVersion: rollout/v1\nkind: Source\nmetadata: {name: "
         "prod}\nspec: " +
         spec + "\n";
}

TEST(Validation, WhatTheReaderTakesIsGood) {
  std::vector<std::string> texts = {
      Smallest(),
      EveryKey(),
      Smallest() + "---\n" + With("name: web", "name: b"),
      With("    matchLabels:\n      role: web", "    {matchLabels: {}}"),
      With("name: web", "name: 7"),
      With("\"/usr/bin/python3\", ", "/usr/bin/python3, 8080, yes, 1.5, "),
      WithService("    umask: \"022\"\n    readiness: {tcp: {}}\n"
                  "    drain: {timeout: 0.5m}\n    limits: {}\n"),
      WithService("    readiness:\n      http:\n    drain:\n    environment:"),
      WithService("    environment: {A: true, B: 5, C: 1.5, D: \"\"}"),
      WithService("    liveness: {http: {path: /live}, errorBudget: "
                  "{failures: 5, window: 2m}}"),
      WithService("    handover: signal\n    upgrade: {retire: WINCH, restore: "
                  "HUP, pidFile: \"${generation.dir}/pid\"}"),
      WithService("    limits: {memory: 4194304, cpu: 2, files: 4096}"),
      WithStrategy("    {maxSurge: 1, maxOverlap: \"5\", keepWarm: 0s, adopt: "
                   "true}"),
      WithStrategy("    {steps: [{hosts: 1, weight: 0.1%}, {hosts: 1}]}"),
      Smallest() + "  output: {rotate: {size: 65536Ki, every: 1m}, keep: 7}\n",
      Smallest() + "  output:\n",
      With(absl::StrCat("sha256: ", kDigest),
           "sha256From: \"https://h/${version}/sums\", version: 1.2"),
      Smallest() + "---\n" + Source("{}"),
      Smallest() + "---\n" +
          Source("{selfHeal: true, prune: false, allowEmpty: true}"),
  };
  for (const char* address :
       {"${host.address}:80", "[${host.address}]:80", "${host.labels.ip}:80",
        "udp:${host.address}:53", "unix:/run/${host.name}/app.sock", "[::]:80",
        "udp:127.0.0.1:53", "udp:[::1]:53", "unix:/run/app.sock"}) {
    texts.push_back(With("127.0.0.1:8080", absl::StrCat("'", address, "'")));
  }
  const std::vector<std::string> verdicts = ValidateTexts(texts);
  // Three of them have two documents.
  ASSERT_EQ(verdicts.size(), texts.size() + 3);
  for (const std::string& verdict : verdicts) EXPECT_EQ(verdict, "good");
  for (const std::string& text : texts) {
    auto parsed = Parse(text);
    EXPECT_TRUE(parsed.ok()) << parsed.status() << "\n" << text;
  }
}

TEST(Validation, WhatCannotBeMeantIsRefused) {
  struct Case {
    std::string text;
    const char* error;
  };
  const Case kCases[] = {
      {With("kind: Plan", "kind: Plan\nstatus: {}"), "'status'"},
      {With("rollout/v1", "rollout/v2"), "apiVersion: "},
      {Source("{prune: perhaps}"), "spec/prune: "},
      {Source("{verify: {mode: head}}"), "'verify'"},
      {With("kind: Plan", "kind: Deployment"), "kind: "},
      {With("kind: Plan\n", ""), "'kind' is a required property"},
      {With("name: web\n", "{}\n"), "'name' is a required property"},
      {With("name: web", "name: Web"), "metadata/name: "},
      {With("    matchLabels:\n      role: web\n", "    {}\n"),
       "'matchLabels' is a required property"},
      {With("role: web", "\"a b\": web"), "'a b' does not match"},
      {With("[\"/usr/bin/python3\", \"-m\", \"http.server\"]", "/bin/a"),
       "is not of type 'array'"},
      {With("\"/usr/bin/python3\"", "python3"), "spec/service/command/0: "},
      {With("[\"/usr/bin/python3\", \"-m\", \"http.server\"]", "[]"),
       "spec/service/command: [] is too short"},
      {With("sha256: 0123456789", "sha256: "), "spec/service/artifact/sha256"},
      {With("sha256: ", "digest: "), "'digest' was unexpected"},
      {With(", sha256: ", ", version: "), "spec/service/artifact"},
      {With(", sha256: ", ", sha256From: http://h/s, sha256: "),
       "spec/service/artifact: "},
      {With("file:///srv", "ftp://srv"), "spec/service/artifact/url: "},
      {With("site-1", "${host.name}"), "spec/service/artifact/url: "},
      {With("127.0.0.1:8080", "localhost:8080"), "endpoints/0/address: "},
      {With("127.0.0.1:8080", "unix:app.sock"), "endpoints/0/address: "},
      {With("127.0.0.1:8080", "\"${host.name}:80\""), "endpoints/0/address: "},
      {WithService("    readiness: {http: {}, tcp: {}}"),
       "spec/service/readiness: "},
      {WithService("    readiness: {tcp: {port: 5}}"), "'port'"},
      {WithService("    readiness: {exec: {}}"), "'command' is a required"},
      {WithService("    readiness: {failureThreshold: 0}"),
       "0 is less than the minimum of 1"},
      {WithService("    liveness: {notify: {}}"), "'notify'"},
      {WithService("    handover: inherit"), "'inherit' is not one of"},
      {WithService("    fallback: intercept"), "spec/service/fallback: "},
      {WithService("    limits: {memory: 512}"), "less than the minimum"},
      {WithService("    limits: {memory: 512MB}"),
       "spec/service/limits/memory"},
      {WithService("    limits: {cpu: 500m}"), "spec/service/limits/cpu"},
      {WithService("    limits: {nofile: 5}"), "'nofile'"},
      {WithService("    drain: {signal: SIGTERM}"), "'SIGTERM' is not one of"},
      {WithService("    drain: {escalate: {signal: TERM}}"), "'after' is a"},
      {WithService("    drain: {timeout: 30}"), "spec/service/drain/timeout: "},
      {WithService("    group: adm"), "'user' is a dependency of 'group'"},
      {WithService("    handover: signal\n    upgrade: {retire: WINCH}"),
       "'restore' is a dependency"},
      {WithService("    umask: \"08\""), "spec/service/umask: "},
      {WithService("    environment: {LISTEN_FDS: 3}"), "'LISTEN_FDS'"},
      {WithService("    environment: {A: [x]}"), "spec/service/environment/A"},
      {WithService("    environment: {A: }"), "spec/service/environment/A"},
      {WithService("    resourceLimits: {files: 3}"), "'files'"},
      {WithService("    resourceLimits: {nofile: many}"), "'many'"},
      {WithService("    certificates: [{name: a}]"), "certificates/0: "},
      {WithService("    certificates: [{name: a, certificate: /c, key: /k, "
                   "names: [], reload: {signal: HUP}}]"),
       "certificates/0/names: "},
      {WithService("    certificates: [{name: a, certificate: /c, key: /k, "
                   "names: [x], reload: {}}]"),
       "certificates/0/reload: "},
      {WithStrategy("    maxsurge: 1"), "'maxsurge'"},
      {WithStrategy("    maxSurge: 101%"), "spec/strategy/maxSurge: "},
      {WithStrategy("    maxSurge: -1"), "spec/strategy/maxSurge: "},
      {WithStrategy("    minReady: 10"), "spec/strategy/minReady: "},
      {WithStrategy("    minReady: -5s"), "spec/strategy/minReady: "},
      {WithStrategy("    minReady: soon"), "spec/strategy/minReady: "},
      {WithStrategy("    onFailure: retry"), "'retry' is not one of"},
      {WithStrategy("    adopt: yes"), "spec/strategy/adopt: "},
      {WithStrategy("    retries: 11"), "spec/strategy/retries: "},
      {WithStrategy("    steps: [{weight: 5%}]"), "'hosts' is a required"},
      {WithStrategy("    steps: [{hosts: 1, weight: 5}]"), "steps/0/weight: "},
      {Smallest() + "  output: {rotate: {size: 1}}\n", "output/rotate/size: "},
  };
  std::vector<std::string> texts;
  for (const Case& c : kCases) texts.push_back(c.text);
  const std::vector<std::string> verdicts = ValidateTexts(texts);
  ASSERT_EQ(verdicts.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    SCOPED_TRACE(texts[i]);
    EXPECT_THAT(verdicts[i], HasSubstr(kCases[i].error));
    EXPECT_FALSE(Parse(texts[i]).ok());
  }
}

}  // namespace
}  // namespace rollout::manifest
