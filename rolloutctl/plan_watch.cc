// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/plan_watch.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/backoff.h"
#include "rolloutctl/render/change_lines.h"
#include "rolloutctl/render/status_tree.h"
#include "rolloutctl/render/words.h"

namespace rollout::ctl {
namespace {

constexpr absl::Duration kMostSilence = absl::Minutes(2);
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLongestWait = absl::Seconds(5);

bool IsFinal(v1::RolloutPhase phase) {
  return phase != v1::ROLLOUT_PHASE_UNSPECIFIED && phase != v1::PROGRESSING &&
         phase != v1::ROLLING_BACK;
}

}  // namespace

PlanWatch::PlanWatch(Client& client, Session& session, WatchSettings settings)
    : client_(client),
      session_(session),
      settings_(std::move(settings)),
      started_(session.clock.Uptime()) {
  if (settings_.format == render::Format::kTable &&
      session.console.window().has_value()) {
    live_.emplace(session.console, session.clock);
  }
}

absl::StatusOr<ExitCode> PlanWatch::Run() {
  v1::WatchRequest request;
  request.set_plan(settings_.plan);
  request.set_until_finished(true);
  Backoff backoff(kFirstWait, kLongestWait);
  absl::BitGen random;
  for (;;) {
    absl::Duration heard_before = heard_;
    absl::Status ended = client_.Watch(
        request, Remaining(),
        [this](const v1::PlanStatus& status) { return OnStatus(status); });
    if (IsOver()) return Conclude();
    if (auto wait = Waiting()) return EndWaiting(*wait);
    if (Remaining() <= absl::ZeroDuration() ||
        absl::IsDeadlineExceeded(ended)) {
      return TimeOut();
    }
    if (!MayRetry(ended)) return ended;
    ShowLoss(ended);
    if (heard_ != heard_before) backoff.Reset();
    absl::SleepFor(std::min(backoff.Next(random), Remaining()));
  }
}

absl::Duration PlanWatch::Remaining() const {
  return settings_.timeout - (session_.clock.Uptime() - started_);
}

bool PlanWatch::OnStatus(const v1::PlanStatus& status) {
  heard_ = session_.clock.Uptime();
  Show(status);
  status_ = status;
  any_ = true;
  return !IsOver() && !Waiting().has_value();
}

void PlanWatch::Show(const v1::PlanStatus& status) {
  std::ostream& out = session_.console.out;
  if (live_.has_value()) {
    live_->Show(status);
  } else if (settings_.format != render::Format::kTable) {
    out << render::Structured(status, {settings_.format, "", true})
        << std::flush;
  } else {
    std::string time = absl::FormatTime("%H:%M:%SZ ", session_.clock.Now(),
                                        absl::UTCTimeZone());
    for (const std::string& line : render::ChangeLines(status_, status)) {
      out << time << line << std::endl;
    }
  }
}

void PlanWatch::ShowLoss(const absl::Status& status) {
  std::string note =
      absl::StrCat("lost the controller, trying again: ",
                   status.ok() ? "it closed the stream" : status.message());
  if (live_.has_value()) {
    live_->Note(note);
  } else {
    session_.console.err << "rolloutctl: " << note << std::endl;
  }
}

bool PlanWatch::IsOver() const {
  const v1::Rollout& rollout = status_.rollout();
  if (!any_ || rollout.number() < settings_.rollout) return false;
  if (rollout.number() == 0) return true;
  bool newer = settings_.rollout != 0 && rollout.number() > settings_.rollout;
  return newer || IsFinal(rollout.phase());
}

std::optional<PeopleWait> PlanWatch::Waiting() const {
  const v1::Rollout& rollout = status_.rollout();
  if (!settings_.exit_on_wait || rollout.number() < settings_.rollout) {
    return std::nullopt;
  }
  return PeopleWaitOf(rollout);
}

bool PlanWatch::MayRetry(const absl::Status& status) const {
  // OK: a controller that stops ends its streams well.
  bool lost = status.ok() || absl::IsUnavailable(status);
  return any_ && lost && session_.clock.Uptime() - heard_ < kMostSilence;
}

ExitCode PlanWatch::Conclude() {
  live_.reset();
  const v1::Rollout& rollout = status_.rollout();
  std::ostream& err = session_.console.err;
  if (settings_.rollout != 0 && rollout.number() > settings_.rollout) {
    err << "rolloutctl: rollout " << settings_.rollout << " of "
        << settings_.plan << " was superseded by rollout " << rollout.number()
        << "\n";
    return ExitCode::kSuperseded;
  }
  if (rollout.number() == 0 || rollout.phase() == v1::COMPLETE) {
    return ExitCode::kDone;
  }
  err << "rolloutctl: " << render::RolloutLine(status_) << "\n";
  switch (rollout.phase()) {
    case v1::ROLLED_BACK:
    case v1::ABORTED:
      return ExitCode::kRolledBack;
    case v1::SUPERSEDED:
      return ExitCode::kSuperseded;
    default:
      return ExitCode::kRolloutFailed;
  }
}

ExitCode PlanWatch::EndWaiting(const PeopleWait& wait) {
  live_.reset();
  session_.console.err << "rolloutctl: "
                       << render::Printable(absl::StrCat(
                              "rollout ", status_.rollout().number(), " of ",
                              settings_.plan, " ", wait.text))
                       << "\n";
  return wait.code;
}

ExitCode PlanWatch::TimeOut() {
  live_.reset();
  session_.console.err << "rolloutctl: not over after "
                       << render::Took(settings_.timeout) << ": "
                       << (any_ ? render::RolloutLine(status_)
                                : "nothing heard of " + settings_.plan)
                       << "\n";
  return ExitCode::kTimedOut;
}

}  // namespace rollout::ctl
