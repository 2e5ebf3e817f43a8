// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/kept_memory.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace rollout::shim {

bool Endings::Tell(const Ending& ending) {
  if (told_ - heard_ >= kCapacity) return false;
  endings_[told_ % kCapacity] = ending;
  ++told_;
  return true;
}

std::vector<Endings::Ending> Endings::Untold() const {
  std::vector<Ending> untold;
  const uint64_t told = told_;
  for (uint64_t i = heard_; i < told; ++i) {
    untold.push_back(endings_[i % kCapacity]);
  }
  return untold;
}

KeptMemory* KeptMemory::Create() {
  void* place = mmap(nullptr, sizeof(KeptMemory), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) return nullptr;
  // Default-initialised: the states' memory is not touched.
  return new (place) KeptMemory;
}

bool KeptMemory::SaveState(absl::string_view state) {
  if (state.size() > kCapacity) return false;
  const uint64_t next = saves_ + 1;
  std::memcpy(states_[next % 2], state.data(), state.size());
  sizes_[next % 2] = state.size();
  saves_ = next;
  return true;
}

std::optional<std::string> KeptMemory::LoadState() const {
  if (saves_ == 0) return std::nullopt;
  return std::string(states_[saves_ % 2], sizes_[saves_ % 2]);
}

}  // namespace rollout::shim
