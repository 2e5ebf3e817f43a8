// SPDX-License-Identifier: Apache-2.0
//
// A record as it was read.

#ifndef CONTROLLER_STORE_VERSIONED_H_
#define CONTROLLER_STORE_VERSIONED_H_

#include <cstdint>

namespace rollout::store {

// With the store's revision at which it was written; what a transaction
// compares with.
template <typename Record>
struct Versioned {
  Record record;
  int64_t mod_revision = 0;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_VERSIONED_H_
