// SPDX-License-Identifier: Apache-2.0
//
// How the groups come from one process of the shim to the next.

#include "absl/status/statusor.h"
#include "agent/shim/endpoint_groups.h"
#include "base/log.h"

namespace rollout::shim {

void EndpointGroups::Save(v1::SavedState* saved) const {
  for (const Share& share : shares_) {
    v1::SavedShare* one = saved->add_shares();
    one->set_generation(share.generation);
    one->set_mark(share.mark);
    one->set_permille(share.permille);
  }
  auto add = [saved](const std::string& address, const EndpointGroup& group) {
    v1::SavedGroup* one = saved->add_groups();
    one->set_address(address);
    group.Save(one);
  };
  for (const auto& [address, group] : ip_groups_) add(address, group);
  for (const auto& [address, group] : path_groups_) add(address, group);
}

void EndpointGroups::Resume(const v1::SavedState& saved,
                            LeftDescriptors& left) {
  for (const v1::SavedShare& share : saved.shares()) {
    shares_.push_back({share.generation(), share.mark(), share.permille()});
  }
  for (const v1::SavedGroup& one : saved.groups()) {
    absl::StatusOr<EndpointAddress> address =
        EndpointAddress::Parse(one.address());
    if (!address.ok()) {
      LogError(address.status().message());
      continue;
    }
    const bool is_path = address->transport() == Transport::kUnix;
    EndpointGroup& group = is_path
                               ? static_cast<EndpointGroup&>(OfPath(*address))
                               : OfIp(*address);
    group.Resume(one, left);
    // The predecessor may have been lost between a change and this.
    absl::Status steered = group.Steer(shares_);
    if (!steered.ok()) LogError(steered.message());
    if (is_path) watch_.Add(address->directory());
    // A UDP socket that is shut down stays where it is in the kernel's group.
    if (address->transport() == Transport::kUdp) continue;
    for (int socket : group.Sockets()) WatchForShutDown(group, socket);
  }
}

}  // namespace rollout::shim
