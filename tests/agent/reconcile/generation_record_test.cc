// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/generation_record.h"

#include <signal.h>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

// What a probe prints goes on to the controller, which would refuse all that
// the host says for one byte that is no text.
TEST(GenerationRecord, WordsOfOthersBecomeText) {
  GenerationRecord record;
  record.shim.set_pid(7);
  for (bool failed : {false, true}) {
    SCOPED_TRACE(failed);
    (failed ? record.failure : record.probe_message) = "caf\xe9 is closed";
    v1::GenerationObservation observation =
        Observe(record, /*attempt=*/1, absl::Hours(1));
    EXPECT_EQ(observation.message(), "caf\\xe9 is closed");
    EXPECT_TRUE(v1::GenerationObservation().ParseFromString(
        observation.SerializeAsString()));
    v1::GenerationObservation raw;
    raw.set_message("caf\xe9");
    EXPECT_FALSE(
        v1::GenerationObservation().ParseFromString(raw.SerializeAsString()));
  }
}

TEST(GenerationRecord, ADeathForWantOfMemoryIsCalledThat) {
  struct Case {
    uint64_t oom_kills;
    uint64_t limit;
    int wait_status;
    const char* message;
  };
  constexpr int kExited = 1 << 8;
  const Case kCases[] = {
      {1, 512 << 20, SIGKILL,
       "its main process was killed by signal 9 (Killed) for want of memory: "
       "limit 512Mi, see limits.memory"},
      {1, 0, SIGKILL,
       "its main process was killed by signal 9 (Killed) for want of memory: "
       "that of the host, or of a control group around it"},
      {0, 512 << 20, SIGKILL,
       "its main process was killed by signal 9 (Killed)"},
      {1, 512 << 20, kExited, "its main process exited with status 1"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.message);
    GenerationRecord record;
    record.shim.set_exit_status(c.wait_status);
    record.usage.set_oom_kills(c.oom_kills);
    record.memory_limit = c.limit;
    EXPECT_EQ(Observe(record, 1, absl::Hours(1)).message(), c.message);
  }
}

}  // namespace
}  // namespace rollout::agent
