// SPDX-License-Identifier: Apache-2.0

#include "tests/load/conversation.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollout::load {
namespace {

// What a failed system call on the connection says about the request.
Answer Failed(absl::string_view call, int error, size_t received) {
  Outcome outcome = Outcome::kReset;
  // A Unix socket's path may be gone.
  if (error == ECONNREFUSED || error == ENOENT) outcome = Outcome::kRefused;
  // A blocking socket with a time-out says EINPROGRESS from connect and EAGAIN
  // from the others.
  if (error == EAGAIN || error == EINPROGRESS || error == ETIMEDOUT) {
    outcome = Outcome::kTimedOut;
  }
  return {
      outcome, "",
      absl::StrCat(call, ": ", strerror(error), " after ", received, " bytes")};
}

// The other side has ended the connection.
Answer Ended(size_t received) {
  return {received == 0 ? Outcome::kClosed : Outcome::kShort, "",
          absl::StrCat("the connection ended after ", received, " bytes")};
}

Answer Whole(Reading reading, size_t received) {
  Answer answer;
  answer.body = std::move(reading.body);
  answer.detail = std::move(reading.detail);
  if (received > reading.size) {
    absl::StrAppend(&answer.detail, ", and ", received - reading.size,
                    " bytes that nobody asked for");
    reading.good = false;
  }
  answer.outcome = reading.good ? Outcome::kOk : Outcome::kBadAnswer;
  return answer;
}

}  // namespace

absl::StatusOr<Peer> MakePeer(absl::string_view address,
                              absl::Duration timeout) {
  auto parsed = EndpointAddress::Parse(address);
  if (parsed.ok() && parsed->transport() != Transport::kUdp &&
      (!parsed->ip() || parsed->ip()->port() != 0)) {
    return Peer{*parsed, timeout};
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", address,
      "\" is not an address: write IPV4:PORT, [IPV6]:PORT or unix:PATH"));
}

Answer Conversation::Ask(absl::string_view request) {
  if (!connection_.valid()) {
    if (int error = Connect(); error != 0) {
      connection_.reset();
      return Failed("connect", error, 0);
    }
  }
  Answer answer;
  if (send(connection_.get(), request.data(), request.size(), MSG_NOSIGNAL) <
      0) {
    answer = Failed("send", errno, 0);
  } else {
    answer = Read();
  }
  if (answer.outcome != Outcome::kOk) connection_.reset();
  return answer;
}

bool Conversation::EndedInBetween() {
  char byte;
  if (recv(connection_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0) {
    return false;
  }
  connection_.reset();
  return true;
}

int Conversation::Connect() {
  const std::optional<NetAddress>& ip = peer_.address.ip();
  connection_.reset(
      socket(ip ? ip->family() : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection_.valid()) return errno;
  timeval timeout = absl::ToTimeval(peer_.timeout);
  for (int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    setsockopt(connection_.get(), SOL_SOCKET, option, &timeout, sizeof timeout);
  }
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  peer_.address.path().copy(path.sun_path, sizeof path.sun_path - 1);
  const int failed =
      ip ? connect(connection_.get(), ip->sockaddr_ptr(), ip->sockaddr_size())
         : connect(connection_.get(), reinterpret_cast<const sockaddr*>(&path),
                   sizeof path);
  return failed ? errno : 0;
}

Answer Conversation::Read() {
  std::string received;
  char piece[16 << 10];
  for (;;) {
    ssize_t size = recv(connection_.get(), piece, sizeof piece, 0);
    if (size < 0) return Failed("recv", errno, received.size());
    if (size == 0) return Ended(received.size());
    received.append(piece, size);
    std::optional<Reading> reading = protocol_.read(received);
    if (!reading) continue;
    if (reading->last) connection_.reset();
    return Whole(*std::move(reading), received.size());
  }
}

}  // namespace rollout::load
