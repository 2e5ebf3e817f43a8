// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/manifest.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/rollout/v1/plan.pb.h"
#include "tests/controller/manifest/manifest_text.h"

namespace rollout::manifest {
namespace {

TEST(ParseManifests, WritesOutEveryDefault) {
  auto plans = Parse(Smallest());
  ASSERT_TRUE(plans.ok()) << plans.status();
  ASSERT_EQ(plans->size(), 1u);
  EXPECT_EQ(plans->front().name, "web");
  EXPECT_EQ(plans->front().place.path, "web.yaml");
  EXPECT_EQ(plans->front().place.line, 1);
  EXPECT_EQ(plans->front().place.column, 1);
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
              failure_tolerance { count: 0 }
            })pb",
          {{"DIGEST", kDigest}}),
      &expected));
  EXPECT_EQ(plans->front().spec.DebugString(), expected.DebugString());
}

TEST(ParseManifests, ReadsEveryKey) {
  auto plans = Parse(EveryKey());
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
  EXPECT_EQ(service.certificates(0).names(1), "10.0.0.1");
  EXPECT_EQ(service.certificates(0).signal(), "HUP");
  EXPECT_EQ(service.certificates(0).endpoint(), "admin");
  EXPECT_EQ(service.certificates(1).endpoint(), "http");
  EXPECT_EQ(service.certificates(1).command().command_size(), 2);
  EXPECT_EQ(service.limits().memory_bytes(), 512u << 20);
  EXPECT_EQ(service.limits().cpu_millicores(), 1500u);
  EXPECT_EQ(service.limits().pids(), 200u);
  EXPECT_EQ(service.endpoints(1).address(), "[::1]:9090");
  EXPECT_EQ(service.handover(), v1::ACTIVATION);
  EXPECT_EQ(service.readiness().exec().command_size(), 2);
  EXPECT_EQ(service.readiness().period().nanos(), 500'000'000);
  EXPECT_EQ(service.readiness().endpoint(), "admin");
  EXPECT_EQ(service.liveness().grpc().service(), "shop");
  EXPECT_EQ(service.liveness().initial_delay().seconds(), 5);
  EXPECT_EQ(service.liveness().error_budget().failures(), 5u);
  EXPECT_EQ(service.liveness().error_budget().window().seconds(), 60);
  EXPECT_FALSE(service.readiness().has_error_budget());
  EXPECT_EQ(service.drain().wait(), v1::Drain::REQUESTS);
  EXPECT_EQ(service.drain().escalate().signal(), "TERM");
  EXPECT_EQ(service.drain().escalate().after().seconds(), 40);
  EXPECT_EQ(service.drain().signal(), "QUIT");
  EXPECT_EQ(service.drain().timeout().seconds(), 90);
  const v1::Strategy& strategy = plans->front().spec.strategy();
  EXPECT_EQ(strategy.max_surge().percent(), 25u);
  EXPECT_EQ(strategy.max_unavailable().count(), 2u);
  EXPECT_EQ(strategy.max_overlap().count(), 10u);
  EXPECT_EQ(strategy.progress_deadline().seconds(), 3600);
  EXPECT_FALSE(strategy.auto_rollback());
  EXPECT_EQ(strategy.failure_tolerance().percent(), 5u);
  EXPECT_EQ(strategy.spread(), "zone");
  ASSERT_EQ(strategy.steps_size(), 3);
  EXPECT_EQ(strategy.steps(0).weight(), 5u);
  EXPECT_EQ(strategy.steps(0).bake().seconds(), 120);
  EXPECT_EQ(strategy.steps(0).approval(), v1::CanaryStep::NONE);
  EXPECT_EQ(strategy.steps(1).weight(), 500u);
  EXPECT_EQ(strategy.steps(1).approval(), v1::CanaryStep::REQUIRED);
  EXPECT_EQ(strategy.steps(2).hosts().percent(), 25u);
  EXPECT_EQ(strategy.steps(2).weight(), 1000u);
  EXPECT_EQ(strategy.steps(2).approval(), v1::CanaryStep::FOUR_EYES);
  const v1::OutputPolicy& output = plans->front().spec.output();
  EXPECT_EQ(output.rotate_size(), uint64_t{1} << 30);
  EXPECT_EQ(output.rotate_every().seconds(), 3600);
  EXPECT_EQ(output.keep(), 30u);
}

