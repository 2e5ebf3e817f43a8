// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/generation_record.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/decide/phase.h"
#include "base/byte_size.h"
#include "base/proto_time.h"
#include "base/subprocess.h"
#include "base/utf8.h"

namespace rollout::agent {
namespace {

// What the kernel says of a death by SIGKILL.
std::string WantOfMemory(const GenerationRecord& record) {
  if (record.usage.oom_kills() == 0 ||
      !WIFSIGNALED(record.shim.exit_status()) ||
      WTERMSIG(record.shim.exit_status()) != SIGKILL) {
    return "";
  }
  if (record.memory_limit == 0) {
    return " for want of memory: that of the host, or of a control group "
           "around it";
  }
  return absl::StrCat(" for want of memory: limit ",
                      ByteSizeText(record.memory_limit), ", see limits.memory");
}

// Of the one that is spent; null: none is.
const ErrorBudget* SpentBudget(const GenerationRecord& record,
                               absl::Duration now) {
  for (const auto* budget :
       {&record.liveness_budget, &record.readiness_budget}) {
    if (*budget && (*budget)->IsSpent(now)) return &**budget;
  }
  return nullptr;
}

// What is known of why it is not as it should be.
std::string ProblemOf(const GenerationRecord& record, absl::Duration now) {
  if (record.shim.pid() == 0 && record.shim.awaited()) {
    return record.shim.problem();
  }
  if (record.shim.pid() == 0 && record.shim.adopted()) {
    return "its main process ended, in which way nobody told: it was adopted";
  }
  if (record.shim.pid() == 0 && record.shim.exit_untold()) {
    return absl::StrCat("its main process ended, in which way nobody told: ",
                        record.shim.handover() == shim::v1::SIGNAL
                            ? "its predecessor was its parent"
                            : "its shim was lost just then",
                        record.shim.problem().empty() ? "" : "; ",
                        record.shim.problem());
  }
  if (record.shim.pid() == 0) {
    return absl::StrCat(
        "its main process ", DescribeWaitStatus(record.shim.exit_status()),
        WantOfMemory(record), record.shim.problem().empty() ? "" : "; ",
        record.shim.problem());
  }
  if (!record.shim.problem().empty()) return record.shim.problem();
  if (!record.liveness_problem.empty()) return record.liveness_problem;
  const ErrorBudget* spent = SpentBudget(record, now);
  if (spent == nullptr) return record.probe_message;
  return absl::StrCat(
      "more than ", spent->failures(), " answers in ",
      absl::FormatDuration(spent->window()),
      " failed, see errorBudget; the last: ", record.failed_answer);
}

v1::GenerationPhase ToProto(Phase phase) {
  switch (phase) {
    case Phase::kFetching:
      return v1::FETCHING;
    case Phase::kStarting:
      return v1::STARTING;
    case Phase::kListening:
      return v1::LISTENING;
    case Phase::kReady:
      return v1::READY;
    case Phase::kServing:
      return v1::SERVING;
    case Phase::kWarm:
      return v1::WARM;
    case Phase::kDraining:
      return v1::DRAINING;
    case Phase::kExited:
      return v1::EXITED;
    case Phase::kFailed:
      return v1::FAILED_GENERATION;
  }
  return v1::GENERATION_PHASE_UNSPECIFIED;
}

}  // namespace

bool HasServed(const GenerationRecord& record) {
  return record.shim.weight() > 0 || record.shim.times().flip_began_ns() > 0;
}

GenerationView ViewOf(const GenerationRecord& record, absl::Duration now) {
  GenerationView view;
  view.number = static_cast<int64_t>(record.shim.number());
  view.revision = record.shim.revision();
  view.attempt = static_cast<int64_t>(record.shim.attempt());
  view.weight = static_cast<int>(record.shim.weight());
  view.awaited = record.shim.awaited();
  view.alive = record.shim.pid() != 0 || view.awaited;
  // A shim of before gone_ns existed tells only the end.
  view.gone = record.shim.times().gone_ns() > 0 || record.shim.ended();
  view.ended = record.shim.ended();
  // Also when it has ended: that it was asked to tells it from a crash.
  view.draining = record.shim.times().drain_began_ns() > 0;
  view.listens = record.shim.all_endpoints_listen();
  view.ready = record.ready;
  view.unhealthy = !record.liveness_problem.empty();
  view.overspent = SpentBudget(record, now) != nullptr;
  view.has_served = HasServed(record);
  view.failed = !record.failure.empty();
  view.age = now - FromShim(record.shim.times().started_ns());
  view.problem = ProblemOf(record, now);
  return view;
}

v1::GenerationObservation Observe(const GenerationRecord& record,
                                  int64_t attempt, absl::Duration now) {
  const GenerationView view = ViewOf(record, now);
  const Phase phase = PhaseOf(view);
  v1::GenerationObservation observation;
  observation.set_number(view.number);
  observation.set_revision(view.revision);
  // A failure belongs to the attempt it happened in; what is well satisfies
  // whoever asks for its revision now.
  observation.set_attempt(attempt == 0 || view.failed ? view.attempt : attempt);
  observation.set_phase(ToProto(phase));
  observation.set_weight(view.weight);
  observation.set_ready(view.ready);
  observation.set_pid(record.shim.pid());
  observation.set_adopted(record.shim.adopted());
  observation.set_message(ToUtf8(view.failed ? record.failure : view.problem));
  const shim::v1::GenerationTimes& times = record.shim.times();
  if (phase == Phase::kServing && view.weight == 1000 && view.ready) {
    absl::Duration since =
        std::max(FromShim(times.flip_ended_ns()), record.ready_since);
    *observation.mutable_serving_for() = rollout::ToProto(now - since);
  }
  if (record.first_ready > absl::ZeroDuration()) {
    *observation.mutable_startup() =
        rollout::ToProto(record.first_ready - FromShim(times.started_ns()));
  }
  if (record.usage.ByteSizeLong() > 0) {
    *observation.mutable_usage() = record.usage;
  }
  return observation;
}

}  // namespace rollout::agent
