// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/manifest.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDigest[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// Line 10 is the artifact.
constexpr char kSmallest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata:
  name: web
spec:
  hosts:
    matchLabels:
      role: web
  service:
    artifact: {url: "file:///srv/site-1.tar.gz", sha256: DIGEST}
    command: ["/usr/bin/python3", "-m", "http.server"]
    endpoints:
    - name: http
      address: 127.0.0.1:8080
  strategy:
    maxSurge: 1
)";

std::string Smallest() {
  return absl::StrReplaceAll(kSmallest, {{"DIGEST", kDigest}});
}

absl::StatusOr<std::vector<ParsedPlan>> Parse(const std::string& text) {
  return ParseManifests({{"web.yaml", text}});
}

// The smallest manifest with `from` replaced by `to`.
absl::StatusOr<std::vector<ParsedPlan>> ParseWith(absl::string_view from,
                                                  absl::string_view to) {
  std::string text = Smallest();
  EXPECT_THAT(text, HasSubstr(std::string(from)));
  return Parse(absl::StrReplaceAll(text, {{from, to}}));
}

// With `lines` added to the service.
absl::StatusOr<std::vector<ParsedPlan>> ParseWithService(
    absl::string_view lines) {
  return ParseWith("  strategy:\n", absl::StrCat(lines, "\n  strategy:\n"));
}

std::string ErrorOf(const absl::StatusOr<std::vector<ParsedPlan>>& plans) {
  EXPECT_EQ(plans.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(plans.status().message());
}

TEST(ParseManifests, WritesOutEveryDefault) {
  auto plans = Parse(Smallest());
  ASSERT_TRUE(plans.ok()) << plans.status();
  ASSERT_EQ(plans->size(), 1u);
  EXPECT_EQ(plans->front().name, "web");
  EXPECT_EQ(plans->front().place, "web.yaml:1:1");
  v1::PlanSpec expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrReplaceAll(
          R"pb(
            hosts { match_labels { key: "role" value: "web" } }
            service {
              artifact {
                url: "file:///srv/site-1.tar.gz"
                sha256: "DIGEST"
                format: TAR
              }
              command: "/usr/bin/python3"
              command: "-m"
              command: "http.server"
              umask: 18
              endpoints { name: "http" address: "127.0.0.1:8080" }
              handover: INTERCEPT
              readiness {
                tcp {}
                period { seconds: 1 }
                timeout { seconds: 1 }
                success_threshold: 1
                failure_threshold: 3
                endpoint: "http"
              }
              drain {
                signal: "TERM"
                wait: CONNECTIONS
                timeout { seconds: 30 }
              }
              startup_timeout { seconds: 15 }
              handshake_grace { seconds: 3 }
            }
            strategy {
              max_surge { count: 1 }
              max_unavailable { count: 0 }
              max_overlap { percent: 100 }
              min_ready { seconds: 10 }
              host_deadline { seconds: 300 }
              progress_deadline { seconds: 600 }
              keep_warm { seconds: 600 }
              auto_rollback: true
            })pb",
          {{"DIGEST", kDigest}}),
      &expected));
  EXPECT_EQ(plans->front().spec.DebugString(), expected.DebugString());
}

