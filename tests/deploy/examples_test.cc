// SPDX-License-Identifier: Apache-2.0
//
// The examples are what their reader may copy: each is read by what will read
// the copy.

#include <filesystem>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "controller/configuration.h"
#include "controller/manifest/manifest.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

constexpr char kExamples[] = "deploy/examples";

TEST(Examples, EachManifestIsGood) {
  PosixFileSystem files;
  int plans = 0;
  int sources = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kExamples)) {
    const std::string path = entry.path().string();
    SCOPED_TRACE(path);
    if (entry.path().filename() == "controller.yaml") continue;
    auto text = files.Read(path);
    ASSERT_TRUE(text.ok()) << text.status();
    const manifest::Manifests read = manifest::ReadManifests({{path, *text}});
    for (const manifest::ManifestError& error : read.errors) {
      ADD_FAILURE() << manifest::ToString(error);
    }
    plans += static_cast<int>(read.plans.size());
    sources += static_cast<int>(read.sources.size());
  }
  EXPECT_GE(plans, 5);
  EXPECT_EQ(sources, 1);
}

TEST(Examples, AControllerTakesItsConfiguration) {
  PosixFileSystem files;
  const std::string path = std::string(kExamples) + "/controller.yaml";
  const char* const words[] = {"rollout-controller", "--config", path.c_str()};
  auto line = ReadControllerCommandLine(files, 3, words);
  ASSERT_TRUE(line.ok()) << line.status();
  ASSERT_EQ(line->configuration.sources.size(), 2);
  EXPECT_EQ(line->configuration.sources[0].fetch.path(), "production");
  EXPECT_EQ(line->configuration.sources[0].policy.prune, false);
  EXPECT_EQ(line->configuration.sources[1].policy.prune, true);
}

}  // namespace
}  // namespace rollout
