// SPDX-License-Identifier: Apache-2.0

#include "tests/load/conversation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rollout::load {
namespace {

// What a failed system call on the connection says about the request.
Answer Failed(absl::string_view call, int error, size_t received) {
  Outcome outcome = Outcome::kReset;
  if (error == ECONNREFUSED) outcome = Outcome::kRefused;
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
  std::pair<std::string, std::string> parts = absl::StrSplit(address, ':');
  sockaddr_in parsed{};
  parsed.sin_family = AF_INET;
  int port;
  if (inet_pton(AF_INET, parts.first.c_str(), &parsed.sin_addr) != 1 ||
      !absl::SimpleAtoi(parts.second, &port) || port < 1 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address, "\" is not an address: write IPV4:PORT"));
  }
  parsed.sin_port = htons(port);
  return Peer{parsed, timeout};
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
  connection_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection_.valid()) return errno;
  timeval timeout = absl::ToTimeval(peer_.timeout);
  for (int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    setsockopt(connection_.get(), SOL_SOCKET, option, &timeout, sizeof timeout);
  }
  int failed = connect(connection_.get(),
                       reinterpret_cast<const sockaddr*>(&peer_.address),
                       sizeof peer_.address);
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
