// SPDX-License-Identifier: Apache-2.0
//
// gunicorn's own way, as docs.gunicorn.org has it ("Upgrading to a new binary
// on the fly"): USR2 makes the master start a new one on the same sockets,
// WINCH ends the old one's workers, QUIT the old master.

#ifndef TESTS_BENCH_PEERS_GUNICORN_WAY_H_
#define TESTS_BENCH_PEERS_GUNICORN_WAY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/peers/bare_site.h"
#include "tests/bench/peers/way.h"

namespace rollout::bench {

// A daemon: any other ignores WINCH.
class GunicornWay : public Way {
 public:
  static absl::StatusOr<std::unique_ptr<Way>> Start(BareSite site);
  ~GunicornWay() override;

  std::string Target() const override { return site_.Target(); }
  const programs::Version& version() const override { return site_.serving(); }
  absl::StatusOr<pid_t> MainProcess() const override { return Master(); }
  absl::Status Prepare() override;
  // The old master's workers get WINCH once the new version has answered.
  absl::StatusOr<absl::Time> Change() override;

 private:
  explicit GunicornWay(BareSite site) : site_(std::move(site)) {}

  std::vector<std::string> Command() const;
  // Leads the link that gunicorn looks its application up by to the version
  // made last.
  absl::Status PutInPlace() const;
  pid_t Master() const;

  BareSite site_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_GUNICORN_WAY_H_
