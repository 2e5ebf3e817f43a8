// SPDX-License-Identifier: Apache-2.0
//
// Memory that the shim shares with its keeper (keeper.h): what the next process
// needs to go on where this one was killed, at whichever instruction that was.

#ifndef AGENT_SHIM_KEPT_MEMORY_H_
#define AGENT_SHIM_KEPT_MEMORY_H_

#include <linux/seccomp.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rollout::shim {

// The system call of a service that is being answered; its thread waits for
// just this answer.
struct CallUnderWay {
  // Valid while not 0.
  std::atomic<uint64_t> generation{0};
  // Filled in by the kernel. `pid` is 0 until it is.
  seccomp_notif call{};
  // How many shims have taken it up.
  std::atomic<uint32_t> tries{0};
};

// How far the output file is written.
struct OutputLedger {
  // The file's descriptor; -1: none.
  std::atomic<int> file{-1};
  std::atomic<uint64_t> next_number{1};
  std::atomic<uint64_t> lost_lines{0};
  std::atomic<bool> torn{false};

  // What is being appended, while `under_way`: bytes [from, to) of the stage of
  // a generation, as lines, to a file of `size` bytes.
  std::atomic<bool> under_way{false};
  uint64_t generation = 0;
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t size = 0;
  // As they were before.
  uint64_t first_number = 0;
  uint64_t lost_before = 0;
  bool torn_before = false;
};

// How processes ended that the keeper is the parent of.
class Endings {
 public:
  struct Ending {
    pid_t process;
    // As wait(2) has it.
    int status;
  };

  // By the keeper. False: so many are there that nobody looks at.
  bool Tell(const Ending& ending);
  // By the shim: those not yet heard; then that it has kept what it heard.
  std::vector<Ending> Untold() const;
  void Heard(size_t count) { heard_ += count; }

 private:
  static constexpr size_t kCapacity = 4096;
  std::atomic<uint64_t> told_{0};
  std::atomic<uint64_t> heard_{0};
  Ending endings_[kCapacity];
};

class KeptMemory {
 public:
  // Stays as long as a process that has it lives. Null: errno says why.
  static KeptMemory* Create();

  // Replaces the state, at once. False: it is too large; the old one stays.
  bool SaveState(absl::string_view state);
  // None: none was saved.
  std::optional<std::string> LoadState() const;
  // There is nothing to go on with.
  void Discard() { saves_ = 0; }
  // Counts the saves.
  uint64_t saves() const { return saves_; }

  CallUnderWay call;
  OutputLedger output;
  Endings endings;

 private:
  static constexpr size_t kCapacity = 8 << 20;

  KeptMemory() = default;

  // The valid one is saves_ % 2, none while saves_ is 0.
  std::atomic<uint64_t> saves_{0};
  uint64_t sizes_[2] = {};
  // Memory is taken as it is used.
  char states_[2][kCapacity];
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_KEPT_MEMORY_H_
