// SPDX-License-Identifier: Apache-2.0
//
// Why a rollout or a host of it does not get on: the same views and rules that
// the engine decides by, looked at for people.

#ifndef CONTROLLER_API_WHY_H_
#define CONTROLLER_API_WHY_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "controller/api/status_reader.h"
#include "controller/fleet/fleet.h"
#include "controller/store/catalog.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::api {

// What the answer is made from.
struct WhySources {
  const StatusReader& reader;
  const store::Catalog& catalog;
  const fleet::Fleet& fleet;
  const Clock& clock;
  // So many hosts of all plans together may be in change.
  int max_in_change = 0;
  // When this controller began.
  absl::Time started;
};

// NotFound: there is no such plan, or the host is none of its hosts.
absl::StatusOr<v1::WhyResponse> Why(const v1::WhyRequest& request,
                                    const WhySources& sources);

}  // namespace rollout::api

#endif  // CONTROLLER_API_WHY_H_
