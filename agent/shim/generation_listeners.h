// SPDX-License-Identifier: Apache-2.0
//
// The sockets of one generation: which of the sockets it binds are its
// endpoints, how they get into the groups, and what went wrong.

#ifndef AGENT_SHIM_GENERATION_LISTENERS_H_
#define AGENT_SHIM_GENERATION_LISTENERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/asker.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/intercept_owner.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

struct NamedEndpoint {
  std::string name;
  EndpointAddress address;
};

// Not thread-safe.
class GenerationListeners : public InterceptOwner {
 public:
  // `groups` must outlive this.
  GenerationListeners(uint64_t generation, std::vector<NamedEndpoint> endpoints,
                      EndpointGroups& groups);

  // handover intercept.
  absl::Status JudgeBind(const EndpointAddress& address, bool v6_only) override;
  absl::StatusOr<int> Bind(UniqueFd socket,
                           const EndpointAddress& address) override;
  absl::Status BindPath(UniqueFd socket, const FilePlace& place,
                        const std::string& path, const FileUser& user) override;
  absl::Status Listen(UniqueFd socket, int backlog) override;
  bool HasPath(const std::string& file_name) const override;
  absl::StatusOr<int> ChangePath(const PathChange& change) override;
  void OnProblem(const std::string& problem) override;

  // handover activation: makes a socket for each endpoint, in their order;
  // those with a path as if `user` had. The descriptors stay the groups'. On
  // error some may have been made: leave the groups.
  absl::StatusOr<std::vector<int>> Activate(const FileUser& user);

  bool AllListen() const;
  size_t Count() const { return groups_.Count(generation_); }
  const std::vector<NamedEndpoint>& endpoints() const { return endpoints_; }
  // The newest that keeps it from listening; empty: none.
  const std::string& problem() const { return problem_; }

 private:
  const NamedEndpoint* Find(const EndpointAddress& address) const;
  const NamedEndpoint* Find(const FilePlace& place) const;
  absl::Status Join(const NamedEndpoint& endpoint, UniqueFd socket,
                    int backlog);

  const uint64_t generation_;
  const std::vector<NamedEndpoint> endpoints_;
  EndpointGroups& groups_;
  std::string problem_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_LISTENERS_H_
