// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl proxy: an operator reaches a dark candidate from afar, on the
// production port, while clients meet the old version.

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file_system.h"
#include "base/net_address.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/process.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/load/http_get.h"

namespace rollout::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr absl::Duration kLimit = absl::Seconds(30);

// The most memory that the process has had.
int64_t PeakKilobytes(pid_t pid) {
  const std::string status = PosixFileSystem()
                                 .Read(absl::StrCat("/proc/", pid, "/status"))
                                 .value_or("");
  const size_t at = status.find("VmHWM:");
  return at == std::string::npos ? 0 : std::atoll(status.c_str() + at + 6);
}

class ProxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    first_ = std::make_unique<Site>(fleet_->directory(), 1);
    second_ = std::make_unique<Site>(fleet_->directory(), 2);
    first_->SetReady(true);
    ASSERT_TRUE(operate().Apply(first_->Manifest(fleet_->port())).ok());
    ASSERT_EQ(*operate().Follow("web", kLimit), End::kDone);
    // It says that it is not ready until the page is there: it stays dark.
    ASSERT_TRUE(operate().Apply(second_->Manifest(fleet_->port())).ok());
    ASSERT_TRUE(WaitUntil(kLimit, [&] { return PhaseOf(2) == v1::LISTENING; }));
  }

  const Operator& operate() const { return fleet_->operate(); }

  v1::GenerationPhase PhaseOf(int64_t number) const {
    return GenerationOf(number).phase();
  }
  v1::GenerationObservation GenerationOf(int64_t number) const {
    auto status = operate().Status("web");
    if (!status.ok() || status->hosts_size() == 0) return {};
    for (const auto& generation : status->hosts(0).generations()) {
      if (generation.number() == number) return generation;
    }
    return {};
  }

  std::string Log(const std::string& name) const {
    PosixFileSystem files;
    return files.Read(absl::StrCat(fleet_->directory(), "/", name))
        .value_or("");
  }

  // Starts "rolloutctl proxy" with more arguments, and waits for its port.
  std::string StartProxy(const std::string& name,
                         std::vector<std::string> more) {
    std::vector<std::string> words = {"proxy", "host-0", "web"};
    words.insert(words.end(), more.begin(), more.end());
    auto started = Process::Start(operate().CommandLine(words),
                                  absl::StrCat(fleet_->directory(), "/", name));
    EXPECT_TRUE(started.ok()) << started.status();
    proxies_.push_back(*std::move(started));
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      return Log(name).find("Forwarding") == 0;
    })) << Log(name);
    std::vector<std::string> said = absl::StrSplit(Log(name), ' ');
    return said.size() > 2 ? said[2] : "";
  }

  load::Answer Get(const std::string& address, const std::string& path) {
    auto get = load::HttpGet::Create(address, path, absl::Seconds(20));
    EXPECT_TRUE(get.ok()) << get.status();
    return get.ok() ? get->Ask() : load::Answer();
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<Site> first_, second_;
  std::vector<std::unique_ptr<Process>> proxies_;
};

