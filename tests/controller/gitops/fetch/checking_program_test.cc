// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/checking_program.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

TEST(RunCheckingProgram, NamesThePackageOfOneThatIsMissing) {
  CheckingProgram program;
  program.arguments = {"/nonexistent/gpgv"};
  program.package = "gpgv";
  absl::Status status = RunCheckingProgram(program).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "signatures of this kind are checked with /nonexistent/gpgv, which "
            "is not here: apt-get install gpgv");
}

TEST(RunCheckingProgram, GivesTheOutputOfOneThatSaysNo) {
  CheckingProgram program;
  program.arguments = {"/bin/sh", "-c", "echo BADSIG in $HOME; exit 1"};
  program.home = "/somewhere";
  EXPECT_EQ(RunCheckingProgram(program).value(), "BADSIG in /somewhere\n");
}

}  // namespace
}  // namespace rollout::gitops
