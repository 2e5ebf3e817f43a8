// SPDX-License-Identifier: Apache-2.0
//
// The servers that the end-to-end tests and the bench swap: programs nobody
// here wrote, each as its makers ship it, with the least of configuration.
//
// Those that speak HTTP answer any path with "version N" (Python: "/", "/ready"
// and "/ready-N") and write a line with the path for every request.

#ifndef TESTS_PROGRAMS_PROGRAM_H_
#define TESTS_PROGRAMS_PROGRAM_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/load/protocol.h"

namespace rollout::programs {

// One version of a program as a plan names it.
struct Version {
  std::string artifact_url;
  std::string sha256;
  // With host values, for ${host.address}:PORT.
  std::vector<std::string> command;
  // Drain signal, without SIG.
  std::string signal = "TERM";
  // As in a manifest.
  std::string handover = "intercept";
  // Further lines of the service, each with its indentation and line break.
  std::string settings;
  // What it is asked to see whether it is ready, as in a manifest. Empty: HTTP.
  std::string readiness;
  // What clients say to it, and what the answer is.
  load::Protocol protocol = load::Http("/");
  std::string answer;
};

// Makes versions of one program. Not thread-safe.
class Program {
 public:
  virtual ~Program() = default;

  virtual absl::string_view name() const = 0;

  // Builds version `number`, to listen on `port` of `address`, and leaves its
  // artifact in the program's work directory.
  virtual absl::StatusOr<Version> Make(int number, absl::string_view address,
                                       int port) = 0;
};

// "python", "nginx", "httpd", "redis", ...: all that there are.
std::vector<std::string> ProgramNames();

// `directory` is for artifacts and build caches; it exists. The sources are
// looked for in tests/programs below the current directory, where Bazel has
// them. NotFound: there is no program of that name.
absl::StatusOr<std::unique_ptr<Program>> MakeProgram(
    absl::string_view name, const std::string& directory);

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_PROGRAM_H_
