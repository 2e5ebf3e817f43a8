// SPDX-License-Identifier: Apache-2.0
//
// Where nothing new may begin: all cordons and freezes there are, and what
// holds one host. Pure values, safe from any thread.

#ifndef CONTROLLER_STORE_HOLDS_H_
#define CONTROLLER_STORE_HOLDS_H_

#include <cstdint>
#include <map>
#include <string>

#include "controller/store/versioned.h"
#include "proto/rollout/v1/hold.pb.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::store {

struct Holds {
  // By host.
  std::map<std::string, Versioned<v1::Cordon>> cordons;
  // By what they freeze, as SelectorText writes it.
  std::map<std::string, Versioned<v1::Freeze>> freezes;
  // Of kHoldsKey, which is written with each of them: who has this compared
  // begins nothing where somebody has said no meanwhile.
  int64_t mod_revision = 0;

  // Null: nobody has cordoned it. Lives as long as this.
  const v1::Cordon* CordonOf(const std::string& host) const;
  // The first one for a host like this; null: there is none. Lives as long as
  // this.
  const v1::Freeze* FreezeOf(const v1::HostInfo& host) const;
};

// "env=prod,zone=a", by name; "": every host.
std::string SelectorText(const v1::HostSelector& hosts);

// "cordoned by ann: its disk dies", "frozen by ann: the sale", "all with zone=a
// frozen by ann".
std::string TextOf(const v1::Cordon& cordon);
std::string TextOf(const v1::Freeze& freeze);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_HOLDS_H_
