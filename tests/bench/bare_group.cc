// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/bare_group.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

namespace rollout::bench {
namespace {

constexpr uint32_t kMarkBase = 0x52000000;

// As the shim's: two marks, then all to one of two listeners.
std::vector<sock_filter> Steering(uint32_t to) {
  constexpr uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr uint16_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
  return {
      BPF_STMT(kLoad, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_MARK)),
      BPF_JUMP(kIfEqual, kMarkBase + 1, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_JUMP(kIfEqual, kMarkBase + 2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 1),
      BPF_STMT(kLoad, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)),
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 1000),
      BPF_STMT(BPF_RET | BPF_K, to),
  };
}

}  // namespace

UniqueFd SharedListener(int port) {
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int one = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  listen(listener.get(), 64);
  return listener;
}

int PortOf(const UniqueFd& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

BareGroup::BareGroup()
    : first_(SharedListener(0)), second_(SharedListener(PortOf(first_))) {}

absl::Status BareGroup::LeadTo(int listener) {
  std::vector<sock_filter> program = Steering(listener);
  sock_fprog code{static_cast<unsigned short>(program.size()), program.data()};
  if (setsockopt(first_.get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &code,
                 sizeof code) != 0) {
    return absl::ErrnoToStatus(errno, "attach");
  }
  return absl::OkStatus();
}

}  // namespace rollout::bench
