// SPDX-License-Identifier: Apache-2.0
//
// main of every end-to-end test.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/isolation.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  return rollout::e2e::RunIsolated([] {
    int status = RUN_ALL_TESTS();
    fflush(stdout);
    return status;
  });
}
