// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/bare_program.h"

#include <signal.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/load/conversation.h"

namespace rollout::programs {
namespace {

// Longer than the 30 s after which gunicorn kills a worker that was just born,
// and not yet able to catch the signal.
constexpr absl::Duration kLimit = absl::Seconds(60);
// Much shorter than anything that is measured.
constexpr absl::Duration kBetweenLooks = absl::Microseconds(200);

// What the agent would put in for host values. An archive was unpacked beside
// itself when it was made.
std::string Expand(std::string word, const Version& version,
                   const BarePlace& place) {
  absl::string_view artifact =
      absl::StripPrefix(version.artifact_url, "file://");
  absl::StrReplaceAll(
      {{"${host.address}", place.address},
       {"${artifact}", std::string(absl::StripSuffix(artifact, ".tar"))},
       {"${generation.dir}", place.directory}},
      &word);
  return word;
}

bool Answers(const std::string& target, const load::Protocol& protocol) {
  auto peer = load::MakePeer(target, absl::Seconds(2));
  if (!peer.ok()) return false;
  load::Conversation conversation(*peer, protocol);
  return conversation.Ask(protocol.only_request).outcome == load::Outcome::kOk;
}

int SignalNumber(const std::string& name) {
  if (name == "QUIT") return SIGQUIT;
  if (name == "USR1") return SIGUSR1;
  if (name == "WINCH") return SIGWINCH;
  if (name == "INT") return SIGINT;
  return SIGTERM;
}

}  // namespace

BareProgram::BareProgram(const Version& version, BarePlace place)
    : place_(std::move(place)),
      signal_(SignalNumber(version.signal)),
      protocol_(version.protocol) {
  for (const std::string& word : version.command) {
    command_.push_back(Expand(word, version, place_));
  }
}

std::string BareProgram::Target() const {
  return absl::StrCat(place_.address, ":", place_.port);
}

absl::StatusOr<absl::Duration> BareProgram::Start() {
  const SystemClock clock;
  const absl::Duration began = clock.Uptime();
  // As the shim would: variables of whoever runs this slow some programs down.
  ASSIGN_OR_RETURN(
      process_,
      e2e::Process::Start(command_, log(),
                          {{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                            "/usr/bin:/sbin:/bin"}}));
  bool up = WatchFor(
      [this] { return Answers(Target(), protocol_) || !process_->Running(); });
  if (up && process_->Running()) return clock.Uptime() - began;
  return absl::UnavailableError(
      absl::StrCat(command_[0], " does not serve: see ", log()));
}

absl::StatusOr<absl::Duration> BareProgram::Stop() {
  const SystemClock clock;
  const absl::Duration began = clock.Uptime();
  process_->Signal(signal_);
  if (!WatchFor([this] { return !process_->Running(); })) {
    return absl::DeadlineExceededError(
        absl::StrCat(command_[0], " does not end at its signal"));
  }
  return clock.Uptime() - began;
}

bool WatchFor(const std::function<bool()>& condition) {
  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + kLimit;
  while (!condition()) {
    if (clock.Uptime() > end) return false;
    absl::SleepFor(kBetweenLooks);
  }
  return true;
}

}  // namespace rollout::programs
