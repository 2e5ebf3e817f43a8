// SPDX-License-Identifier: Apache-2.0
//
// A service on any kind of endpoints, for the tests of them.

#ifndef TESTS_AGENT_SHIM_ENDPOINT_FIXTURE_H_
#define TESTS_AGENT_SHIM_ENDPOINT_FIXTURE_H_

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/endpoint_address.h"
#include "tests/agent/shim/endpoint_client.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {

class EndpointTest : public ShimTest {
 protected:
  // answering_server on `addresses`, all of them endpoints, with that many
  // sockets on each.
  v1::StartRequest Server(uint64_t generation,
                          const std::vector<EndpointAddress>& addresses,
                          int listeners = 1) {
    // Where any user may execute it.
    const std::string binary = directory_ + "/answering_server";
    std::error_code error;
    std::filesystem::copy_file("tests/programs/answering_server", binary,
                               std::filesystem::copy_options::skip_existing,
                               error);
    EXPECT_FALSE(error) << error.message();
    std::vector<std::string> command = {binary, absl::StrCat(generation),
                                        "--listeners", absl::StrCat(listeners)};
    for (const EndpointAddress& address : addresses) {
      command.push_back(address.ToString());
    }
    v1::StartRequest request = Request(generation, command);
    SetEndpoints(addresses, &request);
    return request;
  }

  static void SetEndpoints(const std::vector<EndpointAddress>& addresses,
                           v1::StartRequest* request) {
    request->clear_endpoints();
    for (const EndpointAddress& address : addresses) {
      v1::Endpoint* endpoint = request->add_endpoints();
      endpoint->set_name(absl::StrCat("e", request->endpoints_size()));
      endpoint->set_address(address.ToString());
    }
  }

  bool AwaitListening(uint64_t generation) {
    return Await(generation, [](const v1::Generation& g) {
      return g.all_endpoints_listen();
    });
  }
};

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_ENDPOINT_FIXTURE_H_
