// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/steering.h"

#include <cstddef>

namespace rollout::shim {
namespace {

sock_filter Load(int32_t ancillary) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                  static_cast<uint32_t>(SKF_AD_OFF + ancillary));
}

sock_filter Modulo(uint32_t k) {
  return BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, k);
}

sock_filter Return(uint32_t k) { return BPF_STMT(BPF_RET | BPF_K, k); }

// Collects jumps to sections that are written later. Conditional jumps reach
// 255 instructions, so each only skips or meets an unconditional one.
class Program {
 public:
  void Add(sock_filter instruction) { code_.push_back(instruction); }

  void JumpTo(size_t section) {
    fixups_.push_back({code_.size(), section});
    Add(BPF_STMT(BPF_JMP | BPF_JA, 0));
  }
  void JumpIfEqual(uint32_t value, size_t section) {
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    JumpTo(section);
  }
  void JumpIfLess(uint32_t value, size_t section) {
    Add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 1, 0));
    JumpTo(section);
  }

  // Returns one of `indexes`, each as likely; there is at least one.
  void AddSection(const std::vector<uint32_t>& indexes) {
    sections_.push_back(code_.size());
    if (indexes.size() > 1) {
      Add(Load(SKF_AD_RANDOM));
      Add(Modulo(indexes.size()));
    }
    for (uint32_t i = 0; i + 1 < indexes.size(); ++i) {
      Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, i, 0, 1));
      Add(Return(indexes[i]));
    }
    Add(Return(indexes.back()));
  }

  std::vector<sock_filter> Finish() {
    for (const Fixup& fixup : fixups_) {
      code_[fixup.at].k = sections_[fixup.section] - fixup.at - 1;
    }
    return code_;
  }

 private:
  struct Fixup {
    size_t at;
    size_t section;
  };
  std::vector<sock_filter> code_;
  std::vector<Fixup> fixups_;
  std::vector<size_t> sections_;
};

void AddDraw(const std::vector<SteeringTarget>& targets, Program* program) {
  uint32_t sum = 0;
  size_t last = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    sum += targets[i].permille;
    if (targets[i].permille > 0) last = i;
  }
  bool several = sum != targets[last].permille;
  if (several) {
    program->Add(Load(SKF_AD_RANDOM));
    program->Add(Modulo(sum));
  }
  uint32_t below = 0;
  for (size_t i = 0; several && i < last; ++i) {
    if (targets[i].permille == 0) continue;
    below += targets[i].permille;
    program->JumpIfLess(below, i);
  }
  program->JumpTo(last);
}

}  // namespace

std::vector<sock_filter> BuildSteering(
    const std::vector<SteeringTarget>& targets) {
  std::vector<SteeringTarget> listening;
  for (const SteeringTarget& target : targets) {
    if (!target.indexes.empty()) listening.push_back(target);
  }
  if (listening.empty()) return {Return(0)};
  Program program;
  program.Add(Load(SKF_AD_MARK));
  for (size_t i = 0; i < listening.size(); ++i) {
    program.JumpIfEqual(listening[i].mark, i);
  }
  AddDraw(listening, &program);
  for (const SteeringTarget& target : listening) {
    program.AddSection(target.indexes);
  }
  return program.Finish();
}

}  // namespace rollout::shim
