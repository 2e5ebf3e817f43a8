// SPDX-License-Identifier: Apache-2.0
//
// What a Service gives to operators: connections to one of its generations.

#include <string>

#include "absl/strings/str_cat.h"
#include "agent/probe/marked_socket.h"
#include "agent/reconcile/service.h"
#include "base/net_address.h"
#include "base/status_macros.h"

namespace rollout::agent {

absl::StatusOr<UniqueFd> Service::Connect(const v1::ProxyTarget& target) const {
  auto found = generations_.find(target.generation());
  const std::string name =
      absl::StrCat("generation ", target.generation(), " of ", name_);
  if (found == generations_.end() || found->second.shim.pid() == 0) {
    return absl::NotFoundError(absl::StrCat(name, " has ended"));
  }
  const GenerationRecord& record = found->second;
  if (record.shim.draining()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " is leaving and takes no more connections"));
  }
  const v1::Revision* revision = Template(record.shim.revision());
  if (!record.shim.all_endpoints_listen() || revision == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " does not listen yet"));
  }
  v1::Probe endpoint;
  endpoint.set_endpoint(target.endpoint());
  ASSIGN_OR_RETURN(
      probe::ProbeTarget where,
      BuildProbeTarget(
          around_.host,
          StartOf(*revision, static_cast<int64_t>(record.shim.attempt()),
                  target.generation()),
          endpoint, record.shim.mark()));
  if (where.address.empty()) {
    return absl::NotFoundError(
        absl::StrCat(name, " has no endpoint \"", target.endpoint(), "\""));
  }
  ASSIGN_OR_RETURN(NetAddress address, NetAddress::Parse(where.address));
  // From this loop come the orders after which a generation listens no more,
  // and its mark would lead to another one: none comes in between.
  return probe::StartConnect(probe::ReachableAddress(address), where.mark);
}

}  // namespace rollout::agent
