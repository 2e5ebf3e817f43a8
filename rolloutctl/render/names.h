// SPDX-License-Identifier: Apache-2.0
//
// What a script calls the things of a list, in the form that other commands
// take.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_NAMES_H_
#define ROLLOUTCTL_RENDER_NAMES_H_

#include <string>
#include <vector>

#include "google/protobuf/map.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

// Labels as --selector takes them: "role=web,zone=a"; sorted.
std::string LabelText(
    const google::protobuf::Map<std::string, std::string>& labels);

// Events have none.
bool HasNames(v1::Kind kind);

// "web" of a plan or host, "web/2" of a rollout or revision (its number), the
// id "web/5" of a swap, the labels "zone=a" of a freeze, or "all". In the
// list's order, without control characters.
std::vector<std::string> Names(v1::Kind kind, const v1::ListResponse& list);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_NAMES_H_
