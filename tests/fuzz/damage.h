// SPDX-License-Identifier: Apache-2.0
//
// Damages good input by seed: the same seed makes the same input again.

#ifndef TESTS_FUZZ_DAMAGE_H_
#define TESTS_FUZZ_DAMAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace rollout::fuzz {

// `text` with up to four changes: pieces go, come, are repeated, turn into
// others or into one of the tokens.
std::string Damage(std::string text, const std::vector<std::string>& tokens,
                   uint32_t seed);

// One of the target's samples, damaged.
std::string DamagedSample(const Target& target, uint32_t seed);

}  // namespace rollout::fuzz

#endif  // TESTS_FUZZ_DAMAGE_H_
