// SPDX-License-Identifier: Apache-2.0
//
// A plan is deleted: its service serves on, or ends as the plan says, whoever
// is killed on the way.

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/load/http_get.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(60);

// Answers "/slow" when there is a file "release". Told to end, it finishes what
// it has begun.
constexpr char kProgram[] = R"(#!/usr/bin/python3
import http.server, os, signal, sys, threading, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            open(sys.argv[3] + "/asked", "w").close()
            while not os.path.exists(sys.argv[3] + "/release"):
                time.sleep(0.01)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"well\n")

    def log_message(self, *words):
        pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False

with open(sys.argv[3] + "/pid", "w") as file:
    file.write(str(os.getpid()))
server = Server((sys.argv[1], int(sys.argv[2])), Handler)
signal.signal(signal.SIGTERM,
              lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
)";

class Delete : public ::testing::Test {
 protected:
  // A host that serves.
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    const std::string program = File("program");
    ASSERT_TRUE(files_.WriteAtomically(program, kProgram).ok());
    fields_.port = fleet_->port();
    fields_.version.artifact_url = absl::StrCat("file://", program);
    fields_.version.sha256 = Sha256Of(kProgram);
    fields_.version.command = {"${artifact}", "${host.address}",
                               absl::StrCat(fleet_->port()),
                               fleet_->directory()};
    ASSERT_NO_FATAL_FAILURE(RollOut());
    pid_ = Pid();
    ASSERT_GT(pid_, 0);
  }

  void RollOut() {
    absl::Status applied = fleet_->operate().Apply(Manifest(fields_));
    ASSERT_TRUE(applied.ok()) << applied;
    ASSERT_EQ(*fleet_->operate().Follow("web", kLimit), End::kDone);
  }
  void Run(std::vector<std::string> words) {
    auto told = fleet_->operate().Run(std::move(words));
    ASSERT_TRUE(told.ok()) << told.status();
    ASSERT_EQ(told->exit_code, 0) << told->output;
  }

  std::string File(const std::string& name) const {
    return absl::StrCat(fleet_->directory(), "/", name);
  }
  bool Exists(const std::string& path) { return files_.Stat(path).ok(); }
  pid_t Pid() {
    int pid = 0;
    auto text = files_.Read(File("pid"));
    if (!text.ok() || !absl::SimpleAtoi(*text, &pid)) return 0;
    return pid;
  }
  bool ProcessRuns() const { return kill(pid_, 0) == 0; }
  std::string Ask(const std::string& path) const {
    auto get = load::HttpGet::Create(fleet_->Target(0), path, kLimit);
    return get.ok() ? get->Ask().body : "";
  }
  // What the host says that it has.
  std::vector<v1::ServiceObservation> Services() const {
    auto hosts = fleet_->operate().List("hosts");
    if (!hosts.ok() || hosts->hosts_size() != 1) return {};
    const auto& services = hosts->hosts(0).services();
    return {services.begin(), services.end()};
  }
  bool IsDraining() const {
    const auto services = Services();
    return services.size() == 1 && services[0].generations_size() == 1 &&
           services[0].generations(0).phase() == v1::DRAINING;
  }

  PosixFileSystem files_;
  std::unique_ptr<Fleet> fleet_;
  ManifestFields fields_;
  pid_t pid_ = 0;
};

TEST_F(Delete, WithoutStopItServesOnAndIsTakenOverAgain) {
  load::LoadOptions options;
  options.address = fleet_->Target(0);
  options.clients = 4;
  auto load = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();
  ASSERT_NO_FATAL_FAILURE(Run({"delete", "web", "--wait"}));
  EXPECT_FALSE(fleet_->operate().Status("web").ok());
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    const auto services = Services();
    return services.size() == 1 && services[0].orphaned() &&
           services[0].generations_size() == 1 &&
           services[0].generations(0).phase() == v1::SERVING;
  }));
  ASSERT_NO_FATAL_FAILURE(RollOut());
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    const auto services = Services();
    return services.size() == 1 && !services[0].orphaned();
  }));
  EXPECT_EQ(Pid(), pid_) << "it was started again";
  EXPECT_TRUE(ProcessRuns());
  (*load)->Stop();
  const load::LoadResult result = (*load)->Result();
  EXPECT_EQ(result.failed(), 0) << result.ToJson();
  EXPECT_GT(result.total(), 0);
}

TEST_F(Delete, WithStopItEndsThoughControllerAndAgentAreKilled) {
  std::string answer;
  std::thread slow([&] { answer = Ask("/slow"); });
  EXPECT_TRUE(WaitUntil(kLimit, [&] { return Exists(File("asked")); }));
  Run({"delete", "web", "--stop", "-m", "not needed any more"});
  EXPECT_TRUE(WaitUntil(kLimit, [&] { return IsDraining(); }));
  fleet_->KillController();
  fleet_->KillAgent(0);
  EXPECT_TRUE(ProcessRuns());
  EXPECT_TRUE(fleet_->StartController().ok());
  EXPECT_TRUE(fleet_->StartAgent(0).ok());
  EXPECT_TRUE(fleet_->AwaitConnected().ok());
  // It is being removed, and what the host waits for is said.
  auto why = fleet_->operate().Run({"why", "web"});
  EXPECT_TRUE(why.ok()) << why.status();
  if (why.ok()) {
    EXPECT_THAT(why->output, ::testing::HasSubstr("not needed any more"));
    EXPECT_THAT(why->output, ::testing::HasSubstr("Removing"));
  }
  EXPECT_TRUE(files_.WriteAtomically(File("release"), "now\n").ok());
  slow.join();
  EXPECT_EQ(answer, "well\n");
  EXPECT_TRUE(WaitUntil(kLimit, [&] {
    return !fleet_->operate().Status("web").ok() && Services().empty();
  }));
  EXPECT_FALSE(ProcessRuns());
  EXPECT_EQ(Ask("/"), "");
  const std::string service = File("host-0/state/services/web");
  EXPECT_FALSE(Exists(service + "/shim.sock"));
  // The name is free, and counts on.
  ASSERT_NO_FATAL_FAILURE(RollOut());
  EXPECT_EQ(Ask("/"), "well\n");
  EXPECT_EQ(fleet_->operate().Status("web")->rollout().number(), 2);
}

}  // namespace
}  // namespace rollout::e2e
