// SPDX-License-Identifier: Apache-2.0

#include "tests/rolloutctl/golden.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"

namespace rollout {

void ExpectGolden(const std::string& path, const std::string& text) {
  if (const char* root = std::getenv("ROLLOUT_UPDATE_GOLDEN")) {
    std::ofstream(std::string(root) + "/" + path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file.is_open()) << path << " is missing: see golden.h";
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(text, content.str()) << "differs from " << path;
}

}  // namespace rollout
