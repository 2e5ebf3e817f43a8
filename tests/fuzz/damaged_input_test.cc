// SPDX-License-Identifier: Apache-2.0
//
// Gives a target its samples, as they are and damaged by seed. Linked with the
// target. What fails is named: a seed makes the same input again.

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/fuzz/damage.h"
#include "tests/fuzz/target.h"

namespace rollout::fuzz {
namespace {

const char* volatile current_sample = "";
volatile uint32_t current_seed = 0;

void TellInput(int) {
  std::fprintf(stderr, "sample \"%s\", seed %u\n", current_sample,
               static_cast<unsigned>(current_seed));
}

void Give(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()),
                         bytes.size());
}

TEST(DamagedInput, SamplesAreReadOrRefused) {
  std::signal(SIGABRT, TellInput);
  Give("");
  for (const Sample& sample : GetTarget().samples) {
    current_sample = sample.name.c_str();
    Give(sample.bytes);
  }
}

TEST(DamagedInput, DamagedSamplesAreReadOrRefused) {
  std::signal(SIGABRT, TellInput);
  current_sample = "damaged";
  for (uint32_t seed = 0; seed < GetTarget().seeds; ++seed) {
    current_seed = seed;
    Give(DamagedSample(GetTarget(), seed));
  }
}

}  // namespace
}  // namespace rollout::fuzz
