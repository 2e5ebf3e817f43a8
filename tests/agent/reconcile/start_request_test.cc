// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/start_request.h"

#include <signal.h>
#include <sys/resource.h>

#include "agent/reconcile/system_names.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::HostInfo Host() {
  v1::HostInfo host;
  host.set_name("web1");
  host.set_address("192.0.2.7");
  (*host.mutable_labels())["zone"] = "b";
  return host;
}

v1::Revision MakeRevision() {
  v1::Revision revision;
  revision.set_id("0123456789");
  v1::ServiceTemplate* service = revision.mutable_service();
  service->add_command("${artifact}/bin/app");
  service->add_command("--listen=${host.address}:80");
  service->add_command("$HOME costs $5");
  (*service->mutable_environment())["ZONE"] = "${host.labels.zone}";
  v1::Endpoint* endpoint = service->add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address("${host.address}:80");
  v1::ResourceLimit* limit = service->add_resource_limits();
  limit->set_name("nofile");
  limit->set_value(1000);
  service->mutable_drain()->set_signal("QUIT");
  *service->mutable_drain()->mutable_timeout() = ToProto(absl::Seconds(30));
  return revision;
}

Start StartOf(const v1::Revision& revision) {
  return {revision,
          3,
          7,
          "/artifacts/files",
          "/state/generations/7",
          "/state/output.log",
          "/groups/web-7",
          "web-7"};
}

TEST(BuildStartRequest, ResolvesEverything) {
  v1::Revision revision = MakeRevision();
  auto request = BuildStartRequest(Host(), {}, StartOf(revision));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->generation(), 7u);
  EXPECT_EQ(request->revision(), "0123456789");
  EXPECT_EQ(request->attempt(), 3u);
  EXPECT_THAT(request->command(),
              ElementsAre("/artifacts/files/bin/app", "--listen=192.0.2.7:80",
                          "$HOME costs $5"));
  EXPECT_THAT(request->environment(), Contains("ZONE=b"));
  EXPECT_THAT(request->environment(), Contains(HasSubstr("PATH=/usr/")));
  EXPECT_FALSE(request->set_user());
  EXPECT_EQ(request->directory(), "/state/generations/7");
  EXPECT_EQ(request->control_group(), "/groups/web-7");
  EXPECT_EQ(request->endpoints(0).address(), "192.0.2.7:80");
  EXPECT_EQ(request->resource_limits(0).resource(),
            static_cast<uint32_t>(RLIMIT_NOFILE));
}

