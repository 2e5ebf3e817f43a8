// SPDX-License-Identifier: Apache-2.0
//
// One program on a fleet of one host, rolled out version after version over one
// connection: nothing but the swap itself runs on the machine meanwhile.

#ifndef TESTS_BENCH_SWAPPED_SERVICE_H_
#define TESTS_BENCH_SWAPPED_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/rollout/v1/swap.pb.h"
#include "rolloutctl/client.h"
#include "tests/e2e/fleet.h"
#include "tests/programs/program.h"

namespace rollout::bench {

// Not thread-safe.
class SwappedService {
 public:
  // Returns when the first version serves.
  static absl::StatusOr<std::unique_ptr<SwappedService>> Start(
      const std::string& program);

  // Rolls out the next version; returns when the one before it is gone.
  absl::StatusOr<v1::SwapReport> Swap();

  // A version for others on this machine to run, on a port of their own. Its
  // number is none of a swap's.
  absl::StatusOr<programs::Version> MakeOther(int number, int port);

  // The one that serves.
  const programs::Version& version() const { return version_; }

  static std::string Address() { return e2e::Fleet::Address(0); }
  int port() const { return fleet_->port(); }
  // "ADDRESS:PORT".
  std::string Target() const { return fleet_->Target(0); }
  // For anything; goes with the service.
  std::string directory() const { return fleet_->directory(); }

 private:
  SwappedService(std::unique_ptr<e2e::Fleet> fleet,
                 std::unique_ptr<ctl::Client> client,
                 std::unique_ptr<programs::Program> program)
      : fleet_(std::move(fleet)),
        client_(std::move(client)),
        program_(std::move(program)) {}

  const std::unique_ptr<e2e::Fleet> fleet_;
  const std::unique_ptr<ctl::Client> client_;
  const std::unique_ptr<programs::Program> program_;
  // Of the version that serves.
  int number_ = 0;
  programs::Version version_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_SWAPPED_SERVICE_H_
