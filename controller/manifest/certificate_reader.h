// SPDX-License-Identifier: Apache-2.0
//
// spec.service.certificates of a manifest: what the agent renews for a service.

#ifndef CONTROLLER_MANIFEST_CERTIFICATE_READER_H_
#define CONTROLLER_MANIFEST_CERTIFICATE_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// `service` has everything else, which may refer to the certificates. Reports
// what is wrong; the result is meaningless then.
void ReadCertificates(const YamlValue& value, v1::ServiceTemplate* service);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_CERTIFICATE_READER_H_
