// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/damage.h"

#include <random>
#include <utility>

namespace rollout::fuzz {

std::string Damage(std::string text, const std::vector<std::string>& tokens,
                   uint32_t seed) {
  std::mt19937 random(seed);
  auto below = [&random](size_t limit) { return random() % limit; };
  for (size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    size_t at = below(text.size());
    size_t length = below(1 + (random() % 8 == 0 ? text.size() - at : 8));
    switch (below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, tokens[below(tokens.size())]);
        break;
      case 2:
        text[at] = static_cast<char>(random());
        break;
      default:
        text.insert(below(text.size()), text.substr(at, length));
    }
  }
  return text;
}

std::string DamagedSample(const Target& target, uint32_t seed) {
  const Sample& sample = target.samples[seed % target.samples.size()];
  return Damage(sample.bytes, target.tokens, seed);
}

}  // namespace rollout::fuzz
