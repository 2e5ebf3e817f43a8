// SPDX-License-Identifier: Apache-2.0

#include "base/sha256.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(Sha256, GivesThePublishedDigests) {
  // FIPS 180-2, appendix B.
  EXPECT_EQ(Sha256Of(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesMakeNoDifference) {
  Sha256 sha256;
  sha256.Add("a");
  sha256.Add("");
  sha256.Add("bc");
  EXPECT_EQ(sha256.Finish(), Sha256Of("abc"));
}

}  // namespace
}  // namespace rollout
