// SPDX-License-Identifier: Apache-2.0

#include "agent/shim_client/socket_shim.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/scheduling.h"
#include "base/status_macros.h"
#include "base/unix_socket.h"

namespace rollout::shim_client {
namespace {

constexpr size_t kMaxPacket = 256 * 1024;
constexpr uint32_t kProtocolVersion = 1;
constexpr int kAnswerSeconds = 1;

absl::Status Lost(absl::string_view why) {
  return absl::UnavailableError(
      absl::StrCat("the connection to the shim has ended: ", why));
}

absl::Status SendRequest(int socket, const shim::v1::Request& request) {
  std::string packet = request.SerializeAsString();
  if (send(socket, packet.data(), packet.size(), MSG_NOSIGNAL) < 0) {
    return Lost(std::strerror(errno));
  }
  return absl::OkStatus();
}

// One packet. Unavailable: the connection's end, or nothing came in time.
absl::StatusOr<shim::v1::Message> Receive(int socket, std::string& buffer) {
  buffer.resize(kMaxPacket);
  ssize_t size = recv(socket, buffer.data(), buffer.size(), MSG_TRUNC);
  if (size == 0) return Lost("the shim hung up");
  if (size < 0) return Lost(std::strerror(errno));
  shim::v1::Message message;
  if (size > static_cast<ssize_t>(kMaxPacket) ||
      !message.ParseFromArray(buffer.data(), static_cast<int>(size))) {
    return Lost("it sent what is no message");
  }
  return message;
}

// Unavailable is the connection's alone: a shim that has answered so (fork(2)
// was refused with EAGAIN) has changed nothing.
absl::Status ToStatus(const shim::v1::Reply& reply) {
  auto code = static_cast<absl::StatusCode>(reply.code());
  if (code == absl::StatusCode::kUnavailable) {
    code = absl::StatusCode::kResourceExhausted;
  }
  return absl::Status(code, reply.error());
}

absl::Status SayHello(int socket) {
  shim::v1::Request hello;
  hello.set_id(1);
  hello.mutable_hello()->set_version(kProtocolVersion);
  absl::Status sent = SendRequest(socket, hello);
  if (!sent.ok()) return absl::AbortedError(sent.message());
  pollfd waited{socket, POLLIN, 0};
  if (poll(&waited, 1, kAnswerSeconds * 1000) == 0) {
    return Lost("it does not answer a hello");
  }
  std::string buffer;
  absl::StatusOr<shim::v1::Message> received = Receive(socket, buffer);
  if (!received.ok()) {
    return absl::AbortedError(received.status().message());
  }
  ASSIGN_OR_RETURN(shim::v1::Message answer, std::move(received));
  if (!answer.has_reply()) return Lost("it did not answer a hello");
  return ToStatus(answer.reply());
}

}  // namespace

absl::StatusOr<std::unique_ptr<SocketShim>> SocketShim::Connect(
    const std::string& path, ShimEvents events) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  int size = 2 * kMaxPacket;
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  timeval limit{kAnswerSeconds, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  absl::Status connected = ConnectUnixSocket(socket.get(), path);
  if (absl::IsNotFound(connected)) return connected;
  if (!connected.ok()) return absl::UnavailableError(connected.message());
  RETURN_IF_ERROR(WithContext(SayHello(socket.get()), path));
  UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  return std::unique_ptr<SocketShim>(
      new SocketShim(std::move(socket), std::move(wake), std::move(events)));
}

SocketShim::SocketShim(UniqueFd socket, UniqueFd wake, ShimEvents events)
    : socket_(std::move(socket)),
      wake_(std::move(wake)),
      events_(std::move(events)),
      thread_([this] { Run(); }) {}

SocketShim::~SocketShim() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
}

void SocketShim::Send(shim::v1::Request request, Done done) {
  {
    MutexLock lock(&mutex_);
    if (unsent_ == 0 && SendNow(&request, &done)) return;
    outgoing_.push_back({std::move(request), std::move(done)});
    ++unsent_;
  }
  Wake();
}

