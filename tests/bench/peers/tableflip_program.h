// SPDX-License-Identifier: Apache-2.0
//
// A Go server that upgrades itself with Cloudflare's tableflip.

#ifndef TESTS_BENCH_PEERS_TABLEFLIP_PROGRAM_H_
#define TESTS_BENCH_PEERS_TABLEFLIP_PROGRAM_H_

#include <string>
#include <utility>

#include "tests/programs/program.h"

namespace rollout::bench {

// Its versions are one binary; which one it is stands in a file that it reads
// when it starts: making a version puts it in place.
class TableflipProgram : public programs::Program {
 public:
  // `directory` is for what is built; it exists.
  explicit TableflipProgram(std::string directory)
      : directory_(std::move(directory)) {}

  absl::string_view name() const override { return "tableflip"; }

  absl::StatusOr<programs::Version> Make(int number, absl::string_view address,
                                         int port) override;

 private:
  absl::Status Build() const;
  std::string Binary() const { return directory_ + "/tableflip_server"; }

  const std::string directory_;
  bool built_ = false;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_TABLEFLIP_PROGRAM_H_
