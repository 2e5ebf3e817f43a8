// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/retirement.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/socket_diag.h"
#include "base/log.h"

namespace rollout::shim {

Retirement::Retirement(std::vector<EndpointAddress> endpoints,
                       uint64_t began_ns, uint64_t grace_ns, uint64_t settle_ns)
    : endpoints_(std::move(endpoints)),
      began_ns_(began_ns),
      grace_ns_(grace_ns),
      settle_ns_(settle_ns) {}

Retirement::Retirement(std::vector<EndpointAddress> endpoints,
                       const v1::SavedRetirement& saved)
    : endpoints_(std::move(endpoints)),
      began_ns_(saved.began_ns()),
      grace_ns_(saved.grace_ns()),
      settle_ns_(saved.settle_ns()),
      listed_(saved.listed()),
      waiting_for_(saved.waiting_for().begin(), saved.waiting_for().end()) {}

v1::SavedRetirement Retirement::Save() const {
  v1::SavedRetirement saved;
  saved.set_began_ns(began_ns_);
  saved.set_grace_ns(grace_ns_);
  saved.set_settle_ns(settle_ns_);
  saved.set_listed(listed_);
  for (const std::string& handshake : waiting_for_) {
    saved.add_waiting_for(handshake);
  }
  return saved;
}

bool Retirement::HandshakesOver(uint64_t now_ns) {
  if (now_ns < began_ns_ + settle_ns_) return false;
  if (listed_ && waiting_for_.empty()) return true;
  if (now_ns >= LaterNs(began_ns_ + settle_ns_, grace_ns_)) return true;
  std::set<std::string> now;
  if (!ListHandshakes(&now)) return false;
  if (!listed_) {
    waiting_for_ = std::move(now);
    listed_ = true;
    return waiting_for_.empty();
  }
  for (auto handshake = waiting_for_.begin();
       handshake != waiting_for_.end();) {
    handshake = now.count(*handshake) ? std::next(handshake)
                                      : waiting_for_.erase(handshake);
  }
  return waiting_for_.empty();
}

bool Retirement::ListHandshakes(std::set<std::string>* handshakes) const {
  for (const EndpointAddress& endpoint : endpoints_) {
    if (endpoint.transport() != Transport::kTcp) continue;
    auto entries =
        ListSocketsOf(SocketKind::kHandshake, Transport::kTcp, *endpoint.ip());
    if (!entries.ok()) {
      LogError(entries.status().message());
      return false;
    }
    for (const SocketEntry& entry : *entries) {
      handshakes->insert(
          absl::StrCat(entry.local.ToString(), " ", entry.remote.ToString()));
    }
  }
  return true;
}

}  // namespace rollout::shim
