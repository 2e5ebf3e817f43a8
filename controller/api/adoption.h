// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl adopt: what an operator says of a service that runs already, put
// into the plan it is to belong to.

#ifndef CONTROLLER_API_ADOPTION_H_
#define CONTROLLER_API_ADOPTION_H_

#include <vector>

#include "absl/status/status.h"
#include "controller/store/catalog.h"
#include "controller/store/plan_operations.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::api {

// Changes the one of `specs`, keeping the hosts the plan was asked to adopt on
// before. InvalidArgument: there are several plans, or no endpoint has that
// port. NotFound: no such host. FailedPrecondition: the plan does not select
// it. Any thread.
absl::Status AddAdoption(const v1::AdoptRequest& adopt,
                         const store::Catalog& catalog,
                         const std::vector<v1::HostInfo>& hosts,
                         std::vector<store::NamedSpec>* specs);

}  // namespace rollout::api

#endif  // CONTROLLER_API_ADOPTION_H_
