// SPDX-License-Identifier: Apache-2.0
//
// What people do whose programs are looked after by supervisord, see
// http://supervisord.org: "supervisorctl restart".

#ifndef TESTS_BENCH_PEERS_SUPERVISORD_WAY_H_
#define TESTS_BENCH_PEERS_SUPERVISORD_WAY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/peers/bare_site.h"
#include "tests/bench/peers/way.h"
#include "tests/e2e/process.h"

namespace rollout::bench {

class SupervisordWay : public Way {
 public:
  static absl::StatusOr<std::unique_ptr<Way>> Start(BareSite site);
  ~SupervisordWay() override;

  std::string Target() const override { return site_.Target(); }
  const programs::Version& version() const override { return site_.serving(); }
  absl::StatusOr<pid_t> MainProcess() const override;
  absl::Status Prepare() override;
  absl::StatusOr<absl::Time> Change() override;

 private:
  explicit SupervisordWay(BareSite site) : site_(std::move(site)) {}

  // What supervisord runs: a script that becomes the version made last.
  absl::Status WriteScript() const;
  absl::Status WriteConfiguration() const;
  std::string Configuration() const { return site_.Path("supervisord.conf"); }

  BareSite site_;
  std::unique_ptr<e2e::Process> supervisord_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_SUPERVISORD_WAY_H_
