// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/steering.h"

#include <cstddef>

namespace rollout::shim {
namespace {

// Where the flow's hash is kept.
constexpr uint32_t kHash = 0;
// Numbers that are drawn are taken modulo the sum of the shares, of which there
// are no more.
constexpr uint32_t kShares = 1000;

sock_filter Load(int32_t ancillary) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                  static_cast<uint32_t>(SKF_AD_OFF + ancillary));
}

// From the IP header on. A program on UDP sockets sees a packet from behind its
// UDP header (reuseport_select_sock of the kernel pulls that many bytes);
// only by these offsets it gets at what comes before.
sock_filter LoadHeader(uint16_t size, uint32_t offset) {
  return BPF_STMT(BPF_LD | size | BPF_ABS,
                  static_cast<uint32_t>(SKF_NET_OFF) + offset);
}

sock_filter LoadHash() { return BPF_STMT(BPF_LD | BPF_MEM, kHash); }

sock_filter Modulo(uint32_t k) {
  return BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, k);
}

sock_filter Return(uint32_t k) { return BPF_STMT(BPF_RET | BPF_K, k); }

// Collects jumps to labels that are placed later. Conditional jumps reach 255
// instructions, so each only skips or meets an unconditional one.
class Program {
 public:
  void Add(sock_filter instruction) { code_.push_back(instruction); }

  size_t NewLabel() {
    labels_.push_back(0);
    return labels_.size() - 1;
  }
  void Place(size_t label) { labels_[label] = code_.size(); }

  void JumpTo(size_t label) {
    fixups_.push_back({code_.size(), label});
    Add(BPF_STMT(BPF_JMP | BPF_JA, 0));
  }
  void JumpIfEqual(uint32_t value, size_t label) {
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    JumpTo(label);
  }
  void JumpIfLess(uint32_t value, size_t label) {
    Add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 1, 0));
    JumpTo(label);
  }

  // Returns one of `indexes`, each as likely; there is at least one.
  void AddSection(const std::vector<uint32_t>& indexes, Draw draw) {
    if (indexes.size() > 1) {
      if (draw == Draw::kByChance) {
        Add(Load(SKF_AD_RANDOM));
      } else {
        // What the draw among the generations has left of it.
        Add(LoadHash());
        Add(BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, kShares));
      }
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
      code_[fixup.at].k = labels_[fixup.label] - fixup.at - 1;
    }
    return code_;
  }

 private:
  struct Fixup {
    size_t at;
    size_t label;
  };
  std::vector<sock_filter> code_;
  std::vector<Fixup> fixups_;
  std::vector<size_t> labels_;
};

// Spreads what is in the accumulator over all its bits (the finalizer of
// MurmurHash3): addresses and ports differ in a few of them.
void AddMix(Program* program) {
  constexpr struct {
    uint32_t shift, factor;
  } kSteps[] = {{16, 0x85ebca6b}, {13, 0xc2b2ae35}, {16, 1}};
  for (const auto& step : kSteps) {
    program->Add(BPF_STMT(BPF_MISC | BPF_TAX, 0));
    program->Add(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, step.shift));
    program->Add(BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0));
    program->Add(BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, step.factor));
  }
}

// Mixes what is in the accumulator into kHash.
void AddMixWithHash(Program* program) {
  program->Add(BPF_STMT(BPF_LDX | BPF_MEM, kHash));
  program->Add(BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0));
  AddMix(program);
  program->Add(BPF_STMT(BPF_ST, kHash));
}

// Leaves the hash of source address and ports in kHash. The kernel's own
// (SKF_AD_RXHASH) is 0 over loopback.
void AddFlowHash(Program* program) {
  const size_t v6 = program->NewLabel(), done = program->NewLabel();
  program->Add(LoadHeader(BPF_B, 0));
  program->Add(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4));
  program->JumpIfEqual(6, v6);
  program->Add(LoadHeader(BPF_W, 12));
  AddMix(program);
  program->Add(BPF_STMT(BPF_ST, kHash));
  // The ports stand behind the options, if there are any.
  program->Add(
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, static_cast<uint32_t>(SKF_NET_OFF)));
  program->Add(
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, static_cast<uint32_t>(SKF_NET_OFF)));
  program->JumpTo(done);
  program->Place(v6);
  program->Add(LoadHeader(BPF_W, 8));
  AddMix(program);
  program->Add(BPF_STMT(BPF_ST, kHash));
  for (uint32_t offset : {12, 16, 20}) {
    program->Add(LoadHeader(BPF_W, offset));
    AddMixWithHash(program);
  }
  // With extension headers these are no ports, but still the flow's own.
  program->Add(LoadHeader(BPF_W, 40));
  program->Place(done);
  AddMixWithHash(program);
}

void AddDraw(const std::vector<SteeringTarget>& targets, Draw draw,
             Program* program) {
  uint32_t sum = 0;
  size_t last = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    sum += targets[i].permille;
    if (targets[i].permille > 0) last = i;
  }
  bool several = sum != targets[last].permille;
  if (several) {
    program->Add(draw == Draw::kByChance ? Load(SKF_AD_RANDOM) : LoadHash());
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
    const std::vector<SteeringTarget>& targets, Draw draw) {
  std::vector<SteeringTarget> listening;
  for (const SteeringTarget& target : targets) {
    if (!target.indexes.empty()) listening.push_back(target);
  }
  if (listening.empty()) return {Return(0)};
  Program program;
  // The first labels are the targets'.
  for (size_t i = 0; i < listening.size(); ++i) program.NewLabel();
  if (draw == Draw::kByFlow) AddFlowHash(&program);
  program.Add(Load(SKF_AD_MARK));
  for (size_t i = 0; i < listening.size(); ++i) {
    program.JumpIfEqual(listening[i].mark, i);
  }
  AddDraw(listening, draw, &program);
  for (size_t i = 0; i < listening.size(); ++i) {
    program.Place(i);
    program.AddSection(listening[i].indexes, draw);
  }
  return program.Finish();
}

}  // namespace rollout::shim
