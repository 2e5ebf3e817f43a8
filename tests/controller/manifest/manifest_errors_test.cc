// SPDX-License-Identifier: Apache-2.0
//
// What a bad manifest is told: the place, what is wrong, and the remedy.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "controller/manifest/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/manifest_text.h"

namespace rollout::manifest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseManifests, NamesWhatIsWrongWithOutput) {
  struct Case {
    const char* output;
    const char* error;
  };
  const Case kCases[] = {
      {"{size: 1Mi}", "unknown key \"size\" in spec.output"},
      {"{rotate: {size: 64MB}}",
       "spec.output.rotate.size: expected a size such as 64Mi, found \"64MB\""},
      {"{rotate: {size: -1}}", "expected a size such as 64Mi"},
      {"{rotate: {size: \"\"}}", "expected a size such as 64Mi, found \"\""},
      {"{rotate: {size: 63Ki}}", "\"63Ki\" is not between 64Ki and 1024Gi"},
      {"{rotate: {size: 99999999999999Gi}}", "is not between"},
      {"{rotate: {every: day}}", "spec.output.rotate.every: "},
      {"{rotate: {every: 30s}}", "is shorter than a minute"},
      {"{keep: 0}", "0 is not from 1 to 1000"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.output);
    auto plans = Parse(absl::StrCat(Smallest(), "  output: ", c.output, "\n"));
    EXPECT_THAT(plans.status().message(), HasSubstr(c.error));
  }
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
      {"UDP without a port", "127.0.0.1:8080", "udp:127.0.0.1",
       "is not IPV4:PORT or [IPV6]:PORT, udp: before one of these, or unix:"},
      {"a name after udp:", "127.0.0.1:8080", "udp:localhost:53",
       "names are not looked up"},
      {"another kind of address", "127.0.0.1:8080", "tcp:127.0.0.1:80",
       "udp: before one of these"},
      {"relative path", "127.0.0.1:8080", "unix:app.sock", "not absolute"},
      {"abstract socket", "127.0.0.1:8080", "\"unix:@app\"",
       "web.yaml:14:16: spec.service.endpoints[0].address: address "
       "\"unix:@app\": an abstract socket has no file"},
      {"path with dots", "127.0.0.1:8080", "unix:/run/../app.sock", "\"..\""},
      {"unknown value in a path", "127.0.0.1:8080", "unix:/run/${generation}",
       "there is no host value \"${generation}\" here"},
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
      {"nobody out of service with exclusive", "  strategy:\n    maxSurge: 1",
       "    handover: exclusive\n  strategy:\n    maxUnavailable: 0%",
       "web.yaml:17:21: spec.strategy.maxUnavailable: is 0, but with handover "
       "exclusive"},
      {"progressDeadline too short", "maxSurge: 1", "progressDeadline: 1m",
       "spec.strategy.progressDeadline (1m) must be longer than "
       "spec.strategy.hostDeadline (5m, the default)"},
      {"neither back nor pause", "maxSurge: 1", "onFailure: retry",
       "\"retry\" is none of \"rollback\" or \"pause\""},
      {"a label that is none", "maxSurge: 1", "spread: \"a b\"",
       "spec.strategy.spread: \"a b\" can't be a label"},
      {"duration without a unit", "maxSurge: 1", "minReady: 10",
       "expected a duration"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(ErrorOf(ParseWith(c.from, c.to)), HasSubstr(c.error));
  }
}

