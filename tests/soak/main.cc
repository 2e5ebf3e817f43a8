// SPDX-License-Identifier: Apache-2.0
//
// bazel run //tests/soak [-- --swaps=500 --program=nginx]
//
// A long life in short: many swaps of one service, and what agent and shim hold
// at the start, in the middle and at the end. As root; a minute for every
// hundred swaps. Exit status 0: nothing grew, no request failed.

#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_format.h"
#include "tests/e2e/isolation.h"
#include "tests/soak/soak.h"

ABSL_FLAG(int, swaps, 500, "how many");
ABSL_FLAG(std::string, program, "nginx", "of tests/programs, one with HTTP");

namespace rollout::soak {
namespace {

int Main() {
  auto result =
      Soak({absl::GetFlag(FLAGS_program), absl::GetFlag(FLAGS_swaps)});
  if (!result.ok()) {
    std::cerr << "soak: " << result.status() << "\n";
    return 1;
  }
  absl::PrintF("%d swaps of %s, %d requests\n%s", absl::GetFlag(FLAGS_swaps),
               absl::GetFlag(FLAGS_program), result->load.total(),
               Table(result->series));
  const std::vector<std::string> complaints = Complaints(*result);
  for (const std::string& complaint : complaints) {
    std::cout << complaint << "\n";
  }
  std::cout << std::flush;
  return complaints.empty() ? 0 : 2;
}

}  // namespace
}  // namespace rollout::soak

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return rollout::e2e::RunIsolated(rollout::soak::Main);
}
