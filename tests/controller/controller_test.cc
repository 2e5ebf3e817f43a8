// SPDX-License-Identifier: Apache-2.0
//
// The program itself: starts, says where it listens, survives kill -9, stops
// cleanly, and refuses bad configuration.

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"
#include "tests/e2e/process.h"
#include "tests/e2e/wait_until.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(30);

mode_t ModeOf(const std::string& path) {
  struct stat found {};
  EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777;
}

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() {
    std::string path = absl::StrCat(testing::TempDir(), "/controllerXXXXXX");
    directory_ = mkdtemp(path.data());
    log_ = directory_ + "/log";
  }

  // With these flags and a data directory.
  std::unique_ptr<e2e::Process> Start(std::vector<std::string> flags) {
    std::ofstream(log_, std::ios::trunc);
    std::vector<std::string> arguments = {"controller/rollout-controller",
                                          "--data-dir", directory_ + "/data"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    auto process = e2e::Process::Start(arguments, log_);
    EXPECT_TRUE(process.ok()) << process.status();
    return *std::move(process);
  }

  // On ports of the kernel's choice, until it is ready.
  std::unique_ptr<e2e::Process> StartReady() {
    auto process = Start({"--listen=127.0.0.1:0", "--http-listen=127.0.0.1:0",
                          "--insecure-loopback"});
    EXPECT_TRUE(e2e::WaitUntil(kLimit, [&] {
      return !Address("serving HTTP on ").empty() && HttpGet("/readyz") == 200;
    })) << Log();
    return process;
  }

  std::string Log() const {
    std::ostringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }

  // What stands behind `label` in the log; empty: nothing yet.
  std::string Address(absl::string_view label) const {
    std::string log = Log();
    size_t at = log.find(std::string(label));
    size_t end = log.find('\n', at);
    if (at == std::string::npos || end == std::string::npos) return "";
    return log.substr(at + label.size(), end - at - label.size());
  }

  int HttpGet(const std::string& path, std::string* body = nullptr) const {
    httplib::Client client("http://" + Address("serving HTTP on "));
    auto answer = client.Get(path);
    if (!answer) return 0;
    if (body != nullptr) *body = answer->body;
    return answer->status;
  }

  std::unique_ptr<v1::OperatorService::Stub> Operators() const {
    return v1::OperatorService::NewStub(
        grpc::CreateChannel(Address("listening for operators and agents on "),
                            grpc::InsecureChannelCredentials()));
  }

  static std::string PlanNames(v1::OperatorService::Stub& operators) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(20));
    v1::ListRequest request;
    request.set_kind(v1::PLANS);
    v1::ListResponse response;
    grpc::Status status = operators.List(&context, request, &response);
    if (!status.ok()) return status.error_message();
    std::string names;
    for (const auto& plan : response.plans()) names += plan.plan().name() + " ";
    return names;
  }

  // Runs it to its end, which is an error, and returns what it said.
  std::string Refused(const std::vector<std::string>& flags) {
    auto process = Start(flags);
    auto status = process->Wait(kLimit);
    EXPECT_TRUE(status && WIFEXITED(*status) && WEXITSTATUS(*status) == 1);
    return Log();
  }

  std::string directory_;
  std::string log_;
};

TEST_F(ControllerTest, ServesHealthAndMetricsAndStopsCleanly) {
  auto process = StartReady();
  EXPECT_EQ(HttpGet("/healthz"), 200);
  std::string metrics;
  EXPECT_EQ(HttpGet("/metrics", &metrics), 200);
  EXPECT_THAT(metrics, HasSubstr("rollout_build_info{version="));
  EXPECT_THAT(metrics, HasSubstr("rollout_hosts{state=\"connected\"} 0"));
  process->Signal(SIGTERM);
  auto status = process->Wait(kLimit);
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, 0) << Log();
}

TEST_F(ControllerTest, WhatWasAppliedIsThereAfterKillNine) {
  auto process = StartReady();
  {
    grpc::ClientContext context;
    v1::ApplyRequest request;
    v1::ManifestFile* file = request.add_manifests();
    file->set_path("web.yaml");
    file->set_content(absl::StrCat(
        "apiVersion: rollout/v1\nkind: Plan\nmetadata: {name: web}\nspec:\n"
        "  hosts: {matchLabels: {role: web}}\n  service:\n"
        "    artifact: {url: \"file:///srv/a\", sha256: ",
        std::string(64, 'a'),
        "}\n    command: [\"${artifact}\"]\n"
        "    endpoints: [{name: http, address: \"${host.address}:80\"}]\n"));
    v1::ApplyResponse response;
    grpc::Status status = Operators()->Apply(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  process->Signal(SIGKILL);
  ASSERT_TRUE(process->Wait(kLimit));
  process = StartReady();
  EXPECT_EQ(PlanNames(*Operators()), "web ");
}

TEST_F(ControllerTest, ItsDirectoryIsPrivateAndThoseAboveItAreNot) {
  const mode_t before = umask(022);
  directory_ += "/fleet";
  auto process = StartReady();
  umask(before);
  EXPECT_EQ(ModeOf(directory_), 0755u);
  EXPECT_EQ(ModeOf(directory_ + "/data"), 0700u);
  EXPECT_EQ(ModeOf(directory_ + "/data/state.db"), 0600u);
}

TEST_F(ControllerTest, RefusesATakenPort) {
  auto first = StartReady();
  std::string address = Address("listening for operators and agents on ");
  std::string http = Address("serving HTTP on ");
  directory_ += "/second";
  log_ += "2";
  EXPECT_THAT(Refused({"--listen", address, "--insecure-loopback"}),
              HasSubstr("rollout-controller: cannot listen on " + address));
  EXPECT_THAT(Refused({"--listen=127.0.0.1:0", "--http-listen", http,
                       "--insecure-loopback"}),
              HasSubstr("cannot serve HTTP on " + http));
}

TEST_F(ControllerTest, RefusesTheDirectoryOfAnother) {
  auto first = StartReady();
  log_ += "2";
  EXPECT_THAT(Refused({"--listen=127.0.0.1:0", "--http-listen=127.0.0.1:0",
                       "--insecure-loopback"}),
              HasSubstr("state.db"));
}

TEST_F(ControllerTest, RefusesBadConfiguration) {
  EXPECT_THAT(Refused({"--listen=127.0.0.1:0"}),
              HasSubstr("no TLS files are configured"));
  EXPECT_THAT(Refused({"--listen=0.0.0.0:0", "--insecure-loopback"}),
              HasSubstr("plaintext is allowed on loopback only"));
  std::string file = directory_ + "/c.yaml";
  std::ofstream(file) << "listen: 127.0.0.1:0\nlisen: x\n";
  EXPECT_THAT(Refused({"--config", file}),
              HasSubstr(file + ":2:1: unknown key \"lisen\": did you mean "
                               "\"listen\"?"));
}

}  // namespace
}  // namespace rollout