TEST(ParseManifests, AsksNoUdpEndpointByConnecting) {
  struct Case {
    const char* lines;
    const char* error;
  };
  const Case kCases[] = {
      {"    readiness: {tcp: {}}",
       "web.yaml:15:16: spec.service.readiness: endpoint \"http\" "
       "(udp:127.0.0.1:53) takes no connections: use exec, notify or "
       "listening"},
      {"    readiness: {http: {}, endpoint: http}", "takes no connections"},
      {"    readiness: {grpc: {}}", "takes no connections"},
      {"    readiness: {exec: {command: [/c, \"${probe.address}\"]}}",
       "${probe.address} leads to no UDP endpoint"},
      {"    liveness: {http: {}}", "takes no connections"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.lines);
    EXPECT_THAT(
        ErrorOf(ParseWith("127.0.0.1:8080\n",
                          absl::StrCat("udp:127.0.0.1:53\n", c.lines, "\n"))),
        HasSubstr(c.error));
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
       "certificates.NAME.key, probe.address)"},
      {"    liveness: {notify: {}}", "notify tells once"},
      {"    readiness: {grpc: {name: x}}", "name"},
      {"    readiness: {initialDelay: soon}", "initialDelay"},
      {"    readiness: {notify: {}, endpoint: http}",
       "notify asks no endpoint"},
      {"    readiness: {listening: {}, endpoint: http}",
       "listening asks no endpoint"},
      {"    liveness: {listening: {}}", "does not tell that a service is well"},
      {"    readiness: {period: 0s}", "must be at least 10ms"},
      {"    readiness: {timeout: 1ms}", "must be at least 10ms"},
      {"    readiness: {errorBudget: {window: 1m}}",
       "readiness.errorBudget.failures: is missing"},
      {"    readiness: {listening: {}, errorBudget: {failures: 5}}",
       "listening asks nothing that could fail"},
      {"    readiness: {errorBudget: {failures: 5, window: 5s}}",
       "web.yaml:15:30: spec.service.readiness.errorBudget: can't be spent: "
       "with period 1s no 6 answers fail in 5s"},
      {"    readiness: {errorBudget: {failures: 2, window: -1s}}", "window"},
      {"    readiness: {failureThreshold: 0}", "0 is not from 1 to 1000"},
      {"    handover: inherit", "\"inherit\" is none of \"intercept\""},
      {"    limits: {memory: 512}",
       "web.yaml:15:22: spec.service.limits.memory: 512 is less than 1Mi: is a "
       "unit missing?"},
      {"    limits: {memory: 512MB}", "is no number of bytes: write 512Mi"},
      {"    limits: {cpu: 500m}", "is no number of cores: write 0.5 or 2"},
      {"    limits: {cpu: 0}", "is no number of cores"},
      {"    limits: {pids: 0}", "spec.service.limits.pids: 0 is not from 1"},
      {"    limits: {nofile: 5}", "unknown key \"nofile\""},
      {"    limits: {files: 0}", "spec.service.limits.files: 0 is not from 1"},
      {"    limits: {files: 5}\n    resourceLimits: {nofile: 5}",
       "web.yaml:15:21: spec.service.limits.files: is resourceLimits.nofile, "
       "which is given too: keep one"},
      {"    certificates: [{name: a}]",
       "web.yaml:15:20: spec.service.certificates[0].certificate: is missing"},
      {"    certificates: [{name: a, certificate: c, key: /k, names: [x], "
       "reload: {signal: HUP}}]",
       "\"c\" must be an absolute path on the hosts"},
      {"    certificates: [{name: a, certificate: /c, key: /k, names: [], "
       "reload: {signal: HUP}}]",
       "names: is empty"},
      {"    certificates: [{name: a, certificate: /c, key: /k, names: [x/y], "
       "reload: {signal: HUP}}]",
       "\"x/y\" is no host name"},
      {"    certificates: [{name: a, certificate: /c, key: /k, names: [x], "
       "reload: {}}]",
       "reload: must be either {signal: HUP} or {command: [PROGRAM, ...]}"},
      {"    certificates: [{name: a, certificate: /c, key: /k, names: [x], "
       "reload: {signal: TERM}}]",
       "\"TERM\" is none of \"HUP\", \"USR1\" or \"USR2\""},
      {"    certificates: [{name: a, certificate: /c, key: /k, names: [x], "
       "reload: {signal: HUP}, endpoint: b}]",
       "there is no TCP endpoint \"b\" (there are: http)"},
      {"    environment: {KEY: \"${certificates.a.key}\"}",
       "spec.service.certificates: there is no certificate \"a\", which "
       "${certificates.a...} asks for (there are: none)"},
      {"    handover: exclusive",
       "spec.strategy.maxUnavailable: is 0, the default, but with handover "
       "exclusive a host is out of service while it changes: set it to at "
       "least 1"},
      {"    fallback: exclusive",
       "spec.strategy.maxUnavailable: is 0, the default, but with fallback "
       "exclusive"},
      {"    handover: exclusive\n    fallback: exclusive", "leave it out"},
      {"    upgrade: {signal: USR2}", "set handover: signal"},
      {"    handover: signal\n    upgrade: {retire: WINCH}",
       "retire and restore belong together"},
      {"    handover: signal\n    upgrade: {signal: USR3}", "\"USR3\" is none"},
      {"    handover: signal\n    upgrade: {pidFile: \"${pid}\"}",
       "there is no host value \"${pid}\""},
      {"    handover: signal\n    readiness: {notify: {}}",
       "notify does not work with handover signal"},
      {"    handover: signal\n    environment: {A: \"${generation}\"}",
       "${generation} changes from one generation to the next"},
      {"    environment: {LISTEN_FD: \"${listener.http}\"}",
       "there is no host value \"${listener.http}\""},
      {"    handover: activation\n    environment: {A: \"${listener.ftp}\"}",
       "certificates.NAME.key, listener.http)"},
      {"    drain: {signal: SIGTERM}", "\"SIGTERM\" is none of \"TERM\""},
      {"    drain: {escalate: {signal: TERM}}", "after"},
      {"    drain: {timeout: 10s, escalate: {signal: KILL, after: 5s}}",
       "must be less than half of timeout (5s)"},
      {"    readiness: {initialDelay: 15s}",
       "initialDelay must be less than startupTimeout (15s)"},
      {"    readiness: {notify: {}, initialDelay: 1s}",
       "notify asks nothing: leave initialDelay out"},
      {"    drain: {wait: patience}",
       "\"patience\" is none of \"connections\", \"requests\" or"},
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

TEST(ParseManifests, RefusesAPathInsideAProgram) {
  std::string text = absl::StrReplaceAll(
      Smallest(), {{"site-1.tar.gz", "server"},
                   {"/usr/bin/python3", "${artifact}/bin/server"}});
  EXPECT_THAT(ErrorOf(Parse(text)), HasSubstr("the artifact is one program"));
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

TEST(ParseManifests, SaysOnceWhatIsWrongWithALimit) {
  EXPECT_EQ(ErrorOf(ParseWith("maxSurge: 1", "maxSurge: [1]")),
            "web.yaml:16:15: spec.strategy.maxSurge: expected text, found a "
            "list");
  EXPECT_EQ(ErrorOf(ParseWith("maxSurge: 1", "maxSurge: \"\"")),
            "web.yaml:16:15: spec.strategy.maxSurge: expected a number of "
            "hosts or a share such as 25%, found \"\"");
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
