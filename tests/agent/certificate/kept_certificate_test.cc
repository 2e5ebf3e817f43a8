// SPDX-License-Identifier: Apache-2.0
//
// The way of a certificate to servers that do as a test says.

#include "agent/certificate/kept_certificate.h"

#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/certificate/made_certificate.h"

namespace rollout::certificate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return start_ + uptime; }
  absl::Duration Uptime() const override { return uptime; }

  absl::Duration uptime;

 private:
  const absl::Time start_ = SystemClock().Now();
};

// Servers that read the copies when they start and when they are told.
class FakeServers : public ServerContact {
 public:
  FakeServers(FileSystem* files, std::string directory, FakeClock* clock)
      : files_(*files), directory_(std::move(directory)), clock_(*clock) {}

  void Start(int64_t generation) { shown_[generation] = Read(); }

  absl::Status Tell(const Server& server) override {
    told.push_back(server.generation);
    if (gone.count(server.generation) > 0) {
      return absl::UnavailableError("gone");
    }
    if (deaf.count(server.generation) == 0) Start(server.generation);
    return absl::OkStatus();
  }
  bool Lives(const Server& server) override {
    return gone.count(server.generation) == 0;
  }
  absl::StatusOr<CertificateFacts> Ask(const Server& server) override {
    if (!Lives(server)) return absl::UnavailableError("refused");
    return FactsOfText("shown", shown_[server.generation]);
  }
  bool Pause(absl::Duration time) override {
    clock_.uptime += time;
    return true;
  }

  std::set<int64_t> deaf, gone;
  // In order, by generation.
  std::vector<int64_t> told;

 private:
  std::string Read() {
    return files_.Read(InstalledCertificate(directory_)).value_or("");
  }

  FileSystem& files_;
  const std::string directory_;
  FakeClock& clock_;
  std::map<int64_t, std::string> shown_;
};

class KeptCertificateTest : public ::testing::Test {
 protected:
  KeptCertificateTest() {
    char name[] = "/tmp/kept_certificate_test.XXXXXX";
    root_ = mkdtemp(name);
    terms_.name = "site";
    terms_.certificate = root_ + "/c.pem";
    terms_.key = root_ + "/k.pem";
    terms_.names = {"www.example.com"};
    terms_.directory = root_ + "/copies";
    terms_.owner = {getuid(), getgid()};
    servers_ =
        std::make_unique<FakeServers>(&files_, terms_.directory, &clock_);
  }
  ~KeptCertificateTest() override { std::filesystem::remove_all(root_); }

  void Write(const CertificatePair& pair) {
    ASSERT_TRUE(
        files_.WriteAtomically(terms_.certificate, pair.certificate).ok());
    ASSERT_TRUE(files_.WriteAtomically(terms_.key, pair.key).ok());
  }
  static CertificatePair WithSerial(long serial) {
    Wanted wanted;
    wanted.serial = serial;
    return MakePair(wanted);
  }
  // A generation that has been started with what is there.
  void StartServer(int64_t generation) {
    Server server;
    server.generation = generation;
    terms_.servers.push_back(server);
    servers_->Start(generation);
  }
  void StartWith(long serial) {
    Write(WithSerial(serial));
    absl::Status prepared = kept_.Prepare(terms_);
    ASSERT_TRUE(prepared.ok()) << prepared;
    StartServer(1);
  }
  CertificateState Look() { return kept_.Look(terms_, *servers_); }
  std::string Shown(size_t server) {
    auto facts = servers_->Ask(terms_.servers[server]);
    return facts.ok() ? facts->serial : "nothing";
  }

  PosixFileSystem files_;
  FakeClock clock_;
  std::string root_;
  CertificateTerms terms_;
  std::unique_ptr<FakeServers> servers_;
  KeptCertificate kept_{&files_, &clock_};
};

TEST_F(KeptCertificateTest, ANewOneIsShown) {
  StartWith(1);
  EXPECT_EQ(Look().serial, "01");
  EXPECT_THAT(servers_->told, IsEmpty());
  StartServer(2);
  Write(WithSerial(2));
  CertificateState state = Look();
  EXPECT_EQ(state.serial, "02");
  EXPECT_EQ(state.problem, "");
  EXPECT_EQ(state.warning, "");
  EXPECT_EQ(Shown(0), "02");
  EXPECT_EQ(Shown(1), "02");
  EXPECT_THAT(servers_->told, ElementsAre(1, 2));
  Look();
  EXPECT_THAT(servers_->told, ElementsAre(1, 2)) << "told once";
}

