// SPDX-License-Identifier: Apache-2.0
//
// A network namespace for each host, with a link to the network this process is
// in, which a test cuts and mends. What is sent over a cut link is lost without
// a word: no device goes down, and nobody is told that a host is out of reach.
//
//   here                                      host N
//   10.77.0.1, link-N  ====================  uplink, 10.77.1.N+1
//
// To be made in isolation (isolation.h), with which all of it ends.

#ifndef TESTS_E2E_HOST_NETWORKS_H_
#define TESTS_E2E_HOST_NETWORKS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace rollout::e2e {

// What a cut link loses.
enum class Way { kBoth, kFromHost, kToHost };

// Not thread-safe. Hosts are counted from 0.
class HostNetworks {
 public:
  // Every link is whole.
  static absl::StatusOr<std::unique_ptr<HostNetworks>> Make(int hosts);

  // Takes the links away.
  ~HostNetworks();
  HostNetworks(const HostNetworks&) = delete;
  HostNetworks& operator=(const HostNetworks&) = delete;

  // Where every host finds what listens here.
  static std::string AddressHere();
  static std::string Address(int host);

  absl::Status Cut(int host, Way way);
  absl::Status Mend(int host);

  // While it lives, the calling thread is in the host's network; processes,
  // threads and sockets it makes meanwhile stay there.
  class Visit {
   public:
    // `networks` must outlive this.
    Visit(const HostNetworks& networks, int host);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    const HostNetworks& networks_;
  };

 private:
  explicit HostNetworks(UniqueFd here) : here_(std::move(here)) {}

  absl::Status AddHost(int host);

  const UniqueFd here_;
  std::vector<UniqueFd> hosts_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_HOST_NETWORKS_H_