TEST(ParseManifests, ReadsEveryKey) {
  auto plans = Parse(absl::StrCat(R"(
apiVersion: rollout/v1
kind: Plan
metadata: {name: api-2}
spec:
  hosts: {matchLabels: {}}
  service:
    artifact: {url: "https://example.com/api?x=.tar", sha256: )",
                                  kDigest, R"(, format: executable}
    command: ["${artifact}", --listen, "${host.address}:8080", "--pid=${generation.dir}/pid", $HOME]
    user: www-data
    group: adm
    directory: ${generation.dir}
    environment: {REGION: "${host.labels.region}", N: 5, EMPTY: ""}
    umask: 0027
    resourceLimits: {nofile: 65536, core: unlimited}
    endpoints:
    - {name: http, address: "${host.address}:8080"}
    - {name: admin, address: "[0:0::1]:9090"}
    handover: activation
    readiness:
      exec: {command: [/usr/bin/curl, "http://${probe.address}/"]}
      period: 500ms
      timeout: 250ms
      successThreshold: 2
      failureThreshold: 5
      endpoint: admin
    drain: {signal: QUIT, wait: connections, timeout: 1m30s}
    startupTimeout: 1m
    handshakeGrace: 0s
  strategy:
    maxSurge: 25%
    maxUnavailable: 2
    maxOverlap: 10
    minReady: 0s
    hostDeadline: 2m
    progressDeadline: 1h
    keepWarm: 0s
    autoRollback: false
)"));
  ASSERT_TRUE(plans.ok()) << plans.status();
  const v1::ServiceTemplate& service = plans->front().spec.service();
  EXPECT_EQ(service.artifact().format(), v1::Artifact::EXECUTABLE);
  EXPECT_EQ(service.command(4), "$HOME");
  EXPECT_EQ(service.user(), "www-data");
  EXPECT_EQ(service.group(), "adm");
  EXPECT_EQ(service.directory(), "${generation.dir}");
  EXPECT_EQ(service.environment().at("N"), "5");
  EXPECT_EQ(service.environment().at("EMPTY"), "");
  EXPECT_EQ(service.umask(), 027u);
  EXPECT_EQ(service.resource_limits(0).value(), 65536u);
  EXPECT_EQ(service.resource_limits(1).value(), ~uint64_t{0});
  EXPECT_EQ(service.endpoints(1).address(), "[::1]:9090");
  EXPECT_EQ(service.handover(), v1::ACTIVATION);
  EXPECT_EQ(service.readiness().exec().command_size(), 2);
  EXPECT_EQ(service.readiness().period().nanos(), 500'000'000);
  EXPECT_EQ(service.readiness().endpoint(), "admin");
  EXPECT_EQ(service.drain().signal(), "QUIT");
  EXPECT_EQ(service.drain().timeout().seconds(), 90);
  const v1::Strategy& strategy = plans->front().spec.strategy();
  EXPECT_EQ(strategy.max_surge().percent(), 25u);
  EXPECT_EQ(strategy.max_unavailable().count(), 2u);
  EXPECT_EQ(strategy.max_overlap().count(), 10u);
  EXPECT_EQ(strategy.progress_deadline().seconds(), 3600);
  EXPECT_FALSE(strategy.auto_rollback());
}

TEST(ParseManifests, NamesPlaceAndRemedy) {
  struct Case {
    const char* name;
    const char* from;
    const char* to;
    const char* error;
  };
  const Case kCases[] = {
      {"unknown key", "maxSurge", "maxsurge",
       "web.yaml:16:5: unknown key \"maxsurge\" in spec.strategy: did you mean "
       "\"maxSurge\"?"},
      {"unknown key at the top", "kind: Plan", "kind: Plan\nstatus: {}",
       "web.yaml:3:1: unknown key \"status\""},
      {"wrong version", "rollout/v1", "rollout/v2",
       "web.yaml:1:13: apiVersion: \"rollout/v2\" is none of \"rollout/v1\""},
      {"wrong kind", "kind: Plan", "kind: Deployment", "web.yaml:2:7: kind:"},
      {"no name", "name: web\n", "{}\n", "metadata.name: is missing"},
      {"bad name", "name: web\n", "name: Web\n",
       "web.yaml:4:9: metadata.name: \"Web\" is not a name"},
      {"name too long", "name: web\n",
       "name: a123456789012345678901234567890123456789012345678901234567890123"
       "\n",
       "is not a name"},
      {"no selector", "    matchLabels:\n      role: web\n", "    {}\n",
       "spec.hosts.matchLabels: is missing"},
      {"bad label", "role: web", "\"a b\": web", "can't be a label"},
      {"wrong type", "[\"/usr/bin/python3\", \"-m\", \"http.server\"]",
       "/usr/bin/python3",
       "web.yaml:11:14: spec.service.command: expected a list"},
      {"no sha256", ", sha256: 0", ", sha25: 0", "sha256: is missing"},
      {"sha256 cut short", "sha256: 0123456789", "sha256: ",
       "artifact.sha256: expected 64 hexadecimal digits, found 54: print them "
       "with sha256sum FILE"},
      {"sha256 of other characters", "sha256: 0123456789", "sha256: xxxxxxxxxx",
       "found other characters"},
      {"no URL", "url: \"file:///srv/site-1.tar.gz\", ", "",
       "web.yaml:10:15: spec.service.artifact.url: is missing"},
      {"URL of another kind", "file:///srv", "ftp://srv",
       "is no URL of a kind that can be fetched"},
      {"relative file URL", "file:///srv", "file://srv", "file:///PATH"},
      {"URL without host", "file:///srv", "http:///srv", "host is missing"},
      {"host value in a URL", "site-1", "${host.name}",
       "not replaced in a URL"},
      {"relative program", "/usr/bin/python3", "python3",
       "web.yaml:11:15: spec.service.command[0]: the program \"python3\" must "
       "be an absolute path"},
      {"program is a directory", "/usr/bin/python3", "${artifact}",
       "write ${artifact}/PROGRAM"},
      {"empty command", "[\"/usr/bin/python3\", \"-m\", \"http.server\"]", "[]",
       "spec.service.command: is empty"},
      {"unknown host value", "http.server", "${host.nam}",
       "web.yaml:11:41: spec.service.command[2]: there is no host value "
       "\"${host.nam}\" here (there are: host.name, host.address"},
      {"probe value in a command", "http.server", "${probe.address}",
       "there is no host value"},
      {"host value not closed", "http.server", "${host.name",
       "has no closing brace"},
      {"no endpoints",
       "endpoints:\n    - name: http\n      address: "
       "127.0.0.1:8080\n",
       "endpoints: []\n", "needs at least one endpoint"},
      {"no port", "127.0.0.1:8080", "127.0.0.1", "is not IPV4:PORT"},
      {"port 0", "127.0.0.1:8080", "127.0.0.1:0",
       "must be a number from 1 to 65535"},
      {"port that changes", "127.0.0.1:8080", "127.0.0.1:${host.labels.port}",
       "must be a number from 1 to 65535"},
      {"port of a generation", "127.0.0.1:8080", "${generation}:80",
       "there is no host value \"${generation}\" here"},
      {"name for an address", "127.0.0.1:8080", "localhost:8080",
       "names are not looked up"},
      {"bad endpoint name", "- name: http", "- name: \"a:b\"",
       "spec.service.endpoints[0].name: \"a:b\" is not a name"},
      {"same endpoint name",
       "strategy:", "  - {name: http, address: \"127.0.0.1:81\"}\n  strategy:",
       "endpoints[1].name: \"http\" is the name of spec.service.endpoints[0]"},
      {"same address",
       "strategy:", "  - {name: b, address: \"127.0.0.1:8080\"}\n  strategy:",
       "endpoints[1].address: \"127.0.0.1:8080\" is the address of"},
      {"both limits zero", "maxSurge: 1", "maxSurge: 0",
       "web.yaml:16:15: spec.strategy.maxSurge: maxSurge and maxUnavailable "
       "are "
       "both 0"},
      {"both limits 0 %", "maxSurge: 1", "maxSurge: 0%\n    maxUnavailable: 0%",
       "are both 0"},
      {"limit above 100 %", "maxSurge: 1", "maxSurge: 101%", "more than 100%"},
      {"limit of words", "maxSurge: 1", "maxSurge: all",
       "expected a number of hosts or a share"},
      {"negative limit", "maxSurge: 1", "maxSurge: -1",
       "expected a number of hosts or a share"},
      {"no overlap", "maxSurge: 1", "maxOverlap: 0",
       "spec.strategy.maxOverlap: no host could run the old and the new"},
      {"minReady too long", "maxSurge: 1", "minReady: 5m",
       "web.yaml:16:15: spec.strategy.minReady: spec.strategy.hostDeadline "
       "(5m, the default) must be longer than spec.strategy.minReady (5m)"},
      {"hostDeadline too long", "maxSurge: 1", "hostDeadline: 10m",
       "must be longer than spec.strategy.hostDeadline (10m)"},
      {"hostDeadline under the startup", "maxSurge: 1",
       "minReady: 1s\n    hostDeadline: 15s",
       "must be longer than spec.service.startupTimeout (15s)"},
      {"duration without a unit", "maxSurge: 1", "minReady: 10",
       "expected a duration"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(ErrorOf(ParseWith(c.from, c.to)), HasSubstr(c.error));
  }
}

TEST(ParseManifests, ChecksTheRestOfTheService) {
  struct Case {
    const char* lines;
    const char* error;
  };
  const Case kCases[] = {
      {"    readiness: {endpoint: web}",
       "web.yaml:15:27: spec.service.readiness.endpoint: there is no endpoint "
       "\"web\" (there are: http)"},
      {"    readiness: {http: {}, tcp: {}}",
       "web.yaml:15:16: spec.service.readiness: several kinds are given (http, "
       "tcp): keep one"},
      {"    readiness: {tcp: {port: 5}}", "unknown key \"port\""},
      {"    readiness: {http: {path: health}}", "must begin with /"},
      {"    readiness: {exec: {}}", "readiness.exec.command: is missing"},
      {"    readiness: {exec: {command: [curl]}}", "must be an absolute path"},
      {"    readiness: {exec: {command: [/c, \"${x}\"]}}",
       "generation.dir, probe.address)"},
      {"    readiness: {notify: {}, endpoint: http}",
       "notify asks no endpoint"},
      {"    readiness: {period: 0s}", "must be at least 10ms"},
      {"    readiness: {timeout: 1ms}", "must be at least 10ms"},
      {"    readiness: {failureThreshold: 0}", "0 is not from 1 to 1000"},
      {"    handover: exclusive",
       "\"exclusive\" is none of \"intercept\" or \"activation\""},
      {"    drain: {signal: SIGTERM}", "\"SIGTERM\" is none of \"TERM\""},
      {"    drain: {wait: requests}",
       "\"requests\" is none of \"connections\""},
      {"    drain: {timeout: 0s}", "must be more than 0s"},
      {"    startupTimeout: 0s", "must be more than 0s"},
      {"    user: \"0\"", "\"0\" is not the name of a user"},
      {"    group: adm", "spec.service.group: is set and user is not"},
      {"    directory: srv", "must be an absolute path or begin with"},
      {"    umask: \"08\"", "is not an octal mask"},
      {"    umask: 1777", "is not an octal mask"},
      {"    environment: {1A: x}", "can't name a variable"},
      {"    environment: {LISTEN_FDS: 3}", "is set by the handover"},
      {"    environment: {A: [x]}", "environment.A: expected text"},
      {"    environment: {A: \"${home}\"}", "there is no host value"},
      {"    resourceLimits: {files: 3}", "there is no limit \"files\""},
      {"    resourceLimits: {nofile: -1}", "-1 is not from 0"},
      {"    resourceLimits: {nofile: many}", "expected a whole number"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.lines);
    EXPECT_THAT(ErrorOf(ParseWithService(c.lines)), HasSubstr(c.error));
  }
}

TEST(ParseManifests, TellsTheFormatByTheEnding) {
  struct Case {
    const char* url;
    v1::Artifact::Format format;
  };
  const Case kCases[] = {
      {"file:///a.tar", v1::Artifact::TAR},
      {"http://h/a.tgz", v1::Artifact::TAR},
      {"https://h/a.tar.zst?signature=x.y", v1::Artifact::TAR},
      {"file:///a", v1::Artifact::EXECUTABLE},
      {"file:///a.tar.gz.bin", v1::Artifact::EXECUTABLE},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.url);
    auto plans = ParseWith("file:///srv/site-1.tar.gz", c.url);
    ASSERT_TRUE(plans.ok()) << plans.status();
    EXPECT_EQ(plans->front().spec.service().artifact().format(), c.format);
  }
}

TEST(ParseManifests, RefusesAPathInsideAProgram) {
  std::string text = absl::StrReplaceAll(
      Smallest(), {{"site-1.tar.gz", "server"},
                   {"/usr/bin/python3", "${artifact}/bin/server"}});
  EXPECT_THAT(ErrorOf(Parse(text)), HasSubstr("the artifact is one program"));
}

TEST(ParseManifests, TakesHostValuesInAddresses) {
  for (const char* address :
       {"${host.address}:80", "[${host.address}]:80", "${host.labels.ip}:80"}) {
    SCOPED_TRACE(address);
    auto plans = ParseWith("127.0.0.1:8080", absl::StrCat("'", address, "'"));
    ASSERT_TRUE(plans.ok()) << plans.status();
    EXPECT_EQ(plans->front().spec.service().endpoints(0).address(), address);
  }
}

TEST(ParseManifests, SpeltOutDefaultsMakeTheSameTemplate) {
  auto plain = Parse(Smallest());
  auto spelt = ParseWithService(
      "    umask: \"022\"\n    handover: intercept\n"
      "    readiness: {tcp: {}, period: 1000ms, endpoint: http}\n"
      "    drain: {timeout: 0.5m}\n");
  ASSERT_TRUE(plain.ok() && spelt.ok()) << spelt.status();
  EXPECT_EQ(plain->front().spec.service().DebugString(),
            spelt->front().spec.service().DebugString());
}

TEST(ParseManifests, FindsTheErrorsOfAllFiles) {
  std::string broken = absl::StrReplaceAll(
      Smallest(), {{"maxSurge", "maxsurge"}, {"rollout/v1", "v1"}});
  std::string error = ErrorOf(ParseManifests(
      {{"a.yaml", broken},
       {"b.yaml", "x: ["},
       {"c.yaml",
        absl::StrReplaceAll(Smallest(), {{"name: web", "name: c"}})}}));
  EXPECT_THAT(error, HasSubstr("a.yaml:1:13: apiVersion"));
  EXPECT_THAT(error, HasSubstr("\na.yaml:16:5: unknown key"));
  EXPECT_THAT(error, HasSubstr("\nb.yaml:"));
  EXPECT_THAT(error, Not(HasSubstr("c.yaml")));
}

TEST(ParseManifests, SaysOnceThatAPartIsMissing) {
  EXPECT_EQ(ErrorOf(Parse("apiVersion: rollout/v1\nkind: Plan\n")),
            "web.yaml:1:1: metadata: is missing\n"
            "web.yaml:1:1: spec: is missing");
}

TEST(ParseManifests, RefusesTwoPlansOfOneName) {
  std::string twice = absl::StrCat(Smallest(), "---\n", Smallest());
  EXPECT_THAT(ErrorOf(Parse(twice)),
              HasSubstr("web.yaml:18:1: plan \"web\" is defined at "
                        "web.yaml:1:1 too"));
  EXPECT_THAT(
      ErrorOf(ParseManifests({{"a.yaml", Smallest()}, {"b.yaml", Smallest()}})),
      HasSubstr("b.yaml:1:1: plan \"web\" is defined at a.yaml:1:1"));
}

TEST(ParseManifests, RefusesNoPlanAtAll) {
  EXPECT_THAT(ErrorOf(Parse("# nothing\n---\n")),
              HasSubstr("web.yaml:1:1: there is no plan here"));
  EXPECT_THAT(ErrorOf(ParseManifests({})), HasSubstr("there is no plan here"));
}

TEST(ParseManifests, RefusesAServiceTooLargeToStore) {
  EXPECT_THAT(ErrorOf(ParseWithService(absl::StrCat(
                  "    environment: {A: ", std::string(300'000, 'x'), "}"))),
              HasSubstr("spec.service: is larger than 262144 bytes"));
}

}  // namespace
}  // namespace rollout::manifest
