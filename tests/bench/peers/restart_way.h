// SPDX-License-Identifier: Apache-2.0
//
// What anybody does with any program: it is stopped by its signal, and when it
// has ended the next version is started.

#ifndef TESTS_BENCH_PEERS_RESTART_WAY_H_
#define TESTS_BENCH_PEERS_RESTART_WAY_H_

#include <memory>
#include <string>
#include <utility>

#include "tests/bench/peers/bare_site.h"
#include "tests/bench/peers/way.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {

class RestartWay : public Way {
 public:
  static absl::StatusOr<std::unique_ptr<Way>> Start(BareSite site);
  ~RestartWay() override;

  std::string Target() const override { return site_.Target(); }
  const programs::Version& version() const override { return site_.serving(); }
  absl::StatusOr<pid_t> MainProcess() const override { return running_->pid(); }
  absl::Status Prepare() override { return site_.MakeNext(); }
  absl::StatusOr<absl::Time> Change() override;

 private:
  explicit RestartWay(BareSite site) : site_(std::move(site)) {}
  absl::Status StartMade();

  BareSite site_;
  std::unique_ptr<programs::BareProgram> running_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_RESTART_WAY_H_
