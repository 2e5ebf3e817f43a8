// SPDX-License-Identifier: Apache-2.0
//
// The listeners of one generation: which of the sockets it binds are its
// endpoints, how they get into the groups, and what went wrong.

#ifndef AGENT_SHIM_GENERATION_LISTENERS_H_
#define AGENT_SHIM_GENERATION_LISTENERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/intercept.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

struct NamedEndpoint {
  std::string name;
  NetAddress address;
};

// Not thread-safe.
class GenerationListeners : public InterceptOwner {
 public:
  // `groups` must outlive this.
  GenerationListeners(uint64_t generation, std::vector<NamedEndpoint> endpoints,
                      EndpointGroups& groups);

  // handover intercept.
  absl::Status JudgeBind(const NetAddress& address, bool v6_only) override;
  absl::Status Listen(UniqueFd socket, int backlog) override;
  void OnProblem(const std::string& problem) override;

  // handover activation: makes a listener for each endpoint, in their order.
  // The descriptors stay the groups'. On error some may have been made: leave
  // the groups.
  absl::StatusOr<std::vector<int>> Activate();

  bool AllListen() const;
  size_t Count() const { return groups_.Count(generation_); }
  const std::vector<NamedEndpoint>& endpoints() const { return endpoints_; }
  // The newest that keeps it from listening; empty: none.
  const std::string& problem() const { return problem_; }

 private:
  const NamedEndpoint* Find(const NetAddress& address) const;

  const uint64_t generation_;
  const std::vector<NamedEndpoint> endpoints_;
  EndpointGroups& groups_;
  std::string problem_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_LISTENERS_H_
