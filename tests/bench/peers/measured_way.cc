// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/measured_way.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/bench/peers/end_of_process.h"
#include "tests/bench/peers/recorded_load.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {
namespace {

// Between two swaps: some tenths of a second, of a quick program.
constexpr int64_t kAnswersBetween = 1000;

std::string AnswerOf(const Way& way) {
  return std::string(absl::StripAsciiWhitespace(way.version().answer));
}

absl::Status AwaitAnswers(const RecordedLoad& load, const std::string& answer) {
  const int64_t before = load.Count(answer);
  const bool came = programs::WatchFor(
      [&] { return load.Count(answer) - before >= kAnswersBetween; });
  if (came) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat("clients are not answered \"", answer, "\""));
}

absl::StatusOr<Change> ChangeUnder(const RecordedLoad& load, Way& way) {
  Change change;
  RETURN_IF_ERROR(way.Prepare());
  ASSIGN_OR_RETURN(pid_t old, way.MainProcess());
  ASSIGN_OR_RETURN(EndOfProcess end, EndOfProcess::Watch(old));
  ASSIGN_OR_RETURN(change.command, way.Change());
  ASSIGN_OR_RETURN(change.gone, end.Await());
  change.answer = AnswerOf(way);
  RETURN_IF_ERROR(AwaitAnswers(load, change.answer));
  return change;
}

}  // namespace

absl::StatusOr<MeasuredWay> MeasureWay(Way& way, int swaps) {
  ASSIGN_OR_RETURN(auto load,
                   RecordedLoad::Start(way.Target(), way.version().protocol));
  RETURN_IF_ERROR(AwaitAnswers(*load, AnswerOf(way)));
  std::vector<Change> changes;
  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + kTimeForAWay;
  for (int i = 0; i < swaps && clock.Uptime() < end; ++i) {
    ASSIGN_OR_RETURN(Change change, ChangeUnder(*load, way));
    changes.push_back(change);
  }
  load->Stop();
  MeasuredWay measured;
  ASSIGN_OR_RETURN(measured.figures,
                   Compare(load->Requests(), load->Kept(), changes));
  measured.notes = way.Notes();
  measured.failures = load->Failures();
  return measured;
}

}  // namespace rollout::bench
