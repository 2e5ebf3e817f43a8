// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/path_watch.h"

#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::certificate {
namespace {

namespace fs = std::filesystem;
using ::testing::UnorderedElementsAre;

class PathWatchTest : public ::testing::Test {
 protected:
  PathWatchTest() {
    char name[] = "/tmp/path_watch_test.XXXXXX";
    root_ = mkdtemp(name);
    // As ACME clients lay it out.
    fs::create_directories(root_ + "/live/site");
    fs::create_directories(root_ + "/archive/site");
    Write("archive/site/cert1.pem", "1");
    fs::create_symlink("../../archive/site/cert1.pem",
                       root_ + "/live/site/cert.pem");
    fs::create_directory_symlink(root_ + "/live", root_ + "/etc");
  }
  ~PathWatchTest() override { fs::remove_all(root_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(root_ + "/" + name) << text;
  }

  static bool IsTold(const PathWatch& watch) {
    pollfd told{watch.fd(), POLLIN, 0};
    return poll(&told, 1, 0) == 1;
  }

  std::string root_;
};

TEST_F(PathWatchTest, FindsTheDirectoriesThatDecide) {
  EXPECT_THAT(DirectoriesOn(root_ + "/etc/site/cert.pem"),
              UnorderedElementsAre(root_, root_ + "/live/site",
                                   root_ + "/archive/site"));
  EXPECT_THAT(DirectoriesOn(root_ + "/live/site/../site/./none.pem"),
              UnorderedElementsAre(root_ + "/live/site"));
  fs::create_symlink("loop", root_ + "/loop");
  EXPECT_THAT(DirectoriesOn(root_ + "/loop"), UnorderedElementsAre(root_));
}

TEST_F(PathWatchTest, TellsOfEveryKindOfChange) {
  const std::string path = root_ + "/etc/site/cert.pem";
  PathWatch watch;
  if (watch.fd() < 0) GTEST_SKIP() << "no inotify";
  watch.Follow({path});
  EXPECT_FALSE(IsTold(watch));

  Write("archive/site/cert1.pem", "written again");
  EXPECT_TRUE(IsTold(watch));
  watch.Follow({path});
  EXPECT_FALSE(IsTold(watch));

  Write("archive/site/aside", "renamed over it");
  watch.Follow({path});
  fs::rename(root_ + "/archive/site/aside", root_ + "/archive/site/cert1.pem");
  EXPECT_TRUE(IsTold(watch));
  watch.Follow({path});

  Write("archive/site/cert2.pem", "2");
  watch.Follow({path});
  fs::create_symlink("../../archive/site/cert2.pem",
                     root_ + "/live/site/next.pem");
  fs::rename(root_ + "/live/site/next.pem", root_ + "/live/site/cert.pem");
  EXPECT_TRUE(IsTold(watch));
  watch.Follow({path});

  // A whole tree takes the place of the one before.
  fs::create_directories(root_ + "/new/site");
  Write("new/site/cert.pem", "3");
  watch.Follow({path});
  fs::create_directory_symlink(root_ + "/new", root_ + "/etc2");
  fs::rename(root_ + "/etc2", root_ + "/etc");
  EXPECT_TRUE(IsTold(watch));
  watch.Follow({path});
  Write("new/site/cert.pem", "4");
  EXPECT_TRUE(IsTold(watch));
  watch.Follow({path});
  // What is not on the way any more tells nothing.
  Write("archive/site/cert2.pem", "5");
  EXPECT_FALSE(IsTold(watch));
}

}  // namespace
}  // namespace rollout::certificate
