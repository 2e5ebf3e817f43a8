// SPDX-License-Identifier: Apache-2.0
//
// A directory for hostile input to play in, with bystanders beside it that are
// not to be touched:
//
//   SCRATCH/play/       what input may change
//   SCRATCH/elsewhere/  empty, the process's current directory
//   SCRATCH/bystander   a file

#ifndef TESTS_FUZZ_SCRATCH_H_
#define TESTS_FUZZ_SCRATCH_H_

#include <string>
#include <vector>

namespace rollout::fuzz {

// One for the process, made at first use and removed at its end.
class Scratch {
 public:
  static Scratch& Get();

  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string play() const { return directory_ + "/play"; }
  std::string bystander() const { return directory_ + "/bystander"; }

  // Empties play/, which must be possible whatever was made in there.
  void Clear();

  // CHECKs that nothing outside of play/ was made, changed, linked or removed.
  void CheckBystanders() const;

 private:
  Scratch();
  // Names, sizes, modes, links and times.
  std::vector<std::string> Facts() const;

  const std::string directory_;
  std::vector<std::string> facts_;
};

}  // namespace rollout::fuzz

#endif  // TESTS_FUZZ_SCRATCH_H_
