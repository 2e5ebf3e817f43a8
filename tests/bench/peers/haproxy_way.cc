// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/haproxy_way.h"

#include <signal.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {
namespace {

constexpr char kSocket[] = R"(global
    stats socket $0 mode 600 level admin expose-fd listeners
)";

}  // namespace

absl::StatusOr<std::unique_ptr<Way>> HaproxyWay::Start(BareSite site) {
  std::unique_ptr<HaproxyWay> way(new HaproxyWay(std::move(site)));
  const BareSite& there = way->site_;
  RETURN_IF_ERROR(PosixFileSystem().WriteAtomically(
      there.Path("socket.cfg"),
      absl::Substitute(kSocket, there.Path("haproxy.sock"))));
  ASSIGN_OR_RETURN(way->process_, way->StartMade({}));
  if (!programs::WatchFor([&] { return Answers(there); })) {
    return absl::UnavailableError("haproxy does not serve");
  }
  way->site_.SetServing();
  return way;
}

HaproxyWay::~HaproxyWay() = default;

absl::StatusOr<absl::Time> HaproxyWay::Change() {
  const absl::Time command = SystemClock().Now();
  ASSIGN_OR_RETURN(auto next,
                   StartMade({"-x", site_.Path("haproxy.sock"), "-sf",
                              absl::StrCat(process_->pid())}));
  const bool done = programs::WatchFor([&] { return !process_->Running(); });
  process_ = std::move(next);
  if (!done || !process_->Running()) {
    return absl::DeadlineExceededError("haproxy does not reload");
  }
  site_.SetServing();
  return command;
}

absl::StatusOr<std::unique_ptr<e2e::Process>> HaproxyWay::StartMade(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = site_.Command();
  command.insert(command.end(), {"-f", site_.Path("socket.cfg")});
  command.insert(command.end(), arguments.begin(), arguments.end());
  return e2e::Process::Start(command, site_.Path("haproxy.log"),
                             PlainEnvironment());
}

}  // namespace rollout::bench
