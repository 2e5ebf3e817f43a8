// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/removal_watch.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "base/backoff.h"
#include "rolloutctl/render/change_lines.h"
#include "rolloutctl/render/words.h"

namespace rollout::ctl {
namespace {

constexpr absl::Duration kMostSilence = absl::Minutes(2);
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLongestWait = absl::Seconds(5);

}  // namespace

RemovalWatch::RemovalWatch(Client& client, Session& session, std::string plan,
                           absl::Duration timeout)
    : client_(client),
      session_(session),
      plan_(std::move(plan)),
      timeout_(timeout),
      started_(session.clock.Uptime()),
      heard_(started_) {}

absl::StatusOr<ExitCode> RemovalWatch::Run() {
  v1::WatchRequest request;
  request.set_plan(plan_);
  Backoff backoff(kFirstWait, kLongestWait);
  absl::BitGen random;
  for (;;) {
    bool removing = true;
    absl::Status ended =
        client_.Watch(request, Remaining(), [&](const v1::PlanStatus& status) {
          return removing = OnStatus(status);
        });
    // Another plan of that name may be there by now.
    if (!removing || absl::IsNotFound(ended)) return Conclude();
    if (Remaining() <= absl::ZeroDuration() ||
        absl::IsDeadlineExceeded(ended)) {
      return TimeOut();
    }
    if (!MayRetry(ended)) return ended;
    absl::SleepFor(std::min(backoff.Next(random), Remaining()));
  }
}

absl::Duration RemovalWatch::Remaining() const {
  return timeout_ - (session_.clock.Uptime() - started_);
}

bool RemovalWatch::OnStatus(const v1::PlanStatus& status) {
  heard_ = session_.clock.Uptime();
  if (!status.has_removal()) return false;
  for (const std::string& line : render::ChangeLines(status_, status)) {
    session_.console.out << line << std::endl;
  }
  status_ = status;
  return true;
}

bool RemovalWatch::MayRetry(const absl::Status& status) const {
  // OK: a controller that stops ends its streams well.
  bool lost = status.ok() || absl::IsUnavailable(status);
  return lost && session_.clock.Uptime() - heard_ < kMostSilence;
}

ExitCode RemovalWatch::Conclude() {
  session_.console.out << plan_ << " is gone\n";
  return ExitCode::kDone;
}

ExitCode RemovalWatch::TimeOut() {
  session_.console.err << "rolloutctl: " << plan_ << " is not gone after "
                       << render::Took(timeout_) << ": " << status_.hosts_size()
                       << " hosts are left; see: rolloutctl why " << plan_
                       << "\n";
  return ExitCode::kTimedOut;
}

}  // namespace rollout::ctl
