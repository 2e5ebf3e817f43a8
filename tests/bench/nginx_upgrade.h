// SPDX-License-Identifier: Apache-2.0
//
// The peer: nginx's own way to change its binary without losing a connection,
// as nginx.org has it ("Upgrading Executable on the Fly"). USR2 makes the
// master start a new one on the same sockets; WINCH ends the old one's workers,
// QUIT the old master. In between one looks whether the new one is any good:
// old and new share the port, so which of them answers is up to chance.

#ifndef TESTS_BENCH_NGINX_UPGRADE_H_
#define TESTS_BENCH_NGINX_UPGRADE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/program_swaps.h"
#include "tests/bench/spread.h"
#include "tests/programs/bare_program.h"
#include "tests/programs/program.h"

namespace rollout::bench {

enum class UpgradeWay {
  // As safe as a swap, the old one goes once the new version has answered:
  // USR2, an answer, WINCH, no old worker left, QUIT.
  kChecked,
  // As nginx.org orders them: USR2, WINCH, no old worker left, an answer, QUIT.
  // If the new version is bad, clients are the first to know.
  kDocumented,
  // USR2, and QUIT as soon as the new master has workers, whether they answer
  // or not. There is no way back.
  kBlind,
};

// Where it runs, and what makes its versions for there.
struct NginxSite {
  programs::BarePlace place;
  std::function<absl::StatusOr<programs::Version>(int number)> make;
};

// An nginx as a daemon. Not thread-safe.
class NginxUpgrade {
 public:
  static absl::StatusOr<std::unique_ptr<NginxUpgrade>> Start(NginxSite site);
  // Ends it.
  ~NginxUpgrade();
  NginxUpgrade(const NginxUpgrade&) = delete;
  NginxUpgrade& operator=(const NginxUpgrade&) = delete;

  // From USR2, the new version in place, to the end of the old master.
  absl::StatusOr<absl::Duration> Upgrade(UpgradeWay way);

  std::string Target() const;
  // The newest version, which serves.
  const programs::Version& version() const { return version_; }
  // The process of the one that serves.
  pid_t Master() const;

 private:
  explicit NginxUpgrade(NginxSite site) : site_(std::move(site)) {}

  const std::string& directory() const { return site_.place.directory; }
  // Puts the next version in the place of the last.
  absl::Status PutInPlace();
  // The newest version has answered.
  bool Answers() const;

  const NginxSite site_;
  int number_ = 0;
  programs::Version version_;
};

// Swaps and upgrades by turns, on one machine.
struct NginxFigures {
  Phases swap_phases;
  // From where the new version is on the host, as for an upgrade.
  Spread swap;
  Spread checked;
  Spread documented;
  Spread blind;
  // Clients' requests, in all of them.
  int64_t failed = 0;
  int64_t requests = 0;
};

// `clients` ask whichever is measured as fast as they can, a connection per
// request; 0: nobody does.
absl::StatusOr<NginxFigures> MeasureNginx(int times, int clients);

std::string NginxTitle();
std::string NginxRows(const std::string& label, const NginxFigures& figures);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_NGINX_UPGRADE_H_
