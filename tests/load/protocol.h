// SPDX-License-Identifier: Apache-2.0
//
// What a client says to a server, and how it reads what comes back: a value
// for each protocol that the tests speak.

#ifndef TESTS_LOAD_PROTOCOL_H_
#define TESTS_LOAD_PROTOCOL_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rollout::load {

// A whole answer.
struct Reading {
  // Of the bytes that came.
  size_t size = 0;
  // It is the answer that was asked for.
  bool good = false;
  std::string body;
  // For people: "status 503".
  std::string detail;
  // The server has said that it ends the connection after this one.
  bool last = false;
};

struct Protocol {
  // On a connection that goes on after it.
  std::string request;
  // On a connection that is for this one request.
  std::string only_request;
  // Reads what has come since a request was sent. None: the answer is not
  // complete. From any thread.
  std::function<std::optional<Reading>(absl::string_view received)> read;
};

// GET, which is complete by its Content-Length and good with status 200. An
// answer without that header is never complete: nobody could tell.
Protocol Http(absl::string_view path);

// Redis's GET of a string; good: the key is there.
Protocol RedisGet(absl::string_view key);

// memcached's "stats settings"; good: this one is among them. The body is its
// value.
Protocol MemcachedSetting(absl::string_view name);

}  // namespace rollout::load

#endif  // TESTS_LOAD_PROTOCOL_H_
