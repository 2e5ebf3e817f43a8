// SPDX-License-Identifier: Apache-2.0

#include "tests/load/protocol.h"

#include "gtest/gtest.h"

namespace rollout::load {
namespace {

TEST(Protocol, ReadsAnAnswer) {
  struct Case {
    const char* name;
    Protocol protocol;
    absl::string_view received;
    // Expected; a size of 0: not complete.
    size_t size;
    bool good;
    bool last;
    absl::string_view body;
  };
  const Protocol http = Http("/");
  const Protocol redis = RedisGet("version");
  const Protocol memcached = MemcachedSetting("maxconns");
  const Case kCases[] = {
      {"nothing", http, "", 0, false, false, ""},
      {"a whole answer", http, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
       40, true, false, "hi"},
      {"a half one", http, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", 0,
       false, false, ""},
      {"no length", http, "HTTP/1.1 200 OK\r\n\r\nhi", 0, false, false, ""},
      {"another status", http, "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno",
       40, false, false, "no"},
      {"the last one", http,
       "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", 57,
       true, true, ""},
      {"HTTP/1.0", http, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 38,
       true, true, ""},
      {"more than was asked for", http,
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhi", 39, true, false, "h"},

      {"a value", redis, "$9\r\nversion 7\r\n", 15, true, false, "version 7"},
      {"half of a value", redis, "$9\r\nversion", 0, false, false, ""},
      {"half of its length", redis, "$9", 0, false, false, ""},
      {"no such key", redis, "$-1\r\n", 5, false, false, ""},
      {"another error", redis, "-LOADING wait\r\n", 15, false, false, ""},

      {"the setting", memcached,
       "STAT maxbytes 64\r\nSTAT maxconns 7\r\nEND\r\n", 40, true, false, "7"},
      {"cut", memcached, "STAT maxbytes 64\r\nSTAT maxconns 7\r\n", 0, false,
       false, ""},
      {"another setting", memcached, "STAT maxbytes 64\r\nEND\r\n", 23, false,
       false, ""},
      {"not understood", memcached, "ERROR\r\n", 7, false, false, ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    std::optional<Reading> reading = c.protocol.read(c.received);
    EXPECT_EQ(reading.has_value(), c.size > 0);
    if (!reading) continue;
    EXPECT_EQ(reading->size, c.size);
    EXPECT_EQ(reading->good, c.good);
    EXPECT_EQ(reading->last, c.last);
    EXPECT_EQ(reading->body, c.body);
  }
}

}  // namespace
}  // namespace rollout::load