TEST_F(KeptCertificateTest, ABadOneIsReportedAndTheOldOneStays) {
  StartWith(1);
  const CertificatePair good = WithSerial(2);
  Wanted expired, other;
  expired.ends = -absl::Hours(1);
  other.names = "DNS:other.example.com";
  CertificatePair garbage = good, half = good;
  garbage.certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n";
  half.key = MakePair().key;
  struct Case {
    const char* name;
    CertificatePair pair;
    const char* problem;
  };
  const Case kCases[] = {
      {"expired", MakePair(expired), "the certificate expired on"},
      {"of another name", MakePair(other), "is not good for www.example.com"},
      {"garbage", garbage, "there is no PEM certificate"},
      {"the certificate first, its key later", half, "does not belong to"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Write(c.pair);
    CertificateState state = Look();
    EXPECT_THAT(state.problem,
                AllOf(HasSubstr(c.problem), HasSubstr("the one before stays")));
    EXPECT_EQ(state.serial, "01");
    EXPECT_EQ(Shown(0), "01");
  }
  std::filesystem::remove(terms_.key);
  EXPECT_THAT(Look().problem, HasSubstr("the one before stays"));
  EXPECT_THAT(servers_->told, IsEmpty());
  Write(good);
  EXPECT_EQ(Look().problem, "");
  EXPECT_EQ(Shown(0), "02");
}

TEST_F(KeptCertificateTest, WhatIsNotShownIsTakenBack) {
  StartWith(1);
  StartServer(2);
  Look();
  servers_->deaf = {2};
  Write(WithSerial(2));
  CertificateState state = Look();
  EXPECT_THAT(state.problem,
              AllOf(HasSubstr("generation 2 does not show serial 02: 10s after "
                              "it was told, it shows serial 01"),
                    HasSubstr("the one before is back")));
  EXPECT_EQ(state.serial, "01");
  EXPECT_EQ(Shown(0), "01");
  EXPECT_THAT(servers_->told, ElementsAre(1, 2, 1));
  // Not again, until something changes.
  EXPECT_EQ(Look().problem, state.problem);
  EXPECT_THAT(servers_->told, ElementsAre(1, 2, 1));
  servers_->deaf.clear();
  Write(WithSerial(3));
  EXPECT_EQ(Look().problem, "");
  EXPECT_EQ(Shown(1), "03");
}

TEST_F(KeptCertificateTest, OneThatLeavesIsNoReasonToTurnBack) {
  StartWith(1);
  StartServer(2);
  Look();
  servers_->gone = {1};
  Write(WithSerial(2));
  EXPECT_EQ(Look().serial, "02");
  EXPECT_EQ(Shown(1), "02");
}

TEST_F(KeptCertificateTest, ANewAgentGoesOnWhereTheOldOneStopped) {
  StartWith(1);
  Look();
  // Put in place; nobody was told.
  ASSERT_TRUE(InstalledPair(&files_, terms_.directory)
                  .Put(WithSerial(2), terms_.owner)
                  .ok());
  auto current = InstalledPair(&files_, terms_.directory).Current();
  Write(*current);
  KeptCertificate fresh(&files_, &clock_);
  CertificateState state = fresh.Look(terms_, *servers_);
  EXPECT_EQ(state.problem, "");
  EXPECT_EQ(Shown(0), "02");
}

TEST_F(KeptCertificateTest, NothingStartsWithABadOne) {
  EXPECT_TRUE(absl::IsNotFound(kept_.Prepare(terms_)));
  Wanted expired;
  expired.ends = -absl::Hours(1);
  Write(MakePair(expired));
  EXPECT_THAT(std::string(kept_.Prepare(terms_).message()),
              HasSubstr("expired on"));
  StartWith(1);
  // What is there is good: the files are for the next look.
  Write(MakePair(expired));
  EXPECT_TRUE(kept_.Prepare(terms_).ok());
  terms_.names.push_back("more.example.com");
  EXPECT_FALSE(kept_.Prepare(terms_).ok());
}

TEST_F(KeptCertificateTest, WarnsBeforeTheEnd) {
  struct Case {
    absl::Duration left;
    const char* warning;
  };
  const Case kCases[] = {
      {absl::Hours(24 * 31), ""},
      {absl::Hours(24 * 29), "in less than 30 days"},
      {absl::Hours(24 * 6), "in less than 7 days"},
      {-absl::Hours(1), "it expired on"},
  };
  StartWith(1);
  for (const Case& c : kCases) {
    clock_.uptime = absl::Hours(24 * 90) - c.left;
    EXPECT_THAT(Look().warning, HasSubstr(c.warning));
    EXPECT_EQ(Look().warning.empty(), *c.warning == 0);
  }
}

}  // namespace
}  // namespace rollout::certificate
