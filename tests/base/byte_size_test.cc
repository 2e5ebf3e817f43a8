// SPDX-License-Identifier: Apache-2.0

#include "base/byte_size.h"

#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(ParseByteSize, TakesWhatPeopleWrite) {
  struct Case {
    const char* text;
    uint64_t bytes;
  };
  const Case kCases[] = {
      {"0", 0},
      {"4096", 4096},
      {"16Ki", 16 << 10},
      {"512Mi", 512 << 20},
      {"1.5Gi", uint64_t{1536} << 20},
      {"2Ti", uint64_t{2} << 40},
      {"200k", 200000},
      {"200M", 200000000},
      {"1G", 1000000000},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto bytes = ParseByteSize(c.text);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_EQ(*bytes, c.bytes);
  }
}

TEST(ParseByteSize, RefusesTheRest) {
  for (const char* text : {"", "Mi", "-1Mi", "1.2.3Gi", "1 Gi", "1mi", "1MB",
                           "inf", "1e9", "9999999Ti", "0x10"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(ParseByteSize(text).ok());
  }
}

TEST(ByteSizeText, IsShort) {
  struct Case {
    uint64_t bytes;
    const char* text;
  };
  const Case kCases[] = {
      {0, "0"},
      {1023, "1023"},
      {1024, "1Ki"},
      {512 << 20, "512Mi"},
      {uint64_t{1536} << 20, "1.5Gi"},
      {432013312, "412Mi"},
      {uint64_t{3} << 40, "3Ti"},
  };
  for (const Case& c : kCases) EXPECT_EQ(ByteSizeText(c.bytes), c.text);
}

}  // namespace
}  // namespace rollout
