// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/control.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/unix_socket.h"
#include "base/utf8.h"

namespace rollout::shim {
namespace {

constexpr size_t kMaxPacket = 256 * 1024;
// An agent that sends requests and reads no answers.
constexpr size_t kMaxWaitingReplies = 64;
constexpr size_t kMaxNewcomers = 8;
constexpr size_t kMaxErrorText = 4096;

UniqueFd MakeSocket() {
  return UniqueFd(
      socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// What a request named may be in there, and is not to make the reply larger
// than a packet.
std::string ErrorText(const absl::Status& status) {
  std::string text = ToUtf8(status.message());
  if (text.size() <= kMaxErrorText) return text;
  text.resize(
      ValidUtf8Prefix(absl::string_view(text).substr(0, kMaxErrorText)));
  return text;
}

absl::Status CheckNobodyListens(const std::string& path) {
  UniqueFd probe = MakeSocket();
  absl::Status status = ConnectUnixSocket(probe.get(), path);
  if (absl::IsNotFound(status)) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(path, ": another shim serves it: ask that one"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Control>> Control::Create(
    const std::string& path, ControlHandler& handler, EpollLoop& loop) {
  RETURN_IF_ERROR(CheckNobodyListens(path));
  UniqueFd listener = MakeSocket();
  // Made aside and renamed: at `path` there is never a socket that refuses.
  std::string aside = absl::StrCat(path, ".", getpid());
  unlink(aside.c_str());
  RETURN_IF_ERROR(BindUnixSocket(listener.get(), aside));
  if (listen(listener.get(), 8) != 0 ||
      rename(aside.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot listen at ", path));
  }
  return Resume(path, std::move(listener), UniqueFd(), handler, loop);
}

absl::StatusOr<std::unique_ptr<Control>> Control::Resume(
    const std::string& path, UniqueFd listener, UniqueFd agent,
    ControlHandler& handler, EpollLoop& loop) {
  std::unique_ptr<Control> control(
      new Control(path, std::move(listener), handler, loop));
  Control* raw = control.get();
  if (agent.valid()) {
    control->agent_ = std::move(agent);
    RETURN_IF_ERROR(
        loop.Watch(raw->agent_.get(), EPOLLIN,
                   [raw](uint32_t events) { raw->OnAgent(events); }));
  }
  RETURN_IF_ERROR(loop.Watch(raw->listener_.get(), EPOLLIN,
                             [raw](uint32_t) { raw->Accept(); }));
  return control;
}

Control::Control(std::string path, UniqueFd listener, ControlHandler& handler,
                 EpollLoop& loop)
    : path_(std::move(path)),
      listener_(std::move(listener)),
      handler_(handler),
      loop_(loop),
      buffer_(kMaxPacket + 1, '\0') {}

Control::~Control() {
  loop_.Unwatch(listener_.get());
  if (agent_.valid()) loop_.Unwatch(agent_.get());
  for (const auto& [fd, socket] : newcomers_) loop_.Unwatch(fd);
  unlink(path_.c_str());
}

void Control::Accept() {
  UniqueFd socket(
      accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.valid()) return;
  if (newcomers_.size() >= kMaxNewcomers) {
    loop_.Unwatch(newcomers_.begin()->first);
    newcomers_.erase(newcomers_.begin());
  }
  int fd = socket.get();
  newcomers_[fd] = std::move(socket);
  absl::Status status =
      loop_.Watch(fd, EPOLLIN, [this, fd](uint32_t) { OnNewcomer(fd); });
  if (!status.ok()) newcomers_.erase(fd);
}

void Control::OnNewcomer(int socket) {
  bool again;
  std::optional<v1::Request> request = Receive(socket, &again);
  if (again) return;
  loop_.Unwatch(socket);
  UniqueFd newcomer = std::move(newcomers_[socket]);
  newcomers_.erase(socket);
  if (!request.has_value() || !request->has_hello()) return;
  if (agent_.valid()) Disconnect("a new agent has come");
  int size = kMaxPacket * 2;
  setsockopt(newcomer.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  agent_ = std::move(newcomer);
  Answer(*request);
}

void Control::OnAgent(uint32_t events) {
  if ((events & EPOLLOUT) && !SendReplies()) return;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  bool again;
  std::optional<v1::Request> request = Receive(agent_.get(), &again);
  if (again) return;
  if (request.has_value()) {
    Answer(*request);
  } else {
    Disconnect("the agent has gone");
  }
}

std::optional<v1::Request> Control::Receive(int socket, bool* again) {
  ssize_t size = recv(socket, buffer_.data(), buffer_.size(), MSG_TRUNC);
  *again = size < 0 && (errno == EAGAIN || errno == EINTR);
  if (size <= 0) return std::nullopt;
  v1::Request request;
  if (size > static_cast<ssize_t>(kMaxPacket) ||
      !request.ParseFromArray(buffer_.data(), static_cast<int>(size))) {
    LogError("a packet of ", size, " bytes is no request: hanging up");
    return std::nullopt;
  }
  return request;
}

void Control::Answer(const v1::Request& request) {
  uint64_t began_ns = NowNs();
  absl::Status status = handler_.Handle(request);
  v1::Message message;
  v1::Reply* reply = message.mutable_reply();
  reply->set_id(request.id());
  reply->set_code(static_cast<int>(status.code()));
  reply->set_error(ErrorText(status));
  reply->set_took_ns(NowNs() - began_ns);
  if (request.has_hello()) {
    last_status_.clear();
  } else {
    PushStatus();  // first the state, then the answer that it is so
    if (!agent_.valid()) return;
  }
  replies_.push_back(message.SerializeAsString());
  if (replies_.size() > kMaxWaitingReplies) {
    Disconnect("the agent does not read its answers");
    return;
  }
  SendReplies();
}

bool Control::SendReplies() {
  while (!replies_.empty()) {
    bool would_block;
    if (!SendPacket(replies_.front(), &would_block)) {
      if (!would_block) Disconnect("the agent has gone");
      return would_block;
    }
    replies_.pop_front();
  }
  return true;
}

void Control::PushStatus() {
  if (!agent_.valid() || !replies_.empty()) return;
  v1::Message message;
  *message.mutable_status() = handler_.Snapshot();
  std::string packet = message.SerializeAsString();
  if (packet == last_status_) return;
  bool would_block;
  if (SendPacket(packet, &would_block)) {
    last_status_ = std::move(packet);
  } else if (!would_block) {
    Disconnect("the agent has gone");
  }
}

bool Control::SendPacket(const std::string& packet, bool* would_block) {
  ssize_t sent = send(agent_.get(), packet.data(), packet.size(), MSG_NOSIGNAL);
  *would_block = sent < 0 && (errno == EAGAIN || errno == EINTR);
  // Told by EPOLLOUT when there is room again; each round tries then.
  absl::Status status =
      loop_.Watch(agent_.get(), *would_block ? EPOLLIN | EPOLLOUT : EPOLLIN,
                  [this](uint32_t events) { OnAgent(events); });
  return status.ok() && sent >= 0;
}

void Control::Disconnect(absl::string_view why) {
  LogInfo("hanging up on the agent: ", why);
  loop_.Unwatch(agent_.get());
  agent_.reset();
  replies_.clear();
  last_status_.clear();
}

}  // namespace rollout::shim
