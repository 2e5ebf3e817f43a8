// SPDX-License-Identifier: Apache-2.0
//
// Each story of stories/ is told, and what comes of it compared with what is
// checked in beside it. tests/scenarios/rewrite accepts what comes now: look at
// the difference.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/rolloutctl/golden.h"
#include "tests/scenarios/story.h"

namespace rollout::scenarios {
namespace {

constexpr char kStories[] = "tests/scenarios/stories";

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kStories)) {
    if (entry.path().extension() == ".story") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, ComesOutAsExpected) {
  const std::string path = absl::StrCat(kStories, "/", GetParam());
  std::ifstream file(path + ".story");
  std::stringstream text;
  text << file.rdbuf();
  Story story;
  const absl::Status told = story.Tell(text.str());
  ASSERT_TRUE(told.ok()) << told;
  ExpectGolden(path + ".out", story.log());
}

INSTANTIATE_TEST_SUITE_P(Stories, Scenario, ::testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::scenarios

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // What the product logs of simulated hosts.
  dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
  return RUN_ALL_TESTS();
}
