// SPDX-License-Identifier: Apache-2.0
//
// An operator's word, and how it is told: in a sentence, and as the event of
// what was done for it.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_STORE_WORD_H_
#define CONTROLLER_STORE_WORD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::store {

// What an operator asked for, and when.
struct Word {
  const v1::Cause& cause;
  absl::Time now;

  // "by alice: lunch".
  std::string Text() const;

  // It was done: `reason` as in v1::Event, `what` in a sentence. Names no plan
  // and no host yet.
  v1::Event Done(absl::string_view reason, absl::string_view what) const;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_WORD_H_
