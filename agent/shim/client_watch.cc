// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/client_watch.h"

#include <algorithm>

#include "agent/shim/socket_facts.h"
#include "base/endpoint_address.h"
#include "base/log.h"

namespace rollout::shim {
namespace {

// A connection in the middle of accept(2) is in no queue and has no descriptor:
// a look proves something this long after the queue was empty.
constexpr uint64_t kAcceptNs = 2000000;
// A datagram that was read leaves no trace until it is answered: it gets so
// long.
constexpr uint64_t kAnswerNs = 1000000000;

// How long after the queue was empty a look proves that nobody is left.
uint64_t SettleNs(const Generation& generation) {
  const auto& endpoints = generation.listeners->endpoints();
  const bool has_udp = std::any_of(
      endpoints.begin(), endpoints.end(), [](const NamedEndpoint& endpoint) {
        return endpoint.address.transport() == Transport::kUdp;
      });
  return has_udp ? kAnswerNs : kAcceptNs;
}

bool AreWaitedFor(const Clients& clients, v1::DrainWait wait) {
  switch (wait) {
    case v1::WAIT_FOR_QUEUE:
      return false;
    case v1::WAIT_FOR_REQUESTS:
      return clients.busy > 0 || clients.may_be_more;
    default:  // a newer agent's word is taken for the most careful one
      return clients.connected > 0 || clients.may_be_more;
  }
}

}  // namespace

bool ClientWatch::IsQuiet(Generation& generation, uint64_t now_ns) const {
  if (generation.times.queue_empty_ns() == 0) return false;
  const bool is_queued = groups_.Queued(generation.number()) > 0;
  if (is_queued) generation.queued_ns = now_ns;
  const bool for_queue = generation.drain.wait == v1::WAIT_FOR_QUEUE;
  const uint64_t empty =
      std::max(generation.times.queue_empty_ns(), generation.queued_ns);
  if (is_queued || (!for_queue && now_ns < empty + SettleNs(generation)))
    return false;
  if (HasClients(generation, [&] { return trees_.Of(generation); })) {
    return false;
  }
  // That may have been its group alone: none is signalled before all of its
  // processes were asked.
  if (for_queue || !trees_.MayHaveEscapes(generation)) return true;
  generation.has_escapes =
      HasClients(generation, [&] { return trees_.Walk(generation); });
  return !generation.has_escapes;
}

bool ClientWatch::HasClients(
    Generation& generation,
    const std::function<std::vector<ProcessEntry>()>& list) const {
  std::vector<ProcessEntry> listed;
  auto clients = LookForClients(
      generation.EndpointAddresses(), [&] { return listed = list(); },
      [this](uint64_t inode) {
        const int socket = groups_.FindSocket(inode);
        // A UDP socket may have got a peer since.
        return socket >= 0 && !HasPeer(socket);
      });
  if (!clients.ok()) {
    LogError(clients.status().message());
    return generation.drain.wait != v1::WAIT_FOR_QUEUE;
  }
  const bool main_missed =
      !generation.main_ended &&
      std::none_of(listed.begin(), listed.end(),
                   [&generation](const ProcessEntry& process) {
                     return process.pid == generation.main;
                   });
  // The list can't be trusted: descriptors may have run out, say. Or it has
  // just ended, and a look is on its way.
  clients->may_be_more |= main_missed;
  generation.connections_carried =
      std::max(generation.connections_carried, clients->connected);
  generation.connections_left = clients->connected;
  return AreWaitedFor(*clients, generation.drain.wait);
}

}  // namespace rollout::shim
