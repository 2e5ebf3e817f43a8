// SPDX-License-Identifier: Apache-2.0
//
// A service on the endpoints of one kind, for the tests of what share of the
// clients its generations get.

#ifndef TESTS_AGENT_SHIM_SHARES_FIXTURE_H_
#define TESTS_AGENT_SHIM_SHARES_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/endpoint_fixture.h"

namespace rollout::shim {

// P and Q in the addresses are free ports.
struct Kind {
  const char* name;
  std::vector<std::string> endpoints;
  // Where clients come to.
  std::vector<std::string> targets;
  int listeners = 1;
};

inline std::string Body(uint64_t generation) {
  return absl::StrCat("generation ", generation);
}

class SharesTest : public EndpointTest,
                   public ::testing::WithParamInterface<Kind> {
 protected:
  std::vector<EndpointAddress> Addresses(
      const std::vector<std::string>& texts) {
    std::vector<EndpointAddress> addresses;
    for (std::string text : texts) {
      if (text.back() == 'P') text.replace(text.size() - 1, 1, P());
      if (text.back() == 'Q') text.replace(text.size() - 1, 1, Q());
      addresses.push_back(AddressOf(text));
    }
    return addresses;
  }
  std::string P() const { return absl::StrCat(port_); }
  std::string Q() {
    while (other_port_ == 0 || other_port_ == port_) other_port_ = FreePort();
    return absl::StrCat(other_port_);
  }

  void StartListening(uint64_t generation, const Kind& kind) {
    absl::Status started =
        Start(Server(generation, Addresses(kind.endpoints), kind.listeners));
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitListening(generation)) << State(generation).problem();
    ASSERT_TRUE(Await(generation, [&kind](const v1::Generation& g) {
      return g.listeners() == kind.endpoints.size() * kind.listeners;
    }));
  }

 private:
  uint16_t other_port_ = 0;
};

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_SHARES_FIXTURE_H_
