// SPDX-License-Identifier: Apache-2.0

#include "tests/load/protocol.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rollout::load {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";

struct Head {
  int status = 0;
  // Up to and with the empty line.
  size_t size = 0;
  std::optional<size_t> content_length;
  // The connection ends after the answer.
  bool last = false;
};

void ReadField(absl::string_view line, Head* head) {
  std::pair<absl::string_view, absl::string_view> field =
      absl::StrSplit(line, absl::MaxSplits(':', 1));
  absl::string_view value = absl::StripAsciiWhitespace(field.second);
  size_t length;
  if (absl::EqualsIgnoreCase(field.first, "content-length") &&
      absl::SimpleAtoi(value, &length)) {
    head->content_length = length;
  }
  if (absl::EqualsIgnoreCase(field.first, "connection")) {
    head->last = absl::EqualsIgnoreCase(value, "close");
  }
}

// None: the head is not complete yet.
std::optional<Head> ReadHead(absl::string_view received) {
  size_t end = received.find("\r\n\r\n");
  if (end == absl::string_view::npos) return std::nullopt;
  Head head;
  head.size = end + 4;
  head.last = absl::StartsWith(received, "HTTP/1.0");
  for (absl::string_view line :
       absl::StrSplit(received.substr(0, end), kLineEnd)) {
    ReadField(line, &head);
  }
  // "HTTP/1.0 200 OK"
  if (received.size() >= 12) {
    (void)absl::SimpleAtoi(received.substr(9, 3), &head.status);
  }
  return head;
}

std::optional<Reading> ReadHttp(absl::string_view received) {
  std::optional<Head> head = ReadHead(received);
  if (!head || !head->content_length) return std::nullopt;
  Reading reading;
  reading.size = head->size + *head->content_length;
  if (received.size() < reading.size) return std::nullopt;
  reading.good = head->status == 200;
  reading.body =
      std::string(received.substr(head->size, *head->content_length));
  reading.detail = absl::StrCat("status ", head->status);
  reading.last = head->last;
  return reading;
}

// "$9\r\nversion 7\r\n"; "$-1\r\n" where there is no such key; "-ERR ...".
std::optional<Reading> ReadRedis(absl::string_view received) {
  size_t end = received.find(kLineEnd);
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view line = received.substr(0, end);
  Reading reading;
  reading.size = end + kLineEnd.size();
  reading.detail = std::string(line);
  int length;
  if (line.empty() || line[0] != '$' ||
      !absl::SimpleAtoi(line.substr(1), &length) || length < 0) {
    return reading;
  }
  reading.good = true;
  reading.body = std::string(received.substr(reading.size, length));
  reading.size += length + kLineEnd.size();
  if (received.size() < reading.size) return std::nullopt;
  return reading;
}

// "STAT maxbytes 67108864\r\n", and so on, then "END\r\n".
std::optional<Reading> ReadMemcached(absl::string_view name,
                                     absl::string_view received) {
  constexpr absl::string_view kEnd = "END\r\n";
  if (!absl::EndsWith(received, kLineEnd)) return std::nullopt;
  Reading reading;
  reading.size = received.size();
  if (!absl::EndsWith(received, kEnd)) {
    // "ERROR" ends an answer as well.
    if (absl::StartsWith(received, "STAT ")) return std::nullopt;
    reading.detail = std::string(absl::StripAsciiWhitespace(received));
    return reading;
  }
  const std::string before = absl::StrCat("STAT ", name, " ");
  for (absl::string_view line : absl::StrSplit(received, kLineEnd)) {
    if (!absl::StartsWith(line, before)) continue;
    reading.good = true;
    reading.body = std::string(line.substr(before.size()));
  }
  return reading;
}

}  // namespace

Protocol Http(absl::string_view path) {
  Protocol protocol;
  protocol.request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: load.test\r\n\r\n");
  protocol.only_request =
      absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: load.test\r\n\r\n");
  protocol.read = ReadHttp;
  return protocol;
}

Protocol RedisGet(absl::string_view key) {
  Protocol protocol;
  protocol.request = absl::StrCat("GET ", key, "\r\n");
  protocol.only_request = protocol.request;
  protocol.read = ReadRedis;
  return protocol;
}

Protocol MemcachedSetting(absl::string_view name) {
  Protocol protocol;
  protocol.request = "stats settings\r\n";
  protocol.only_request = protocol.request;
  protocol.read = [name = std::string(name)](absl::string_view received) {
    return ReadMemcached(name, received);
  };
  return protocol;
}

}  // namespace rollout::load
