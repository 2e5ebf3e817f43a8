// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/live_view.h"

#include <sstream>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolloutctl/console.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HeldClock : public Clock {
 public:
  absl::Time Now() const override { return render::kNow; }
  absl::Duration Uptime() const override {
    MutexLock lock(&mutex_);
    return uptime_;
  }
  void SetUptime(absl::Duration uptime) {
    MutexLock lock(&mutex_);
    uptime_ = uptime;
  }

 private:
  mutable Mutex mutex_;
  absl::Duration uptime_ ABSL_GUARDED_BY(mutex_);
};

// Counts drawings: each begins with a look at the window's size.
class Drawings {
 public:
  void Begin() {
    MutexLock lock(&mutex_);
    ++begun_;
    changed_.NotifyAll();
  }

  // Until `count` more have begun. False: they take too long.
  bool WaitFor(int count) {
    MutexLock lock(&mutex_);
    int wanted = begun_ + count;
    while (begun_ < wanted) {
      if (!changed_.WaitFor(&mutex_, absl::Seconds(30))) return false;
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(LiveView, AgesRunOnBetweenStatuses) {
  std::istringstream in;
  std::ostringstream out, err;
  Drawings drawings;
  Console console{in, out, err, [&drawings] {
                    drawings.Begin();
                    return WindowSize{};
                  }};
  HeldClock clock;
  {
    LiveView view(console, clock, absl::Milliseconds(1));
    view.Show(render::MidRollout());
    clock.SetUptime(absl::Seconds(1));
    // The first may have begun before the clock was set.
    EXPECT_TRUE(drawings.WaitFor(3));
    view.Note("a note\x1b[2J");
    view.Show(render::Complete());
  }
  EXPECT_THAT(out.str(), HasSubstr("Updated        1m4s"));
  EXPECT_THAT(out.str(), HasSubstr("Updated        1m5s"));
  EXPECT_THAT(out.str(), HasSubstr("\ra note?[2J"));
  // A later status has displaced the note, and begins with its own age.
  std::string last = out.str().substr(out.str().rfind("\rweb: "));
  EXPECT_THAT(last, HasSubstr("Updated   1m4s"));
  EXPECT_THAT(last, Not(HasSubstr("note")));
}

}  // namespace
}  // namespace rollout::ctl
