// SPDX-License-Identifier: Apache-2.0
//
// nginx's own way, see NginxUpgrade.

#ifndef TESTS_BENCH_PEERS_NGINX_WAY_H_
#define TESTS_BENCH_PEERS_NGINX_WAY_H_

#include <memory>
#include <string>

#include "tests/bench/nginx_upgrade.h"
#include "tests/bench/peers/way.h"

namespace rollout::bench {

class NginxWay : public Way {
 public:
  static absl::StatusOr<std::unique_ptr<Way>> Start(NginxSite site,
                                                    UpgradeWay order);

  std::string Target() const override { return nginx_->Target(); }
  const programs::Version& version() const override {
    return nginx_->version();
  }
  absl::StatusOr<pid_t> MainProcess() const override {
    return nginx_->Master();
  }
  // An upgrade puts the version in place before it begins.
  absl::Status Prepare() override { return absl::OkStatus(); }
  absl::StatusOr<absl::Time> Change() override;

 private:
  NginxWay(std::unique_ptr<NginxUpgrade> nginx, UpgradeWay order)
      : nginx_(std::move(nginx)), order_(order) {}

  const std::unique_ptr<NginxUpgrade> nginx_;
  const UpgradeWay order_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_NGINX_WAY_H_
