// SPDX-License-Identifier: Apache-2.0
//
// Get and List: answers made from memory.

#ifndef CONTROLLER_API_QUERIES_H_
#define CONTROLLER_API_QUERIES_H_

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "controller/api/status_reader.h"
#include "controller/gitops/sources.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::api {

// What a list is made from.
struct ListRooms {
  const StatusReader& reader;
  const store::Catalog& catalog;
  const store::History& history;
  const gitops::Sources& sources;
  const Clock& clock;
};

// Safe from any thread. Errors: NotFound, and InvalidArgument for a request
// that names nothing, or a filter that can let nothing through.
absl::StatusOr<v1::GetResponse> Get(const v1::GetRequest& request,
                                    const StatusReader& reader,
                                    const gitops::Sources& sources);

// NotFound: there is no such plan, or the host is none of its hosts.
absl::StatusOr<v1::WhyResponse> Why(const v1::WhyRequest& request,
                                    const StatusReader& reader);

absl::StatusOr<v1::ListResponse> List(const v1::ListRequest& request,
                                      const ListRooms& rooms);

}  // namespace rollout::api

#endif  // CONTROLLER_API_QUERIES_H_
