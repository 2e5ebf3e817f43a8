// SPDX-License-Identifier: Apache-2.0
//
// A directory that lasts as long as this.

#ifndef TESTS_BENCH_SCRATCH_H_
#define TESTS_BENCH_SCRATCH_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace rollout::bench {

class Scratch {
 public:
  Scratch() {
    char pattern[] = "/tmp/rollout-bench-XXXXXX";
    path_ = mkdtemp(pattern);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_SCRATCH_H_
