// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/probe/steered_group.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollout::probe {

UniqueFd OpenListener(const NetAddress& address, int backlog) {
  UniqueFd fd(
      socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int on = 1;
  CHECK(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
  CHECK(bind(fd.get(), address.sockaddr_ptr(), address.sockaddr_size()) == 0);
  CHECK(listen(fd.get(), backlog) == 0);
  return fd;
}

NetAddress LocalAddress(int fd) {
  sockaddr_storage address;
  socklen_t size = sizeof address;
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return *NetAddress::FromSockaddr(&address, size);
}

void SteerMark(int listener, uint32_t mark) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, uint32_t(SKF_AD_OFF + SKF_AD_MARK)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mark, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_fprog program = {4, code};
  CHECK(setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
                   sizeof program) == 0);
}

SteeredGroup::SteeredGroup(absl::string_view host, uint32_t mark)
    : serving_(OpenListener(*NetAddress::Parse(absl::StrCat(host, ":0")))),
      address_(LocalAddress(serving_.get())),
      dark_(OpenListener(address_)) {
  SteerMark(serving_.get(), mark);
}

int SteeredGroup::Count(int listener) {
  int count = 0;
  while (UniqueFd(accept4(listener, nullptr, nullptr, 0)).valid()) ++count;
  return count;
}

}  // namespace rollout::probe
