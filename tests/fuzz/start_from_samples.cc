// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer begins with nothing: now and then it is given a damaged sample of
// the target to go on with. Linked into the fuzzers.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "tests/fuzz/damage.h"
#include "tests/fuzz/target.h"

// libFuzzer's.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Called by libFuzzer to make the next input, in place, of the last.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t max_size, unsigned int seed) {
  constexpr unsigned int kOneIn = 16;
  const rollout::fuzz::Target& target = rollout::fuzz::GetTarget();
  std::string made;
  if (seed % kOneIn == 0) {
    made = rollout::fuzz::DamagedSample(target, seed / kOneIn);
  } else if (seed % kOneIn == 1) {
    made =
        rollout::fuzz::Damage(std::string(reinterpret_cast<char*>(data), size),
                              target.tokens, seed / kOneIn);
  } else {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  size = std::min(made.size(), max_size);
  std::memcpy(data, made.data(), size);
  return size;
}
