// SPDX-License-Identifier: Apache-2.0
//
// Where a way that is not ours runs a program: an address, a port of the
// kernel's choice, a directory, and version after version, each with a place
// below that.

#ifndef TESTS_BENCH_PEERS_BARE_SITE_H_
#define TESTS_BENCH_PEERS_BARE_SITE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/programs/bare_program.h"
#include "tests/programs/program.h"

namespace rollout::bench {

// Not thread-safe.
class BareSite {
 public:
  // With the first version made. `directory` is made; what the site leaves
  // there is the caller's to remove.
  static absl::StatusOr<BareSite> Make(
      std::unique_ptr<programs::Program> program, const std::string& directory);

  absl::Status MakeNext();
  // The version made last.
  const programs::Version& made() const { return made_; }
  // As BareProgram would start it.
  std::vector<std::string> Command() const;

  // The version made last serves now.
  void SetServing() { serving_ = made_; }
  const programs::Version& serving() const { return serving_; }

  // Of the version made last.
  const programs::BarePlace& place() const { return place_; }
  std::string Target() const;
  // For what is of no version.
  const std::string& directory() const { return directory_; }
  std::string Path(const std::string& name) const {
    return directory_ + "/" + name;
  }

 private:
  BareSite(std::unique_ptr<programs::Program> program, std::string directory)
      : program_(std::move(program)), directory_(std::move(directory)) {}

  std::unique_ptr<programs::Program> program_;
  std::string directory_;
  programs::BarePlace place_;
  int number_ = 0;
  programs::Version made_;
  programs::Version serving_;
};

// Some version of what is there answers.
bool Answers(const BareSite& site);
// That one does.
bool AnswersAs(const BareSite& site, const programs::Version& version);

// The variables that programs are started with: those of whoever runs this slow
// some of them down.
std::vector<std::string> PlainEnvironment();

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_BARE_SITE_H_
