// SPDX-License-Identifier: Apache-2.0
//
// The kinds of things a controller lists, as people name them.
//
// Pure values and functions, safe from any thread.

#ifndef ROLLOUTCTL_KIND_NAME_H_
#define ROLLOUTCTL_KIND_NAME_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::ctl {

struct KindName {
  // Also the field of ListResponse.
  const char* plural;
  const char* singular;
  v1::Kind kind;
};

const std::vector<KindName>& KindNames();

// Of a kind that is one of them.
const KindName& NameOf(v1::Kind kind);

// By its plural or singular. InvalidArgument: names the nearest, and all.
absl::StatusOr<v1::Kind> ParseKind(const std::string& text);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_KIND_NAME_H_
