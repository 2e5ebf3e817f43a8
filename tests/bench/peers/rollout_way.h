// SPDX-License-Identifier: Apache-2.0
//
// Ours: a fleet of one host, and a rollout for each version.

#ifndef TESTS_BENCH_PEERS_ROLLOUT_WAY_H_
#define TESTS_BENCH_PEERS_ROLLOUT_WAY_H_

#include <memory>
#include <string>
#include <utility>

#include "tests/bench/peers/way.h"
#include "tests/bench/program_swaps.h"
#include "tests/bench/swapped_service.h"

namespace rollout::bench {

class RolloutWay : public Way {
 public:
  // A program of tests/programs.
  static absl::StatusOr<std::unique_ptr<Way>> Start(const std::string& program);

  std::string Target() const override { return service_->Target(); }
  const programs::Version& version() const override {
    return service_->version();
  }
  absl::StatusOr<pid_t> MainProcess() const override;
  // A rollout brings the version with it.
  absl::Status Prepare() override { return absl::OkStatus(); }
  // The command is the agent's own: the assignment is there, and the artifact
  // has been fetched.
  absl::StatusOr<absl::Time> Change() override;
  std::string Notes() const override;

 private:
  explicit RolloutWay(std::unique_ptr<SwappedService> service)
      : service_(std::move(service)) {}

  const std::unique_ptr<SwappedService> service_;
  Phases phases_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_ROLLOUT_WAY_H_
