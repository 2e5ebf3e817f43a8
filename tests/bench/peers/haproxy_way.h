// SPDX-License-Identifier: Apache-2.0
//
// HAProxy's own way: a new process takes the listeners from the old one over
// its statistics socket (-x), and tells it to finish (-sf).

#ifndef TESTS_BENCH_PEERS_HAPROXY_WAY_H_
#define TESTS_BENCH_PEERS_HAPROXY_WAY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/peers/bare_site.h"
#include "tests/bench/peers/way.h"
#include "tests/e2e/process.h"

namespace rollout::bench {

class HaproxyWay : public Way {
 public:
  static absl::StatusOr<std::unique_ptr<Way>> Start(BareSite site);
  ~HaproxyWay() override;

  std::string Target() const override { return site_.Target(); }
  const programs::Version& version() const override { return site_.serving(); }
  absl::StatusOr<pid_t> MainProcess() const override { return process_->pid(); }
  absl::Status Prepare() override { return site_.MakeNext(); }
  absl::StatusOr<absl::Time> Change() override;

 private:
  explicit HaproxyWay(BareSite site) : site_(std::move(site)) {}

  // The version made last, with these arguments beside its own.
  absl::StatusOr<std::unique_ptr<e2e::Process>> StartMade(
      const std::vector<std::string>& arguments) const;

  BareSite site_;
  std::unique_ptr<e2e::Process> process_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_HAPROXY_WAY_H_
