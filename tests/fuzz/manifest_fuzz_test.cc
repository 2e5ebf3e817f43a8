// SPDX-License-Identifier: Apache-2.0
//
// Damages good manifests by seed, and gives them to the fuzzer's entry. A seed
// that fails is printed: it makes the same input again.

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kSeeds = 20'000;

constexpr char kManifest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata: {name: web}
spec:
  hosts: {matchLabels: {role: web}}
  service:
    artifact:
      url: "file:///srv/site-1.tar.gz"
      sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    command: ["${artifact}/run", "--listen", "${host.address}:8080"]
    user: www-data
    environment: {A: "${host.labels.zone}", B: 'x'}
    umask: "022"
    resourceLimits: {nofile: 65536, core: unlimited}
    endpoints:
    - name: http
      address: "${host.address}:8080"
    - {name: admin, address: "[::1]:9090"}
    readiness: {exec: {command: [/bin/x, "${probe.address}"]}, period: 1s}
    drain: {signal: QUIT, timeout: 1m30s}
  strategy: {maxSurge: 25%, maxUnavailable: 0, minReady: 1s}
)";

// What YAML and our own syntax give a meaning to.
const std::vector<std::string> kTokens = {"\n",
                                          "\n  ",
                                          "---\n",
                                          ": ",
                                          "- ",
                                          "[",
                                          "]",
                                          "{",
                                          "}",
                                          "\"",
                                          "'",
                                          "&a ",
                                          "*a",
                                          "!!x ",
                                          "|\n",
                                          "> ",
                                          "#",
                                          "${",
                                          "}",
                                          "%",
                                          "\t",
                                          "\\0",
                                          "\xff",
                                          "? ",
                                          "<<: ",
                                          "~",
                                          "0",
                                          "-1",
                                          "99999999999999999999",
                                          "inf"};

std::string Damage(uint32_t seed) {
  std::mt19937 random(seed);
  auto below = [&random](size_t limit) { return random() % limit; };
  std::string text = kManifest;
  for (size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    size_t at = below(text.size());
    size_t length = below(1 + (random() % 8 == 0 ? text.size() - at : 8));
    switch (below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kTokens[below(kTokens.size())]);
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

volatile uint32_t current_seed = 0;

void TellSeed(int) {
  std::fprintf(stderr, "seed %u\n", static_cast<unsigned>(current_seed));
}

TEST(ManifestFuzz, DamagedManifestsAreReadOrRefused) {
  std::signal(SIGABRT, TellSeed);
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    current_seed = seed;
    std::string text = Damage(seed);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()),
                           text.size());
  }
}

}  // namespace