TEST(ParseManifests, OutputThatIsGivenHasEveryDefault) {
  for (const char* given :
       {"{}", "{rotate: {}}", "{rotate: {size: 65536Ki}}",
        "{rotate: {every: 24h}, keep: 7}", "{rotate: {size: 67108864}}"}) {
    SCOPED_TRACE(given);
    auto plans = Parse(absl::StrCat(Smallest(), "  output: ", given, "\n"));
    ASSERT_TRUE(plans.ok()) << plans.status();
    const v1::OutputPolicy& output = plans->front().spec.output();
    EXPECT_EQ(output.rotate_size(), uint64_t{64} << 20);
    EXPECT_EQ(output.rotate_every().seconds(), 24 * 3600);
    EXPECT_EQ(output.keep(), 7u);
  }
  EXPECT_FALSE(Parse(Smallest())->front().spec.has_output());
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

TEST(ParseManifests, TakesHostValuesInAddresses) {
  for (const char* address :
       {"${host.address}:80", "[${host.address}]:80", "${host.labels.ip}:80",
        "udp:${host.address}:53", "unix:/run/${host.name}/app.sock"}) {
    SCOPED_TRACE(address);
    auto plans = ParseWith("127.0.0.1:8080", absl::StrCat("'", address, "'"));
    ASSERT_TRUE(plans.ok()) << plans.status();
    EXPECT_EQ(plans->front().spec.service().endpoints(0).address(), address);
  }
}

TEST(ParseManifests, FilesIsAnotherNameOfNofile) {
  auto files = ParseWithService("    limits: {files: 4096}\n");
  auto nofile = ParseWithService("    resourceLimits: {nofile: 4096}\n");
  ASSERT_TRUE(files.ok() && nofile.ok()) << files.status();
  EXPECT_EQ(files->front().spec.service().DebugString(),
            nofile->front().spec.service().DebugString());
  EXPECT_FALSE(files->front().spec.service().has_limits());
}

TEST(ParseManifests, TakesEveryKindOfAddress) {
  for (const char* address :
       {"[::]:80", "udp:127.0.0.1:53", "udp:[::1]:53", "unix:/run/app.sock"}) {
    SCOPED_TRACE(address);
    auto plans = ParseWith("127.0.0.1:8080", absl::StrCat("'", address, "'"));
    ASSERT_TRUE(plans.ok()) << plans.status();
    EXPECT_EQ(plans->front().spec.service().endpoints(0).address(), address);
  }
}

// By default what can be connected to is; where nothing can, that it listens is
// all there is.
TEST(ParseManifests, ReadinessSuitsTheEndpoints) {
  struct Case {
    const char* addresses;
    bool tcp;
    const char* endpoint;
  };
  const Case kCases[] = {
      {"unix:/run/app.sock\n", true, "http"},
      {"udp:127.0.0.1:53\n    - {name: b, address: '127.0.0.1:53'}\n", true,
       "b"},
      {"udp:127.0.0.1:53\n", false, "http"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.addresses);
    auto plans = ParseWith("127.0.0.1:8080\n", c.addresses);
    ASSERT_TRUE(plans.ok()) << plans.status();
    const v1::Probe& probe = plans->front().spec.service().readiness();
    EXPECT_EQ(probe.has_tcp(), c.tcp);
    EXPECT_EQ(probe.has_listening(), !c.tcp);
    EXPECT_EQ(probe.endpoint(), c.endpoint);
  }
}

TEST(ParseManifests, SpeltOutDefaultsMakeTheSameTemplate) {
  auto plain = Parse(Smallest());
  auto spelt = ParseWithService(
      "    umask: \"022\"\n    handover: intercept\n"
      "    readiness: {tcp: {}, period: 1000ms, endpoint: http}\n"
      "    drain: {timeout: 0.5m}\n    limits: {}\n");
  ASSERT_TRUE(plain.ok() && spelt.ok()) << spelt.status();
  EXPECT_EQ(plain->front().spec.service().DebugString(),
            spelt->front().spec.service().DebugString());
}

}  // namespace
}  // namespace rollout::manifest
