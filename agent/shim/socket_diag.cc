// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/socket_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

constexpr size_t kBufferSize = 32 * 1024;
// include/net/tcp_states.h; not in a public header that goes with linux/tcp.h.
enum TcpState {
  kEstablished = 1,
  kSynRecv = 3,
  kFinWait1 = 4,
  kCloseWait = 8,
  kListen = 10,
  kNewSynRecv = 12,
};

uint32_t States(SocketKind kind) {
  switch (kind) {
    case SocketKind::kListener:
      return 1u << kListen;
    case SocketKind::kHandshake:
      return 1u << kSynRecv | 1u << kNewSynRecv;
    case SocketKind::kConnection:
      return 1u << kEstablished | 1u << kCloseWait | 1u << kFinWait1;
  }
  return 0;
}

absl::Status SendRequest(int netlink, int family, SocketKind kind,
                         uint16_t port) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 request;
  } message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request.sdiag_family = family;
  message.request.sdiag_protocol = IPPROTO_TCP;
  message.request.idiag_states = States(kind);
  message.request.id.idiag_sport = htons(port);
  if (kind == SocketKind::kConnection) {
    message.request.idiag_ext = 1u << (INET_DIAG_INFO - 1);
  }
  if (send(netlink, &message, sizeof message, 0) < 0) {
    return absl::ErrnoToStatus(errno, "cannot ask for the list of sockets");
  }
  return absl::OkStatus();
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

absl::Status AddEntry(const nlmsghdr* header,
                      std::vector<SocketEntry>* entries) {
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
  entries->push_back(entry);
  return absl::OkStatus();
}

// Reads one answer; true: it was the last one.
absl::StatusOr<bool> ReadAnswer(int netlink, char* buffer,
                                std::vector<SocketEntry>* entries) {
  ssize_t size = recv(netlink, buffer, kBufferSize, 0);
  if (size < 0 && errno == EINTR) return false;
  if (size < 0) {
    return absl::UnavailableError(
        absl::StrCat("no list of sockets: ", std::strerror(errno)));
  }
  unsigned left = static_cast<unsigned>(size);
  for (auto* header = reinterpret_cast<nlmsghdr*>(buffer);
       NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
      return absl::UnavailableError(
          absl::StrCat("no list of sockets: ", std::strerror(-error->error)));
    }
    RETURN_IF_ERROR(AddEntry(header, entries));
  }
  return false;
}

absl::Status ListFamily(int netlink, int family, SocketKind kind, uint16_t port,
                        std::vector<SocketEntry>* entries) {
  RETURN_IF_ERROR(SendRequest(netlink, family, kind, port));
  alignas(nlmsghdr) char buffer[kBufferSize];
  for (;;) {
    ASSIGN_OR_RETURN(bool done, ReadAnswer(netlink, buffer, entries));
    if (done) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<SocketEntry>> ListFamilies(
    const std::vector<int>& families, SocketKind kind, uint16_t local_port) {
  UniqueFd netlink(
      socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.valid()) {
    return absl::ErrnoToStatus(errno, "cannot ask for the list of sockets");
  }
  // The kernel answers at once; a bound all the same, for the one thread.
  timeval limit{2, 0};
  setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::vector<SocketEntry> entries;
  for (int family : families) {
    RETURN_IF_ERROR(
        ListFamily(netlink.get(), family, kind, local_port, &entries));
  }
  return entries;
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

absl::StatusOr<std::vector<SocketEntry>> ListSockets(SocketKind kind,
                                                     uint16_t local_port) {
  return ListFamilies({AF_INET, AF_INET6}, kind, local_port);
}

absl::StatusOr<std::vector<SocketEntry>> ListSocketsOf(
    SocketKind kind, const NetAddress& endpoint) {
  std::vector<int> families = {AF_INET};
  if (endpoint.family() != AF_INET) families.push_back(AF_INET6);
  ASSIGN_OR_RETURN(std::vector<SocketEntry> entries,
                   ListFamilies(families, kind, endpoint.port()));
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [&endpoint](const SocketEntry& entry) {
                                 return !IsConnectionOf(endpoint, entry.local);
                               }),
                entries.end());
  return entries;
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
