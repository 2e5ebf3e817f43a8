// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/generation_record.h"

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

}  // namespace
}  // namespace rollout::agent
