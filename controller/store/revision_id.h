// SPDX-License-Identifier: Apache-2.0
//
// The name of a revision, made from what is in it.

#ifndef CONTROLLER_STORE_REVISION_ID_H_
#define CONTROLLER_STORE_REVISION_ID_H_

#include <string>

#include "google/protobuf/message.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::store {

// The same bytes for the same content: maps in the order of their keys, which
// plain serialization leaves open. Pure.
std::string CanonicalBytes(const google::protobuf::Message& message);

// The first ten hexadecimal digits of SHA-256 over the template's
// canonical bytes. Pure.
std::string RevisionId(const v1::ServiceTemplate& service);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_REVISION_ID_H_
