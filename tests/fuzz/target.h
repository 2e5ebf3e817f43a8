// SPDX-License-Identifier: Apache-2.0
//
// What is fuzzed: libFuzzer's entry, and the input it begins with. Each
// *_fuzz.cc defines both; damaged_input_test.cc and start_from_samples.cc,
// which are linked with it, call them.

#ifndef TESTS_FUZZ_TARGET_H_
#define TESTS_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace rollout::fuzz {

// Input worth to be damaged, or that once did harm.
struct Sample {
  std::string name;
  std::string bytes;
};

struct Target {
  std::vector<Sample> samples;
  // What the format gives a meaning to.
  std::vector<std::string> tokens;
  // How many damaged inputs a test run tries.
  uint32_t seeds = 0;
};

// The one of this program.
const Target& GetTarget();

}  // namespace rollout::fuzz

#endif  // TESTS_FUZZ_TARGET_H_