TEST_F(ProxyTest, ReachesTheDarkCandidateWhileClientsGetTheOldOne) {
  PosixFileSystem files;
  std::string big(64 << 20, '\0');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 7919);
  ASSERT_TRUE(
      files.WriteAtomically(fleet_->directory() + "/site-2/big", big).ok());

  const std::string address = StartProxy("proxy", {});
  EXPECT_EQ(Get(address, "/").body, "version 2\n");
  EXPECT_EQ(Get(fleet_->Target(0), "/").body, "version 1\n");
  load::Answer answer = Get(address, "/big");
  ASSERT_EQ(answer.outcome, load::Outcome::kOk) << answer.detail;
  EXPECT_EQ(Sha256Of(answer.body), Sha256Of(big));

  // Clients and the operator's load tool at once: nobody meets the other.
  load::LoadOptions options;
  options.address = fleet_->Target(0);
  auto clients = load::ConnectionLoad::Start(options);
  options.address = address;
  auto tool = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(clients.ok() && tool.ok());
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    return (*tool)->Result().total() >= 1000 &&
           (*clients)->Result().total() >= 1000;
  }));
  (*tool)->Stop();
  (*clients)->Stop();
  EXPECT_THAT((*tool)->Result().bodies(), ElementsAre(Key("version 2")));
  EXPECT_THAT((*clients)->Result().bodies(), ElementsAre(Key("version 1")));
  EXPECT_EQ((*tool)->Result().failed(), 0) << (*tool)->Result().ToJson();

  const std::string old = StartProxy(
      "old-proxy", {"--revision", GenerationOf(1).revision().substr(0, 6)});
  EXPECT_EQ(Get(old, "/").body, "version 1\n");

  // The candidate is taken back: its port here leads nowhere any more, least
  // of all to another generation.
  ASSERT_TRUE(operate().Apply(first_->Manifest(fleet_->port())).ok());
  ASSERT_TRUE(WaitUntil(
      kLimit, [&] { return Get(address, "/").outcome != load::Outcome::kOk; }));
  EXPECT_EQ(Get(address, "/").body, "");
  EXPECT_TRUE(WaitUntil(kLimit, [&] {
    return Log("proxy").find("generation 2 of web") != std::string::npos;
  })) << Log("proxy");
  EXPECT_EQ(Get(old, "/").body, "version 1\n");

  // An agent that goes away, and comes back.
  fleet_->KillAgent(0);
  EXPECT_NE(Get(old, "/").outcome, load::Outcome::kOk);
  EXPECT_TRUE(WaitUntil(kLimit, [&] {
    return Log("old-proxy").find("host host-0") != std::string::npos;
  })) << Log("old-proxy");
  ASSERT_TRUE(fleet_->StartAgent(0).ok());
  EXPECT_TRUE(
      WaitUntil(kLimit, [&] { return Get(old, "/").body == "version 1\n"; }));
}

// Who reads nothing holds up the service, and fills no memory in between.
TEST_F(ProxyTest, MemoryIsBoundedWhileNobodyReads) {
  constexpr size_t kBytes = 256 << 20;
  ASSERT_TRUE(PosixFileSystem()
                  .WriteAtomically(fleet_->directory() + "/site-2/big",
                                   std::string(kBytes, 'x'))
                  .ok());
  const std::string address = StartProxy("proxy", {});
  const std::vector<pid_t> programs = {
      fleet_->controller().pid(), fleet_->agent(0).pid(), proxies_[0]->pid()};
  std::vector<int64_t> before;
  for (pid_t pid : programs) before.push_back(PeakKilobytes(pid));

  NetAddress where = *NetAddress::Parse(address);
  UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(client.get(), where.sockaddr_ptr(), where.sockaddr_size()),
            0);
  const std::string ask = "GET /big HTTP/1.0\r\n\r\n";
  ASSERT_EQ(send(client.get(), ask.data(), ask.size(), 0),
            static_cast<ssize_t>(ask.size()));
  auto grown = [&] {
    int64_t most = 0;
    for (size_t i = 0; i < programs.size(); ++i) {
      most = std::max(most, PeakKilobytes(programs[i]) - before[i]);
    }
    return most;
  };
  // Windows grow with the time an answer takes, so a slow machine has larger
  // ones; all of it would be twice as much.
  constexpr int64_t kMostKilobytes = 128 << 10;
  EXPECT_FALSE(
      WaitUntil(absl::Seconds(3), [&] { return grown() > kMostKilobytes; }));
  size_t received = 0;
  std::vector<char> buffer(1 << 16);
  for (;;) {
    ssize_t got = recv(client.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    received += got;
  }
  EXPECT_GE(received, kBytes);
  EXPECT_LE(grown(), kMostKilobytes);
  std::cerr << "grown by " << grown() << " KiB at most, with " << (kBytes >> 20)
            << " MiB carried\n";
}

TEST_F(ProxyTest, SaysWhatIsNotThere) {
  struct Row {
    std::vector<std::string> arguments;
    std::string error;
  };
  for (const Row& row : std::vector<Row>{
           {{"proxy", "host-9", "web"}, "host-9"},
           {{"proxy", "host-0", "db"}, "has no service \"db\"; it has: web"},
           {{"proxy", "host-0", "web", "--revision", "ffff"},
            "no generation of web of revision ffff listens on host host-0"},
           {{"proxy", "host-0", "web", "--listen", "8080"}, "--listen"},
       }) {
    SCOPED_TRACE(row.error);
    auto told = operate().Run(row.arguments);
    ASSERT_TRUE(told.ok()) << told.status();
    EXPECT_EQ(told->exit_code, 1);
    EXPECT_THAT(told->output, HasSubstr(row.error));
  }
}

}  // namespace
}  // namespace rollout::e2e
