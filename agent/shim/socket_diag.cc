// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/socket_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "agent/shim/sock_diag.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

// include/net/tcp_states.h; not in a public header that goes with linux/tcp.h.
enum TcpState {
  kEstablished = 1,
  kSynRecv = 3,
  kFinWait1 = 4,
  kClose = 7,
  kCloseWait = 8,
  kListen = 10,
  kNewSynRecv = 12,
};

// UDP knows two: a socket with a peer, and one without.
uint32_t States(const SocketQuestion& question) {
  const bool is_udp = question.transport == Transport::kUdp;
  switch (question.kind) {
    case SocketKind::kListener:
      return is_udp ? 1u << kClose : 1u << kListen;
    case SocketKind::kHandshake:
      return 1u << kSynRecv | 1u << kNewSynRecv;
    case SocketKind::kConnection:
      return is_udp ? 1u << kEstablished
                    : 1u << kEstablished | 1u << kCloseWait | 1u << kFinWait1;
  }
  return 0;
}

uint8_t ProtocolOf(Transport transport) {
  return transport == Transport::kUdp ? IPPROTO_UDP : IPPROTO_TCP;
}

inet_diag_req_v2 Request(const SocketQuestion& question, int family) {
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = ProtocolOf(question.transport);
  request.idiag_states = States(question);
  request.id.idiag_sport = htons(question.local_port);
  if (question.kind == SocketKind::kConnection) {
    request.idiag_ext = 1u << (INET_DIAG_INFO - 1);
  }
  return request;
}

absl::StatusOr<NetAddress> MakeAddress(int family, const void* address,
                                       uint16_t network_port) {
  sockaddr_in6 v6{};
  if (family == AF_INET6) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = network_port;
    std::memcpy(&v6.sin6_addr, address, sizeof v6.sin6_addr);
    return NetAddress::FromSockaddr(&v6, sizeof v6);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = network_port;
  std::memcpy(&v4.sin_addr, address, sizeof v4.sin_addr);
  return NetAddress::FromSockaddr(&v4, sizeof v4);
}

void ReadAttributes(const nlmsghdr* header, const inet_diag_msg* message,
                    SocketEntry* entry) {
  const rtattr* attribute = reinterpret_cast<const rtattr*>(message + 1);
  int left = header->nlmsg_len - NLMSG_LENGTH(sizeof *message);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == INET_DIAG_SKV6ONLY) {
      entry->v6_only = *static_cast<const uint8_t*>(RTA_DATA(attribute)) != 0;
    } else if (attribute->rta_type == INET_DIAG_INFO) {
      // An older kernel knows less of it, a newer one more.
      tcp_info info{};
      std::memcpy(&info, RTA_DATA(attribute),
                  std::min<size_t>(sizeof info, RTA_PAYLOAD(attribute)));
      entry->connection.bytes_received = info.tcpi_bytes_received;
      entry->connection.bytes_sent = info.tcpi_bytes_sent;
      entry->connection.last_received_ms = info.tcpi_last_data_recv;
      entry->connection.last_sent_ms = info.tcpi_last_data_sent;
    }
  }
}

absl::StatusOr<SocketEntry> ReadEntry(const nlmsghdr* header) {
  const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
  ASSIGN_OR_RETURN(NetAddress local,
                   MakeAddress(message->idiag_family, message->id.idiag_src,
                               message->id.idiag_sport));
  ASSIGN_OR_RETURN(NetAddress remote,
                   MakeAddress(message->idiag_family, message->id.idiag_dst,
                               message->id.idiag_dport));
  SocketEntry entry{local, remote, message->idiag_inode, message->id.idiag_if,
                    false, {}};
  entry.connection.unread = message->idiag_rqueue;
  entry.connection.unsent = message->idiag_wqueue;
  ReadAttributes(header, message, &entry);
  return entry;
}

