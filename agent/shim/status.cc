// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/status.h"

#include "absl/strings/str_cat.h"
#include "agent/shim/path_group.h"
#include "base/endpoint_address.h"
#include "base/utf8.h"

namespace rollout::shim {

v1::Generation DescribeGeneration(const Generation& generation,
                                  uint32_t mark_base) {
  v1::Generation told;
  const v1::StartRequest& request = generation.request;
  told.set_number(generation.number());
  told.set_revision(request.revision());
  told.set_attempt(request.attempt());
  told.set_pid(generation.main_ended ? 0 : generation.main);
  told.set_weight(generation.weight);
  told.set_mark(mark_base + static_cast<uint16_t>(generation.number()));
  told.set_listeners(generation.listeners->Count());
  told.set_all_endpoints_listen(generation.listeners->AllListen() &&
                                generation.awaited == nullptr);
  told.set_notified_ready(generation.notified_ready);
  const bool ended = generation.phase() == Phase::kEnded;
  told.set_draining(generation.times.drain_began_ns() != 0 && !ended);
  told.set_ended(ended);
  told.set_exit_status(generation.exit_status);
  // May have the name of a stranger in it.
  told.set_problem(ToUtf8(generation.listeners->problem()));
  told.set_killed(generation.killed);
  told.set_connections_carried(generation.connections_carried);
  told.set_connections_left(generation.connections_left);
  told.set_connections_cut(generation.connections_cut);
  told.set_adopted(generation.adoptee != nullptr);
  told.set_connections_held(generation.connections_held);
  *told.mutable_times() = generation.times;
  told.set_accept_queue_peak(generation.queue_peak);
  for (const NamedEndpoint& endpoint : generation.listeners->endpoints()) {
    v1::Endpoint* described = told.add_endpoints();
    described->set_name(endpoint.name);
    described->set_address(endpoint.address.ToString());
    if (endpoint.address.transport() == Transport::kUnix) {
      described->set_own_address(absl::StrCat(
          "unix:", PathGroup::OwnPath(endpoint.address, generation.number())));
    }
  }
  told.set_handover(request.handover());
  told.set_private_directory(request.private_directory());
  told.set_exit_untold(generation.exit_untold);
  told.set_awaited(generation.awaited != nullptr && !generation.main_ended);
  told.set_shares_listeners(generation.shares_listeners);
  for (const v1::GroupFigure& figure : generation.figures) {
    *told.add_group_figures() = figure;
  }
  return told;
}

}  // namespace rollout::shim
