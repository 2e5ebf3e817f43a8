// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/swap_recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "agent/reconcile/kernel_counters.h"
#include "base/checked_file.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "base/utf8.h"

namespace rollout::agent {
namespace {

// Final reports of one service on disk while no controller takes them: a crash
// loop makes one after the other.
constexpr size_t kMostKept = 100;

// `to` - `from`, once both have happened.
void SetSpan(uint64_t from, uint64_t to, google::protobuf::Duration* span) {
  if (from > 0 && to >= from) *span = ToProto(FromShim(to - from));
}

void FillStart(const GenerationRecord& record, v1::SwapTimings* timings) {
  const shim::v1::GenerationTimes& times = record.shim.times();
  if (times.listening_ns() > 0) {
    SetSpan(times.started_ns(), times.listening_ns(),
            timings->mutable_listen());
  }
  if (record.first_ready > absl::ZeroDuration()) {
    *timings->mutable_startup() =
        ToProto(record.first_ready - FromShim(times.started_ns()));
  }
  if (record.shim.handover() == shim::v1::SIGNAL && times.listening_ns() > 0) {
    SetSpan(times.started_ns(), times.listening_ns(),
            timings->mutable_succession());
  }
  if (times.flip_ended_ns() > 0) {
    SetSpan(times.flip_began_ns(), times.flip_ended_ns(),
            timings->mutable_flip());
  }
  if (times.hold_began_ns() > 0) {
    SetSpan(times.hold_began_ns(), times.flip_ended_ns(),
            timings->mutable_held());
  }
}

void FillEnd(const shim::v1::Generation& old, absl::Duration began,
             absl::Duration flip_began, v1::SwapTimings* timings) {
  const shim::v1::GenerationTimes& times = old.times();
  if (times.queue_empty_ns() == 0) return;
  absl::Duration switched = FromShim(times.queue_empty_ns());
  // One that had to be gone before the new one came never met its clients.
  *timings->mutable_switchover() =
      ToProto(std::max(switched - flip_began, absl::ZeroDuration()));
  if (times.signalled_ns() > 0) {
    SetSpan(times.drain_began_ns(), times.signalled_ns(),
            timings->mutable_wait());
  }
  if (!old.ended()) return;
  // An older shim does not tell them apart.
  const uint64_t gone =
      times.gone_ns() > 0 ? times.gone_ns() : times.ended_ns();
  SetSpan(std::max(times.signalled_ns(), times.drain_began_ns()), gone,
          timings->mutable_exit());
  // Without the time it was kept warm: from the flip to the drain. One that
  // died meanwhile was not drained.
  absl::Duration leaving;
  if (times.drain_began_ns() > 0) {
    leaving =
        FromShim(gone) - std::max(FromShim(times.drain_began_ns()), flip_began);
    leaving = std::max(leaving, absl::ZeroDuration());
  }
  // A hold begins with the old one's end, and ends with the flip.
  *timings->mutable_total() = ToProto(
      std::max(flip_began - began + leaving, FromProto(timings->held())));
}

const GenerationRecord* Find(
    const std::map<int64_t, GenerationRecord>& generations, int64_t number) {
  auto found = generations.find(number);
  return found == generations.end() ? nullptr : &found->second;
}

// The new generation has left, because it was asked to.
bool IsOver(const GenerationRecord* fresh) {
  return fresh == nullptr ||
         (fresh->shim.ended() && fresh->shim.times().drain_began_ns() > 0);
}

}  // namespace

std::string ReportPath(const std::string& state_directory,
                       const std::string& id) {
  return absl::StrCat(state_directory, "/reports/",
                      absl::StrReplaceAll(id, {{"/", "@"}}));
}

SwapRecorder::SwapRecorder(SwapRecorderSettings settings, FileSystem* files,
                           Disk* disk,
                           std::function<void(v1::SwapReport)> publish)
    : settings_(std::move(settings)),
      files_(*files),
      disk_(*disk),
      publish_(std::move(publish)) {}

void SwapRecorder::Begin(const SwapBeginning& beginning, absl::Time now) {
  Swap& swap = open_[beginning.new_generation];
  swap.began = beginning.began;
  v1::SwapReport& report = swap.report;
  report.set_id(absl::StrCat(settings_.plan, "/", beginning.new_generation));
  report.set_host(settings_.host);
  report.set_plan(settings_.plan);
  report.set_attempt(beginning.attempt);
  report.set_old_generation(beginning.old_generation);
  report.set_old_revision(beginning.old_revision);
  report.set_new_generation(beginning.new_generation);
  report.set_new_revision(beginning.new_revision);
  report.set_handover(beginning.handover);
  *report.mutable_began() = ToProto(now);
  *report.mutable_timings()->mutable_fetch() = ToProto(beginning.fetch);
  *report.mutable_counters_before() = ReadKernelCounters(files_);
  report.set_outcome(v1::SwapReport::UNDER_WAY);
  Keep(report);
}

void SwapRecorder::Resume(v1::SwapReport report) {
  Swap& swap = open_[report.new_generation()];
  swap.report = std::move(report);
  // If the shim does not show it any more, it ended in between.
  swap.shown = true;
}

void SwapRecorder::Update(
    const std::map<int64_t, GenerationRecord>& generations) {
  for (auto swap = open_.begin(); swap != open_.end();) {
    std::string before = swap->second.report.SerializeAsString();
    Fill(generations, &swap->second);
    v1::SwapReport& report = swap->second.report;
    if (report.SerializeAsString() != before) Publish(&swap->second);
    swap = report.final() ? open_.erase(swap) : std::next(swap);
  }
}

void SwapRecorder::Doubt(int64_t new_generation) {
  auto swap = open_.find(new_generation);
  if (swap != open_.end()) swap->second.shown = true;
}

void SwapRecorder::Fail(int64_t new_generation, const std::string& reason) {
  auto swap = open_.find(new_generation);
  if (swap == open_.end()) return;
  v1::SwapReport& report = swap->second.report;
  report.set_outcome(report.outcome() == v1::SwapReport::SWAPPED
                         ? v1::SwapReport::SWITCHED_BACK
                         : v1::SwapReport::REFUSED);
  report.set_reason(ToUtf8(reason));
  report.set_final(true);
  Publish(&swap->second);
  open_.erase(swap);
}

void SwapRecorder::Fill(const std::map<int64_t, GenerationRecord>& generations,
                        Swap* swap) {
  v1::SwapReport& report = swap->report;
  const GenerationRecord* fresh = Find(generations, report.new_generation());
  const GenerationRecord* old = Find(generations, report.old_generation());
  if (old != nullptr) swap->old_usage = old->usage;
  if (fresh != nullptr) {
    swap->new_usage = fresh->usage;
    swap->shown = true;
    if (swap->began == absl::ZeroDuration()) {
      swap->began = FromShim(fresh->shim.times().started_ns()) -
                    FromProto(report.timings().fetch());
    }
    FillStart(*fresh, report.mutable_timings());
    if (fresh->shim.times().flip_began_ns() > 0) {
      FillFlipped(*fresh, old, swap);
    }
  }
  if (report.final() || !swap->shown || !IsOver(fresh)) return;
  report.set_final(true);
  if (report.outcome() == v1::SwapReport::UNDER_WAY) {
    report.set_outcome(v1::SwapReport::REFUSED);
    report.set_reason("withdrawn before any client reached it");
  } else if (old != nullptr && old->shim.weight() > 0) {
    report.set_outcome(v1::SwapReport::SWITCHED_BACK);
    report.set_reason("taken back by the controller");
  }
}

void SwapRecorder::FillFlipped(const GenerationRecord& fresh,
                               const GenerationRecord* old, Swap* swap) {
  v1::SwapReport& report = swap->report;
  if (report.old_generation() == 0) {
    report.set_outcome(fresh.shim.adopted() ? v1::SwapReport::ADOPTED
                                            : v1::SwapReport::STARTED);
    report.set_final(true);
    return;
  }
  if (old == nullptr) return;
  report.set_outcome(v1::SwapReport::SWAPPED);
  FillEnd(old->shim, swap->began, FromShim(fresh.shim.times().flip_began_ns()),
          report.mutable_timings());
  report.set_connections_held(fresh.shim.connections_held());
  report.set_accept_queue_peak(old->shim.accept_queue_peak());
  report.set_connections_carried(old->shim.connections_carried());
  report.set_connections_cut(old->shim.connections_cut());
  report.set_connections_left(old->shim.connections_left());
  const uint32_t open =
      std::max(report.connections_left(), report.connections_cut());
  report.set_connections_finished(report.connections_carried() -
                                  std::min(report.connections_carried(), open));
  report.set_old_exit_status(old->shim.exit_status());
  report.set_final(report.timings().has_total());
}

void SwapRecorder::Keep(const v1::SwapReport& report) {
  // If that fails it still goes out; only a restart before it arrives would
  // lose it.
  disk_.Do("swap report not kept",
           [path = ReportPath(settings_.state_directory, report.id()),
            content = report.SerializeAsString()](FileSystem& files) {
             return WriteCheckedFile(files, path, content);
           });
  if (!report.final()) return;
  kept_.push_back(report.id());
  if (kept_.size() <= kMostKept) return;
  disk_.Do("swap report not removed",
           [path = ReportPath(settings_.state_directory, kept_.front())](
               FileSystem& files) { return files.RemoveAll(path); });
  kept_.pop_front();
}

void SwapRecorder::Publish(Swap* swap) {
  v1::SwapReport& report = swap->report;
  if (report.outcome() == v1::SwapReport::UNDER_WAY) return;
  // What lies between the beginning and the end is told by the shim again,
  // should this agent go.
  if (report.final()) {
    *report.mutable_counters_after() = ReadKernelCounters(files_);
    if (swap->old_usage.ByteSizeLong() > 0) {
      *report.mutable_old_usage() = swap->old_usage;
    }
    if (swap->new_usage.ByteSizeLong() > 0) {
      *report.mutable_new_usage() = swap->new_usage;
    }
    Keep(report);
  }
  publish_(report);
}

}  // namespace rollout::agent
