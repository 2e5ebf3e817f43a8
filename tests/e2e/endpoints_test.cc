// SPDX-License-Identifier: Apache-2.0
//
// Servers on Unix sockets and on UDP, each swapped twenty times under load.

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "base/endpoint_address.h"
#include "gtest/gtest.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/swaps_under_load.h"
#include "tests/load/connection_load.h"
#include "tests/load/datagram_question.h"
#include "tests/load/http_get.h"
#include "tests/programs/endpoint_program.h"

namespace rollout::e2e {
namespace {

constexpr int kClients = 16;
constexpr absl::Duration kAnswerLimit = absl::Seconds(10);

constexpr char kManifest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata: {name: web}
spec:
  hosts: {matchLabels: {role: web}}
  service:
    artifact: {url: "$0", sha256: "$1"}
    command: [$2]
    endpoints: $3
    readiness: $4
    drain: {signal: $5, timeout: 20s}
    startupTimeout: 15s
  strategy:
    minReady: $6
    hostDeadline: 60s
    progressDeadline: 120s
    keepWarm: 1m
)";

std::string Manifest(const programs::EndpointProgram& program,
                     const programs::Version& version) {
  std::string command = absl::StrJoin(
      version.command, ", ", [](std::string* out, const std::string& word) {
        absl::StrAppend(out, "\"", word, "\"");
      });
  return absl::Substitute(kManifest, version.artifact_url, version.sha256,
                          command, program.endpoints, program.readiness,
                          version.signal, absl::FormatDuration(kMinReady));
}

class Endpoints : public ::testing::TestWithParam<std::string> {
 protected:
  // How its clients ask it.
  static absl::StatusOr<std::function<load::Answer()>> Client(
      const programs::EndpointPlace& place, const std::string& target) {
    if (GetParam() == "udp_echo" || GetParam() == "dnsmasq") {
      auto address = EndpointAddress::Parse(target);
      if (!address.ok()) return address.status();
      load::DatagramQuestion question(*address->ip(),
                                      GetParam() == "dnsmasq"
                                          ? load::DnsTextForm("version.test")
                                          : load::EchoForm(),
                                      kAnswerLimit);
      return std::function<load::Answer()>(
          [question] { return question.Ask(); });
    }
    auto get = load::HttpGet::Create("unix:" + place.path(), "/", kAnswerLimit);
    if (!get.ok()) return get.status();
    return std::function<load::Answer()>([get = *get] { return get.Ask(); });
  }
};

TEST_P(Endpoints, SwapsUnderLoad) {
  auto fleet = Fleet::Start(1);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  const programs::EndpointPlace place{(*fleet)->directory(), (*fleet)->port()};
  const auto program = programs::DescribeEndpointProgram(GetParam(), place);
  const Operator& operate = (*fleet)->operate();
  const int swaps_of_each = SwapsOfEach();
  auto swap_to = [&](int number) {
    SCOPED_TRACE(number);
    auto version = programs::MakeEndpointVersion(GetParam(), number, place);
    ASSERT_TRUE(version.ok()) << version.status();
    RollOut(operate, Manifest(program, *version));
  };
  ASSERT_NO_FATAL_FAILURE(swap_to(1));

  auto client = Client(place, (*fleet)->Target(0));
  ASSERT_TRUE(client.ok()) << client.status();
  auto load = load::ConnectionLoad::Start(*client, kClients);
  for (int swap = 1; swap <= swaps_of_each; ++swap) {
    ASSERT_NO_FATAL_FAILURE(swap_to(swap + 1));
    auto ended = AwaitSwaps(operate, "web", swap);
    ASSERT_TRUE(ended.ok()) << ended.status();
  }
  load->Stop();
  ExpectContinuity(GetParam(), load->Result(), operate, swaps_of_each);
}

INSTANTIATE_TEST_SUITE_P(Programs, Endpoints,
                         ::testing::ValuesIn(programs::EndpointProgramNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::e2e
