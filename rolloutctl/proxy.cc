// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/proxy.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/socket_pump.h"
#include "base/status_macros.h"

namespace rollout::ctl {
namespace {

// Without descriptors left nobody tells when there are some again.
constexpr int kRetryMs = 100;

// What PumpSocket sees of a channel.
class CallBytes : public ByteStream {
 public:
  explicit CallBytes(ChannelCall& call) : call_(call) {}

  Got Read(std::string* data) override {
    if (!call_.Read(&incoming_)) return Got::kOver;
    if (incoming_.has_end_of_data()) return Got::kEnd;
    *data = std::move(*incoming_.mutable_data());
    return Got::kData;
  }
  bool Write(std::string data) override {
    v1::ChannelMessage message;
    message.set_data(std::move(data));
    return call_.Write(message);
  }
  bool WriteEnd() override {
    v1::ChannelMessage message;
    message.mutable_end_of_data();
    return call_.Write(message);
  }
  // The host resets its end when this one goes.
  void Fail(const absl::Status&) override { call_.Cancel(); }

 private:
  ChannelCall& call_;
  // Of the thread that reads.
  v1::ChannelMessage incoming_;
};

void Reset(UniqueFd connection) {
  linger reset = {1, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

// Returns when the connection has ended.
absl::Status Serve(UniqueFd connection, ChannelCall& call) {
  v1::ChannelMessage opened;
  if (!call.Read(&opened) || !opened.has_opened()) {
    Reset(std::move(connection));
    absl::Status refused = call.Finish();
    return refused.ok() ? absl::InternalError("the host did not open it")
                        : refused;
  }
  CallBytes bytes(call);
  absl::Status pumped = PumpSocket(std::move(connection), bytes);
  absl::Status ended = call.Finish();
  // A client that goes away in the middle is nobody's trouble.
  return absl::IsAborted(pumped) ? absl::OkStatus() : ended;
}

absl::StatusOr<NetAddress> AddressOf(int fd) {
  sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::ErrnoToStatus(errno, "cannot ask for the port");
  }
  return NetAddress::FromSockaddr(&address, size);
}

}  // namespace

struct Proxy::Shared {
  Shared(DialChannel dial, OnTrouble on_trouble)
      : dial(std::move(dial)), on_trouble(std::move(on_trouble)) {}

  const DialChannel dial;
  const OnTrouble on_trouble;
  Mutex mutex;
  CondVar changed;
  int connections ABSL_GUARDED_BY(mutex) = 0;
  std::string last_trouble ABSL_GUARDED_BY(mutex);

  void AwaitFewerThan(int most) ABSL_LOCKS_EXCLUDED(mutex) {
    MutexLock lock(&mutex);
    while (connections >= most) changed.Wait(&mutex);
  }

  void ServeOne(UniqueFd connection) ABSL_LOCKS_EXCLUDED(mutex) {
    absl::Status ended = Serve(std::move(connection), *dial());
    MutexLock lock(&mutex);
    if (!ended.ok() && ended.message() != last_trouble) on_trouble(ended);
    last_trouble = std::string(ended.message());
    --connections;
    changed.NotifyAll();
  }
};

absl::StatusOr<std::unique_ptr<Proxy>> Proxy::Listen(const NetAddress& address,
                                                     DialChannel dial,
                                                     OnTrouble on_trouble) {
  UniqueFd fd(
      socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int on = 1;
  if (fd.valid()) {
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  if (!fd.valid() ||
      bind(fd.get(), address.sockaddr_ptr(), address.sockaddr_size()) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address.ToString(), ": ",
                     absl::ErrnoToStatus(errno, "").message(),
                     ": choose another address with --listen"));
  }
  ASSIGN_OR_RETURN(NetAddress bound, AddressOf(fd.get()));
  return std::unique_ptr<Proxy>(new Proxy(
      std::move(fd), bound.ToString(), std::move(dial), std::move(on_trouble)));
}

Proxy::Proxy(UniqueFd listener, std::string address, DialChannel dial,
             OnTrouble on_trouble)
    : listener_(std::move(listener)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      address_(std::move(address)),
      shared_(
          std::make_shared<Shared>(std::move(dial), std::move(on_trouble))) {}

Proxy::~Proxy() { shared_->AwaitFewerThan(1); }

void Proxy::Stop() { eventfd_write(stop_.get(), 1); }

absl::Status Proxy::Run() {
  for (bool room = true;;) {
    shared_->AwaitFewerThan(kMostConnections);
    pollfd fds[] = {{stop_.get(), POLLIN, 0},
                    {room ? listener_.get() : -1, POLLIN, 0}};
    if (poll(fds, 2, room ? -1 : kRetryMs) < 0) continue;
    if (fds[0].revents != 0) return absl::OkStatus();
    UniqueFd connection(accept4(listener_.get(), nullptr, nullptr,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    room = connection.valid() || (errno != EMFILE && errno != ENFILE);
    if (!connection.valid()) continue;
    {
      MutexLock lock(&shared_->mutex);
      ++shared_->connections;
    }
    // Detached: what it uses lives as long as it does.
    std::thread([shared = shared_, fd = connection.release()] {
      shared->ServeOne(UniqueFd(fd));
    }).detach();
  }
}

}  // namespace rollout::ctl
