// SPDX-License-Identifier: Apache-2.0
//
// Any datagram at a NOTIFY_SOCKET: READY=1 counts where it is a whole line, and
// nothing else does; whoever owns the socket is asked once at most.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "agent/shim/epoll_loop.h"
#include "agent/shim/notify_message.h"
#include "agent/shim/notify_socket.h"
#include "base/check.h"
#include "base/unique_fd.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/target.h"

namespace rollout::fuzz {
namespace {

// notify_socket.h reads so much of one.
constexpr size_t kMostRead = 4096;

// Told another way than the parser does: between two line breaks, or the ends.
bool HasReadyLine(const std::string& text) {
  const std::string lines = "\n" + text + "\n";
  return lines.find("\nREADY=1\n") != std::string::npos;
}

// As sd_notify(3) reads NOTIFY_SOCKET.
socklen_t NameOf(const std::string& address, sockaddr_un* name) {
  name->sun_family = AF_UNIX;
  std::memcpy(name->sun_path, address.data(), address.size());
  if (address[0] == '@') name->sun_path[0] = '\0';
  return offsetof(sockaddr_un, sun_path) + address.size();
}

// A socket and the loop that reads it, which ends with the first event after
// the datagram is in its queue.
class Listener {
 public:
  Listener() {
    shim::NotifySocket::Owner owner;
    owner.accepts = [this](pid_t sender) {
      CHECK(sender == getpid());
      ++asked_;
      return accepts_;
    };
    owner.on_ready = [this] { ++ready_; };
    auto made =
        shim::NotifySocket::Create(Scratch::Get().play() + "/notify", geteuid(),
                                   getegid(), std::move(owner), loop_);
    CHECK(made.ok());
    notify_ = *std::move(made);
  }

  // Whether it counted.
  bool Take(const std::string& datagram, bool accepts) {
    accepts_ = accepts;
    asked_ = ready_ = 0;
    UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    int size = 1 << 20;
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    sockaddr_un name{};
    socklen_t length = NameOf(notify_->address(), &name);
    CHECK(sendto(socket.get(), datagram.data(), datagram.size(), 0,
                 reinterpret_cast<sockaddr*>(&name),
                 length) == static_cast<ssize_t>(datagram.size()));
    loop_.Run([this] { loop_.Stop(); });
    CHECK(asked_ <= 1 && ready_ == (accepts ? asked_ : 0));
    return asked_ > 0;
  }

 private:
  shim::EpollLoop loop_;
  std::unique_ptr<shim::NotifySocket> notify_;
  bool accepts_ = false;
  int asked_ = 0;
  int ready_ = 0;
};

}  // namespace

const Target& GetTarget() {
  static const auto* const target = [] {
    const std::string padding(kMostRead - 8, 'x');
    return new Target{
        {{"ready", "READY=1\n"},
         {"no line break", "READY=1"},
         {"among others", "STATUS=all is well\nREADY=1\nMAINPID=7\n"},
         {"almost",
          "READY=10\nXREADY=1\n READY=1\nREADY=1 \nready=1\nREADY=\n"},
         {"a NUL", std::string("READY=1\0\nX=\0\nREADY=1", 20)},
         {"others", "RELOADING=1\nSTOPPING=1\nWATCHDOG=1\nFDSTORE=1\n"},
         {"many", "READY=1\nREADY=1\nREADY=1\n\n\n"},
         // The buffer ends between its first 1 and the next.
         {"cut within the line", padding + "\nREADY=10\n"},
         {"cut after the line", padding.substr(1) + "\nREADY=1\nX"},
         {"large", padding + padding + "\nREADY=1\n"}},
        {"READY=1", "\n", "\nREADY=1\n", "READY=", "1", "=", "\r\n", "\t",
         std::string(1, '\0'), "\xff", padding, "STATUS=", "BARRIER=1"},
        5'000};
  }();
  return *target;
}

}  // namespace rollout::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ::rollout::fuzz::HasReadyLine;
  using ::rollout::fuzz::kMostRead;
  const std::string datagram(reinterpret_cast<const char*>(data), size);
  const bool cut = size > kMostRead;
  std::string whole = datagram.substr(0, kMostRead);
  if (cut) {
    // What stands behind the last line break may go on.
    size_t end = whole.rfind('\n');
    whole.resize(end == std::string::npos ? 0 : end);
  }
  const bool ready = HasReadyLine(whole);
  CHECK(rollout::shim::SaysReady({datagram.data(), std::min(size, kMostRead)},
                                 cut) == ready);
  for (bool accepts : {true, false}) {
    rollout::fuzz::Listener listener;
    CHECK(listener.Take(datagram, accepts) == ready);
  }
  return 0;
}
