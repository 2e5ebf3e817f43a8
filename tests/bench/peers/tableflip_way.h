// SPDX-License-Identifier: Apache-2.0
//
// What a program does that was rewritten around a library for this: USR2, then
// all else happens by itself.

#ifndef TESTS_BENCH_PEERS_TABLEFLIP_WAY_H_
#define TESTS_BENCH_PEERS_TABLEFLIP_WAY_H_

#include <memory>
#include <string>
#include <utility>

#include "tests/bench/peers/bare_site.h"
#include "tests/bench/peers/way.h"
#include "tests/e2e/process.h"

namespace rollout::bench {

class TableflipWay : public Way {
 public:
  // Of a TableflipProgram.
  static absl::StatusOr<std::unique_ptr<Way>> Start(BareSite site);
  ~TableflipWay() override;

  std::string Target() const override { return site_.Target(); }
  const programs::Version& version() const override { return site_.serving(); }
  absl::StatusOr<pid_t> MainProcess() const override { return Serving(); }
  absl::Status Prepare() override { return site_.MakeNext(); }
  absl::StatusOr<absl::Time> Change() override;

 private:
  explicit TableflipWay(BareSite site) : site_(std::move(site)) {}

  pid_t Serving() const;
  // It is one that an upgrade has left to us, or the first one.
  bool Ended(pid_t pid);

  BareSite site_;
  // Stays where the first version's is: its command is that of all.
  std::string pid_file_;
  std::unique_ptr<e2e::Process> first_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_TABLEFLIP_WAY_H_
