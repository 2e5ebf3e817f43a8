// SPDX-License-Identifier: Apache-2.0
//
// Servers on other endpoints than a TCP port, as their makers ship them.
//
// Those on a Unix socket answer any path with "version N" in HTTP; "udp_echo"
// as udp_echo.py says; "dnsmasq" has the text "version N" in its DNS records of
// version.test.

#ifndef TESTS_PROGRAMS_ENDPOINT_PROGRAM_H_
#define TESTS_PROGRAMS_ENDPOINT_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/programs/program.h"

namespace rollout::programs {

struct EndpointProgram {
  std::string name;
  // The parts of a manifest that are its own, in flow style.
  std::string endpoints;
  std::string readiness;
};

// Where the programs find their endpoints.
struct EndpointPlace {
  // Exists; for artifacts and for the socket, below "run".
  std::string directory;
  // With ${host.address} free for TCP and UDP.
  int port = 0;

  std::string path() const { return directory + "/run/app.sock"; }
};

// "nginx_path", "gunicorn_path", "udp_echo", "dnsmasq".
std::vector<std::string> EndpointProgramNames();

// `name` is one of these.
EndpointProgram DescribeEndpointProgram(absl::string_view name,
                                        const EndpointPlace& place);

// Builds version `number`, and leaves its artifact below the directory.
absl::StatusOr<Version> MakeEndpointVersion(absl::string_view name, int number,
                                            const EndpointPlace& place);

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_ENDPOINT_PROGRAM_H_
