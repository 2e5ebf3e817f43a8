// SPDX-License-Identifier: Apache-2.0

#include "tests/load/http_get.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/unique_fd.h"

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

struct Head {
  int status = 0;
  // Up to and with the empty line.
  size_t size = 0;
  std::optional<size_t> content_length;
};

// None: the head is not complete yet.
std::optional<Head> ParseHead(absl::string_view answer) {
  size_t end = answer.find("\r\n\r\n");
  if (end == absl::string_view::npos) return std::nullopt;
  Head head;
  head.size = end + 4;
  for (absl::string_view line : absl::StrSplit(answer.substr(0, end), "\r\n")) {
    std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    size_t length;
    if (absl::EqualsIgnoreCase(field.first, "content-length") &&
        absl::SimpleAtoi(field.second, &length)) {
      head.content_length = length;
    }
  }
  // "HTTP/1.0 200 OK"
  if (answer.size() >= 12) {
    (void)absl::SimpleAtoi(answer.substr(9, 3), &head.status);
  }
  return head;
}

Answer Judge(std::string answer) {
  std::optional<Head> head = ParseHead(answer);
  if (!head || !head->content_length) {
    return {Outcome::kShort, "",
            absl::StrCat(head ? "no Content-Length" : "the head was cut",
                         " after ", answer.size(), " bytes")};
  }
  size_t whole = head->size + *head->content_length;
  if (answer.size() != whole) {
    return {Outcome::kShort, answer.substr(head->size),
            absl::StrCat(answer.size(), " bytes of ", whole)};
  }
  Outcome outcome = head->status == 200 ? Outcome::kOk : Outcome::kBadStatus;
  return {outcome, answer.substr(head->size),
          absl::StrCat("status ", head->status)};
}

bool Complete(absl::string_view answer) {
  std::optional<Head> head = ParseHead(answer);
  return head && head->content_length &&
         answer.size() >= head->size + *head->content_length;
}

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kReset:
      return "reset";
    case Outcome::kShort:
      return "short";
    case Outcome::kTimedOut:
      return "timed_out";
    case Outcome::kBadStatus:
      return "bad_status";
  }
  return "";
}

absl::StatusOr<HttpGet> HttpGet::Create(absl::string_view address,
                                        absl::string_view path,
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
  return HttpGet(
      parsed,
      absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: ", address, "\r\n\r\n"),
      timeout);
}

Answer HttpGet::Ask() const {
  UniqueFd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.valid()) return Failed("socket", errno, 0);
  timeval timeout = absl::ToTimeval(timeout_);
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout,
             sizeof timeout);
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout,
             sizeof timeout);
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address_),
              sizeof address_) != 0) {
    return Failed("connect", errno, 0);
  }
  ssize_t sent =
      send(connection.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
  if (sent < 0) return Failed("send", errno, 0);

  std::string answer;
  char piece[16 << 10];
  while (!Complete(answer)) {
    ssize_t received = recv(connection.get(), piece, sizeof piece, 0);
    if (received < 0) return Failed("recv", errno, answer.size());
    if (received == 0) break;
    answer.append(piece, received);
  }
  return Judge(std::move(answer));
}

}  // namespace rollout::load
