// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/gunicorn_way.h"

#include <signal.h>

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/bench/daemon.h"
#include "tests/e2e/process.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {
namespace {

// Where BareProgram has it.
std::string DirectoryOf(const programs::Version& version) {
  return std::string(absl::StripSuffix(
      absl::StripPrefix(version.artifact_url, "file://"), ".tar"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Way>> GunicornWay::Start(BareSite site) {
  std::unique_ptr<GunicornWay> way(new GunicornWay(std::move(site)));
  RETURN_IF_ERROR(way->PutInPlace());
  ASSIGN_OR_RETURN(
      auto parent,
      e2e::Process::Start(way->Command(), way->site_.Path("output.log"),
                          PlainEnvironment()));
  const bool up = programs::WatchFor([&] {
    return !parent->Running() && way->Master() != 0 && Answers(way->site_);
  });
  if (!up) return absl::UnavailableError("gunicorn does not start as a daemon");
  way->site_.SetServing();
  return way;
}

GunicornWay::~GunicornWay() { EndDaemon(Master(), SIGTERM); }

absl::Status GunicornWay::Prepare() {
  RETURN_IF_ERROR(site_.MakeNext());
  return PutInPlace();
}

absl::StatusOr<absl::Time> GunicornWay::Change() {
  const pid_t old = Master();
  const absl::Time command = SystemClock().Now();
  kill(old, SIGUSR2);
  bool done =
      programs::WatchFor([&] { return AnswersAs(site_, site_.made()); });
  const pid_t fresh = ReadPid(site_.Path("gunicorn.pid.2"));
  kill(old, SIGWINCH);
  done = programs::WatchFor([&] { return !HasChildren(old, fresh); }) && done;
  kill(old, SIGQUIT);
  done = programs::WatchFor([&] { return HasEnded(old); }) && done;
  // The new master takes over the file; it takes no USR2 before.
  done = programs::WatchFor([&] { return Master() == fresh; }) && done;
  if (!done) return absl::DeadlineExceededError("gunicorn does not upgrade");
  site_.SetServing();
  return command;
}

std::vector<std::string> GunicornWay::Command() const {
  std::vector<std::string> command;
  for (const std::string& word : site_.Command()) {
    if (word == DirectoryOf(site_.made())) {
      command.push_back(site_.Path("current"));
    } else if (word == "-") {
      command.push_back(site_.Path("access.log"));
    } else {
      command.push_back(word);
    }
  }
  command.insert(command.begin() + 1,
                 {"--daemon", "--pid", site_.Path("gunicorn.pid")});
  return command;
}

absl::Status GunicornWay::PutInPlace() const {
  std::error_code error;
  const std::string fresh = site_.Path("current.new");
  std::filesystem::create_symlink(DirectoryOf(site_.made()), fresh, error);
  if (!error) std::filesystem::rename(fresh, site_.Path("current"), error);
  if (!error) return absl::OkStatus();
  return absl::InternalError("link to the version: " + error.message());
}

pid_t GunicornWay::Master() const {
  return ReadPid(site_.Path("gunicorn.pid"));
}

}  // namespace rollout::bench
