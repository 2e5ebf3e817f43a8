// SPDX-License-Identifier: Apache-2.0

#include "tests/load/datagram_question.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/unique_fd.h"

namespace rollout::load {
namespace {

Answer Failed(absl::string_view call) {
  Outcome outcome = Outcome::kReset;
  if (errno == ECONNREFUSED) outcome = Outcome::kRefused;
  if (errno == EAGAIN) outcome = Outcome::kTimedOut;
  return {outcome, "", absl::StrCat(call, ": ", strerror(errno))};
}

std::string TwoBytes(uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

// "version.test" as DNS writes it: each label behind its length.
std::string Labels(absl::string_view name) {
  std::string labels;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    labels.push_back(static_cast<char>(label.size()));
    absl::StrAppend(&labels, label);
  }
  labels.push_back('\0');
  return labels;
}

}  // namespace

DatagramForm EchoForm() {
  DatagramForm form;
  form.question = [](uint16_t number) { return absl::StrCat(number); };
  form.read = [](uint16_t number,
                 absl::string_view answer) -> std::optional<std::string> {
    std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(answer, absl::MaxSplits('\n', 1));
    if (parts.second != absl::StrCat(number)) return std::nullopt;
    return std::string(parts.first);
  };
  return form;
}

// RFC 1035, 4.1: a header of 12 bytes, the question, the answer's record.
DatagramForm DnsTextForm(absl::string_view name) {
  constexpr uint16_t kText = 16, kInternet = 1, kRecursion = 0x0100;
  const std::string question =
      absl::StrCat(Labels(name), TwoBytes(kText), TwoBytes(kInternet));
  DatagramForm form;
  form.question = [question](uint16_t number) {
    return absl::StrCat(TwoBytes(number), TwoBytes(kRecursion), TwoBytes(1),
                        TwoBytes(0), TwoBytes(0), TwoBytes(0), question);
  };
  form.read = [question](
                  uint16_t number,
                  absl::string_view answer) -> std::optional<std::string> {
    // Name (2 bytes, it points to the question), type, class, time to live,
    // length, then the text behind its own length.
    const size_t length_at = 12 + question.size() + 12;
    if (!absl::StartsWith(answer, TwoBytes(number)) ||
        answer.size() <= length_at || answer.substr(6, 2) != TwoBytes(1)) {
      return std::nullopt;
    }
    return std::string(answer.substr(
        length_at + 1, static_cast<unsigned char>(answer[length_at])));
  };
  return form;
}

Answer DatagramQuestion::Ask() const {
  static std::atomic<uint16_t> last_number{0};
  const uint16_t number = ++last_number;
  UniqueFd socket(::socket(address_.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  timeval timeout = absl::ToTimeval(timeout_);
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  if (connect(socket.get(), address_.sockaddr_ptr(),
              address_.sockaddr_size()) != 0) {
    return Failed("connect");
  }
  const std::string question = form_.question(number);
  if (send(socket.get(), question.data(), question.size(), 0) < 0) {
    return Failed("send");
  }
  char answer[4096];
  ssize_t size = recv(socket.get(), answer, sizeof answer, 0);
  if (size < 0) return Failed("recv");
  auto body =
      form_.read(number, absl::string_view(answer, static_cast<size_t>(size)));
  if (!body) return {Outcome::kBadAnswer, "", "no answer to the question"};
  return {Outcome::kOk, *body, ""};
}

}  // namespace rollout::load
