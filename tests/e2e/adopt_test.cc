// SPDX-License-Identifier: Apache-2.0
//
// A service that an operator has started by hand is taken in, and its next
// version is a swap like any other.

#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kLimit = absl::Seconds(60);

TEST(Adopt, AServiceStartedByHandIsSwappedUnderLoad) {
  auto fleet = Fleet::Start(1);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  const Operator& operate = (*fleet)->operate();
  const int port = (*fleet)->port();
  Site first((*fleet)->directory(), 1), second((*fleet)->directory(), 2);
  first.SetReady(true);
  second.SetReady(true);
  auto by_hand = Process::Start(
      {"/usr/bin/python3", "-m", "http.server", "--bind", Fleet::Address(0),
       "--directory", (*fleet)->directory() + "/site-1", absl::StrCat(port)},
      (*fleet)->directory() + "/by-hand.log");
  ASSERT_TRUE(by_hand.ok()) << by_hand.status();
  load::LoadOptions options;
  options.address = (*fleet)->Target(0);
  const std::string manifest = (*fleet)->directory() + "/web.yaml";
  PosixFileSystem files;
  ASSERT_TRUE(files.WriteAtomically(manifest, first.Manifest(port)).ok());
  const std::vector<std::string> command = {
      "adopt", "--host", "host-0", "--port", absl::StrCat(port), "--plan"};
  auto adopt = [&](const std::string& file) {
    std::vector<std::string> words = command;
    words.push_back(file);
    return operate.Run(words);
  };
  // Nothing is lost from the first request on that it answers.
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    auto probe = load::ConnectionLoad::Start(options);
    if (!probe.ok()) return false;
    WaitUntil(absl::Milliseconds(50), [&] {
      return (*probe)->Result().bodies().count("version 1") > 0;
    });
    (*probe)->Stop();
    return (*probe)->Result().bodies().count("version 1") > 0;
  }));
  auto load = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();

  auto told = adopt(manifest);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->exit_code, 0) << told->output;
  EXPECT_THAT(told->output,
              HasSubstr(absl::StrCat("process ", (*by_hand)->pid())));
  ASSERT_EQ(*operate.Follow("web", kLimit), End::kDone);
  EXPECT_TRUE((*by_hand)->Running());

  ASSERT_TRUE(operate.Apply(second.Manifest(port)).ok());
  ASSERT_EQ(*operate.Follow("web", kLimit), End::kDone);
  auto ended = (*by_hand)->Wait(kLimit);
  ASSERT_TRUE(ended.has_value()) << "it goes on beside its successor";
  EXPECT_TRUE(WIFSIGNALED(*ended) || WIFEXITED(*ended));
  const int64_t before = (*load)->Result().total();
  ASSERT_TRUE(WaitUntil(
      kLimit, [&] { return (*load)->Result().total() > before + 100; }));
  (*load)->Stop();
  const load::LoadResult result = (*load)->Result();
  EXPECT_EQ(result.failed(), 0) << result.ToJson();
  EXPECT_THAT(result.bodies(),
              UnorderedElementsAre(Key("version 1"), Key("version 2")));
  auto swaps = operate.Run({"get", "swaps", "web"});
  ASSERT_TRUE(swaps.ok());
  EXPECT_THAT(swaps->output, HasSubstr("Adopted"));
}

TEST(Adopt, WhatIsAskedForWronglyIsRefusedWithItsReason) {
  auto fleet = Fleet::Start(1);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  const Operator& operate = (*fleet)->operate();
  Site site((*fleet)->directory(), 1);
  const std::string manifest = (*fleet)->directory() + "/web.yaml";
  PosixFileSystem files;
  ASSERT_TRUE(
      files.WriteAtomically(manifest, site.Manifest((*fleet)->port())).ok());
  auto says = [&](const std::vector<std::string>& words) {
    auto told = operate.Run(words);
    EXPECT_TRUE(told.ok()) << told.status();
    EXPECT_EQ(told->exit_code, 1) << told->output;
    return told->output;
  };
  EXPECT_THAT(
      says({"adopt", "--host", "host-9", "--port", "80", "--plan", manifest}),
      HasSubstr("there is no host \"host-9\""));
  EXPECT_THAT(
      says({"adopt", "--host", "host-0", "--port", "9", "--plan", manifest}),
      HasSubstr("has no endpoint with port 9"));
  EXPECT_THAT(says({"adopt", "--host", "host-0", "--plan", manifest}),
              HasSubstr("--p"));
  EXPECT_FALSE(operate.Status("web").ok()) << "a plan was made of it";
}

}  // namespace
}  // namespace rollout::e2e