absl::StatusOr<std::vector<SocketEntry>> ListFamilies(
    const std::vector<int>& families, const SocketQuestion& question) {
  std::vector<SocketEntry> entries;
  for (int family : families) {
    const inet_diag_req_v2 request = Request(question, family);
    RETURN_IF_ERROR(AskSockDiag(&request, sizeof request, true,
                                [&entries](const nlmsghdr* answer) {
                                  auto entry = ReadEntry(answer);
                                  if (entry.ok()) entries.push_back(*entry);
                                  return entry.status();
                                }));
  }
  return entries;
}

void CopyAddress(const NetAddress& address, void* to) {
  if (address.family() == AF_INET6) {
    const auto* v6 =
        reinterpret_cast<const sockaddr_in6*>(address.sockaddr_ptr());
    std::memcpy(to, &v6->sin6_addr, sizeof v6->sin6_addr);
    return;
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.sockaddr_ptr());
  std::memcpy(to, &v4->sin_addr, sizeof v4->sin_addr);
}

// ::ffff:1.2.3.4 as 1.2.3.4.
NetAddress Unmapped(const NetAddress& address) {
  if (address.family() != AF_INET6) return address;
  const auto* v6 =
      reinterpret_cast<const sockaddr_in6*>(address.sockaddr_ptr());
  if (!IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) return address;
  return *MakeAddress(AF_INET, v6->sin6_addr.s6_addr + 12, v6->sin6_port);
}

bool Covers(const NetAddress& wildcard, bool v6_only, const NetAddress& other) {
  if (!wildcard.is_wildcard()) return false;
  if (wildcard.family() == other.family()) return true;
  return wildcard.family() == AF_INET6 && !v6_only;
}

}  // namespace

absl::StatusOr<std::vector<SocketEntry>> ListSockets(
    const SocketQuestion& question) {
  return ListFamilies({AF_INET, AF_INET6}, question);
}

absl::StatusOr<std::vector<SocketEntry>> ListSocketsOf(
    SocketKind kind, Transport transport, const NetAddress& endpoint) {
  std::vector<int> families = {AF_INET};
  if (endpoint.family() != AF_INET) families.push_back(AF_INET6);
  ASSIGN_OR_RETURN(std::vector<SocketEntry> entries,
                   ListFamilies(families, {kind, transport, endpoint.port()}));
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [&endpoint](const SocketEntry& entry) {
                                 return !IsConnectionOf(endpoint, entry.local);
                               }),
                entries.end());
  return entries;
}

absl::StatusOr<SocketEntry> FindConnection(const NetAddress& local,
                                           const NetAddress& remote) {
  inet_diag_req_v2 request = Request(
      {SocketKind::kConnection, Transport::kTcp, local.port()}, local.family());
  CopyAddress(local, request.id.idiag_src);
  CopyAddress(remote, request.id.idiag_dst);
  request.id.idiag_dport = htons(remote.port());
  request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  absl::StatusOr<SocketEntry> found = absl::NotFoundError("no such connection");
  RETURN_IF_ERROR(
      AskSockDiag(&request, sizeof request, false, [&](const nlmsghdr* answer) {
        const auto* message =
            static_cast<const inet_diag_msg*>(NLMSG_DATA(answer));
        // Where there is none, the kernel tells of who would take it.
        if ((request.idiag_states & 1u << message->idiag_state) == 0) {
          return absl::OkStatus();
        }
        found = ReadEntry(answer);
        return found.status();
      }));
  return found;
}

bool IsConnectionOf(const NetAddress& endpoint, const NetAddress& local) {
  if (endpoint.port() != local.port()) return false;
  return endpoint.is_wildcard() || Unmapped(endpoint) == Unmapped(local);
}

bool ListenersOverlap(const NetAddress& a, bool a_v6_only, const NetAddress& b,
                      bool b_v6_only) {
  if (a.port() != b.port()) return false;
  return Unmapped(a) == Unmapped(b) || Covers(a, a_v6_only, b) ||
         Covers(b, b_v6_only, a);
}

}  // namespace rollout::shim
