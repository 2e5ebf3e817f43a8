// SPDX-License-Identifier: Apache-2.0
//
// Every source file of the tree keeps the rules.

#include <filesystem>

#include "absl/strings/str_join.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tidy/rules.h"

namespace rollout::tidy {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRooms[] = {"agent",      "base",  "controller", "deploy",
                                  "rolloutctl", "proto", "tests"};

// Bazel gives a link to this file of the tree as it stands.
fs::path Root() {
  return fs::canonical("tests/tidy/tree_test.cc")
      .parent_path()
      .parent_path()
      .parent_path();
}

bool IsSource(const fs::path& path) {
  for (const char* ending : {".cc", ".h", ".proto", ".py", ".js", ".go"}) {
    if (path.extension() == ending) return true;
  }
  return false;
}

TEST(Tree, KeepsTheRules) {
  const fs::path root = Root();
  PosixFileSystem files;
  std::vector<std::string> complaints;
  int checked = 0;
  for (const char* room : kRooms) {
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      if (!entry.is_regular_file() || !IsSource(entry.path())) continue;
      auto text = files.Read(entry.path().string());
      ASSERT_TRUE(text.ok()) << text.status();
      for (const std::string& complaint :
           Complaints(fs::relative(entry.path(), root).string(), *text)) {
        complaints.push_back(complaint);
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 50) << "not the whole tree: " << root;
  EXPECT_TRUE(complaints.empty()) << absl::StrJoin(complaints, "\n");
}

}  // namespace
}  // namespace rollout::tidy
