// SPDX-License-Identifier: Apache-2.0
//
// spec.service.endpoints of a manifest: where the service takes clients.

#ifndef CONTROLLER_MANIFEST_ENDPOINT_READER_H_
#define CONTROLLER_MANIFEST_ENDPOINT_READER_H_

#include "base/yaml_reader.h"
#include "google/protobuf/repeated_field.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

using Endpoints = google::protobuf::RepeatedPtrField<v1::Endpoint>;

// Reports what is wrong; the result is meaningless then. Addresses without host
// values come out in their usual form: [0::1]:80 as [::1]:80.
Endpoints ReadEndpoints(const YamlValue& value);

// Whether one can connect to it: all but UDP.
bool TakesConnections(const v1::Endpoint& endpoint);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_ENDPOINT_READER_H_