TEST(BuildStartRequest, SaysWhatIsWrongOnThisHost) {
  struct Case {
    const char* name;
    void (*spoil)(v1::ServiceTemplate*);
    const char* error;
  };
  const Case kCases[] = {
      {"a label this host lacks",
       [](v1::ServiceTemplate* service) {
         service->set_command(1, "${host.labels.rack}");
       },
       "spec.service.command[1]: there is no ${host.labels.rack} on this host"},
      {"an unknown user",
       [](v1::ServiceTemplate* service) { service->set_user("nobody-here"); },
       "user \"nobody-here\" is unknown on this host"},
      {"an unknown group",
       [](v1::ServiceTemplate* service) {
         service->set_user("root");
         service->set_group("nobody-here");
       },
       "group \"nobody-here\" is unknown on this host"},
      {"a group without a user",
       [](v1::ServiceTemplate* service) { service->set_group("root"); },
       "set both"},
      {"a program that is no absolute path",
       [](v1::ServiceTemplate* service) { service->set_command(0, "app"); },
       "must be an absolute path"},
      {"a limit of another system",
       [](v1::ServiceTemplate* service) {
         service->mutable_resource_limits(0)->set_name("sbsize");
       },
       "\"sbsize\" is no resource limit"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::Revision revision = MakeRevision();
    c.spoil(revision.mutable_service());
    auto request = BuildStartRequest(Host(), {}, StartOf(revision));
    EXPECT_THAT(std::string(request.status().message()), HasSubstr(c.error));
  }
}

TEST(BuildStartRequest, TakesTheUsersOwnGroups) {
  v1::Revision revision = MakeRevision();
  revision.mutable_service()->set_user("root");
  auto request = BuildStartRequest(Host(), {}, StartOf(revision));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(request->set_user());
  EXPECT_EQ(request->uid(), 0u);
  EXPECT_THAT(request->groups(), Contains(0u));
}

TEST(BuildProbeTarget, AsksTheNamedEndpoint) {
  v1::Revision revision = MakeRevision();
  v1::ServiceTemplate* service = revision.mutable_service();
  v1::Endpoint* admin = service->add_endpoints();
  admin->set_name("admin");
  admin->set_address("127.0.0.1:81");
  service->mutable_readiness()->mutable_exec()->add_command(
      "${artifact}/check");
  service->mutable_readiness()->mutable_exec()->add_command("${probe.address}");
  auto first = BuildProbeTarget(Host(), StartOf(revision),
                                revision.service().readiness(), 42);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->address, "192.0.2.7:80");
  EXPECT_EQ(first->mark, 42u);
  EXPECT_THAT(first->probe.exec().command(),
              ElementsAre("/artifacts/files/check", "${probe.address}"));
  service->set_user("root");
  auto as_user = BuildProbeTarget(Host(), StartOf(revision),
                                  revision.service().readiness(), 42);
  ASSERT_TRUE(as_user.ok()) << as_user.status();
  EXPECT_THAT(as_user->probe.exec().command(),
              ElementsAre("/usr/bin/setpriv", "--reuid=0", "--regid=0",
                          HasSubstr("--groups=0"), "--",
                          "/artifacts/files/check", "${probe.address}"));
  service->mutable_readiness()->set_endpoint("admin");
  auto named = BuildProbeTarget(Host(), StartOf(revision),
                                revision.service().readiness(), 42);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->address, "127.0.0.1:81");
}

TEST(BuildDrainRequest, WaitsForHalfTheTime) {
  shim::v1::DrainRequest request =
      BuildDrainRequest(MakeRevision().service(), 7);
  EXPECT_EQ(request.signal(), static_cast<uint32_t>(SIGQUIT));
  EXPECT_EQ(request.wait_ns(), 15'000'000'000u);
  EXPECT_EQ(request.timeout_ns(), 30'000'000'000u);
  EXPECT_EQ(request.wait(), shim::v1::WAIT_FOR_CONNECTIONS);
  EXPECT_EQ(request.second_signal(), 0u);
  shim::v1::DrainRequest unknown = BuildDrainRequest(v1::ServiceTemplate(), 7);
  EXPECT_EQ(unknown.signal(), static_cast<uint32_t>(SIGTERM));
  EXPECT_EQ(unknown.timeout_ns(), 30'000'000'000u);
}

TEST(BuildDrainRequest, PassesOnWhatThePlanAsksFor) {
  v1::ServiceTemplate service;
  service.mutable_drain()->set_wait(v1::Drain::REQUESTS);
  service.mutable_drain()->mutable_escalate()->set_signal("QUIT");
  service.mutable_drain()->mutable_escalate()->mutable_after()->set_seconds(5);
  shim::v1::DrainRequest request = BuildDrainRequest(service, 7);
  EXPECT_EQ(request.wait(), shim::v1::WAIT_FOR_REQUESTS);
  EXPECT_EQ(request.second_signal(), static_cast<uint32_t>(SIGQUIT));
  EXPECT_EQ(request.second_after_ns(), 5'000'000'000u);
  service.mutable_drain()->set_wait(v1::Drain::QUEUE);
  EXPECT_EQ(BuildDrainRequest(service, 7).wait(), shim::v1::WAIT_FOR_QUEUE);
}

TEST(SignalNumber, KnowsNamesWithoutPrefix) {
  EXPECT_EQ(SignalNumber("USR2").value_or(0), SIGUSR2);
  EXPECT_FALSE(SignalNumber("SIGTERM").ok());
  EXPECT_FALSE(SignalNumber("").ok());
}

}  // namespace
}  // namespace rollout::agent