bool SocketShim::SendNow(shim::v1::Request* request, Done* done) {
  if (closed_) return false;
  request->set_id(last_id_ + 1);
  const std::string packet = request->SerializeAsString();
  if (packet.size() > kMaxPacket ||
      send(socket_.get(), packet.data(), packet.size(),
           MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    return false;
  }
  unanswered_[++last_id_] = std::move(*done);
  return true;
}

void SocketShim::Run() {
  RunAhead();
  absl::Status lost;
  while (lost.ok() && !stopping()) lost = WaitAndServe();
  bool by_us = lost.ok();
  if (by_us) lost = Lost("it is being closed");
  std::map<uint64_t, Done> unanswered;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    unanswered.swap(unanswered_);
  }
  for (auto& [id, done] : unanswered) done(lost);
  if (!by_us) events_.on_lost(lost);
  RefuseRest(lost);
}

absl::Status SocketShim::WaitAndServe() {
  pollfd waited[] = {{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
  if (poll(waited, 2, -1) < 0 && errno != EINTR) {
    return Lost(std::strerror(errno));
  }
  if (waited[1].revents != 0) RETURN_IF_ERROR(SendWaiting());
  if (waited[0].revents != 0) RETURN_IF_ERROR(ReceiveOne());
  return absl::OkStatus();
}

absl::Status SocketShim::ReceiveOne() {
  // poll said there is something; should it be wrong, the limit of Connect
  // holds.
  ASSIGN_OR_RETURN(shim::v1::Message message, Receive(socket_.get(), packet_));
  if (message.has_reply()) OnReply(message.reply());
  if (message.has_status()) events_.on_status(message.status());
  return absl::OkStatus();
}

absl::Status SocketShim::SendWaiting() {
  uint64_t count;
  ssize_t size = read(wake_.get(), &count, sizeof count);
  (void)size;  // nothing there: woken for nothing
  absl::Status status;
  for (Outgoing& next : TakeOutgoing()) {
    size_t packet_size = next.request.ByteSizeLong();
    if (packet_size > kMaxPacket) {
      {
        MutexLock lock(&mutex_);
        --unsent_;
      }
      next.done(absl::InvalidArgumentError(absl::StrCat(
          "the request has ", packet_size, " bytes and a shim takes ",
          kMaxPacket, ": shorten command and environment")));
      continue;
    }
    next.request.set_id(AwaitAnswer(std::move(next.done)));
    if (status.ok()) status = SendRequest(socket_.get(), next.request);
    MutexLock lock(&mutex_);
    --unsent_;
  }
  return status;
}

uint64_t SocketShim::AwaitAnswer(Done done) {
  MutexLock lock(&mutex_);
  unanswered_[++last_id_] = std::move(done);
  return last_id_;
}

void SocketShim::OnReply(const shim::v1::Reply& reply) {
  Done done;
  {
    MutexLock lock(&mutex_);
    auto found = unanswered_.find(reply.id());
    if (found == unanswered_.end()) return;
    done = std::move(found->second);
    unanswered_.erase(found);
  }
  done(ToStatus(reply));
}

void SocketShim::RefuseRest(const absl::Status& lost) {
  for (;;) {
    for (Outgoing& late : TakeOutgoing()) late.done(lost);
    if (stopping()) break;
    pollfd waited = {wake_.get(), POLLIN, 0};
    poll(&waited, 1, -1);
    uint64_t count;
    ssize_t size = read(wake_.get(), &count, sizeof count);
    (void)size;  // nothing there: woken for nothing
  }
  for (Outgoing& late : TakeOutgoing()) late.done(lost);
}

std::deque<SocketShim::Outgoing> SocketShim::TakeOutgoing() {
  MutexLock lock(&mutex_);
  return std::exchange(outgoing_, {});
}

bool SocketShim::stopping() {
  MutexLock lock(&mutex_);
  return stopping_;
}

void SocketShim::Wake() {
  uint64_t one = 1;
  ssize_t size = write(wake_.get(), &one, sizeof one);
  (void)size;  // full: it is awake
}

}  // namespace rollout::shim_client
