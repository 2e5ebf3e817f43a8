// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/upgrade_request.h"

#include <signal.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;

v1::Revision MakeRevision() {
  v1::Revision revision;
  revision.set_id("0123456789");
  v1::ServiceTemplate* service = revision.mutable_service();
  service->set_handover(v1::SIGNAL);
  service->add_command("${artifact}/bin/app");
  (*service->mutable_environment())["A"] = "1";
  (*service->mutable_environment())["B"] = "2";
  service->mutable_upgrade()->set_signal("USR2");
  service->mutable_upgrade()->set_retire("WINCH");
  service->mutable_upgrade()->set_restore("HUP");
  service->mutable_upgrade()->set_pid_file("${generation.dir}/app.pid");
  return revision;
}

Start StartOf(const v1::Revision& revision, int64_t generation) {
  Start start{revision, 1, generation, "", "", "", "", "", ""};
  start.artifact_path = "/state/artifact";
  start.private_directory = "/state/generations/7";
  return start;
}

shim::v1::StartRequest Build(const v1::Revision& revision, int64_t generation) {
  auto request = BuildStartRequest({}, {}, StartOf(revision, generation));
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *request : shim::v1::StartRequest();
}

TEST(TurnIntoUpgrade, NamesWhomToAskAndHow) {
  const v1::Revision revision = MakeRevision();
  shim::v1::StartRequest fresh = Build(revision, 8);
  absl::Status turned =
      TurnIntoUpgrade(StartOf(revision, 8), Build(revision, 7), &fresh);
  ASSERT_TRUE(turned.ok()) << turned;
  EXPECT_EQ(fresh.handover(), shim::v1::SIGNAL);
  EXPECT_EQ(fresh.generation(), 8u);
  EXPECT_EQ(fresh.upgrade().predecessor(), 7u);
  EXPECT_EQ(fresh.upgrade().signal(), static_cast<uint32_t>(SIGUSR2));
  EXPECT_EQ(fresh.upgrade().retire_signal(), static_cast<uint32_t>(SIGWINCH));
  EXPECT_EQ(fresh.upgrade().restore_signal(), static_cast<uint32_t>(SIGHUP));
}

TEST(TurnIntoUpgrade, WhatTheServiceKeepsMustNotChange) {
  const struct {
    const char* field;
    void (*change)(v1::ServiceTemplate*);
  } kCases[] = {
      {"command", [](v1::ServiceTemplate* s) { s->add_command("-v"); }},
      {"environment",
       [](v1::ServiceTemplate* s) { (*s->mutable_environment())["B"] = "3"; }},
      {"user", [](v1::ServiceTemplate* s) { s->set_user("nobody"); }},
      {"directory", [](v1::ServiceTemplate* s) { s->set_directory("/"); }},
      {"umask", [](v1::ServiceTemplate* s) { s->set_umask(077); }},
      {"resourceLimits",
       [](v1::ServiceTemplate* s) {
         v1::ResourceLimit* limit = s->add_resource_limits();
         limit->set_name("nofile");
         limit->set_value(100);
       }},
  };
  for (const auto& [field, change] : kCases) {
    SCOPED_TRACE(field);
    v1::Revision changed = MakeRevision();
    change(changed.mutable_service());
    shim::v1::StartRequest fresh = Build(changed, 8);
    absl::Status turned =
        TurnIntoUpgrade(StartOf(changed, 8), Build(MakeRevision(), 7), &fresh);
    EXPECT_EQ(turned.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(turned.message()),
                HasSubstr(std::string("spec.service.") + field +
                          ": this revision changes it"));
    EXPECT_NE(fresh.handover(), shim::v1::SIGNAL);
  }
}

TEST(NameMainProcess, PutsHostValuesIn) {
  const v1::Revision revision = MakeRevision();
  shim::v1::StartRequest request = Build(revision, 7);
  ASSERT_TRUE(NameMainProcess({}, StartOf(revision, 7), &request).ok());
  EXPECT_EQ(request.upgrade().pid_file(), "/state/generations/7/app.pid");
  EXPECT_EQ(request.handover(), shim::v1::INTERCEPT);
}

TEST(BuildStartRequest, OneThatIsToldItsListenersIsGivenThem) {
  v1::Revision revision = MakeRevision();
  v1::Endpoint* endpoint = revision.mutable_service()->add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address("127.0.0.1:80");
  (*revision.mutable_service()->mutable_environment())["NGINX"] =
      "${listener.http};";
  EXPECT_EQ(Build(revision, 7).handover(), shim::v1::ACTIVATION);
}

}  // namespace
}  // namespace rollout::agent
