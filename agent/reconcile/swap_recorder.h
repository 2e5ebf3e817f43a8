// SPDX-License-Identifier: Apache-2.0
//
// Writes the swap reports of one service: opened when a generation is started,
// filled from what the shim tells, kept on disk until the controller has the
// final one.
//
// Not thread-safe: belongs to the loop of the service.

#ifndef AGENT_RECONCILE_SWAP_RECORDER_H_
#define AGENT_RECONCILE_SWAP_RECORDER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "agent/reconcile/disk.h"
#include "agent/reconcile/generation_record.h"
#include "base/file_system.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::agent {

// The file of a report below the state directory: ids hold a '/'.
std::string ReportPath(const std::string& state_directory,
                       const std::string& id);

// A swap as it begins.
struct SwapBeginning {
  int64_t attempt = 0;
  int64_t old_generation = 0;  // the one with the clients; 0: none
  std::string old_revision;
  int64_t new_generation = 0;
  std::string new_revision;
  v1::Handover handover = v1::HANDOVER_UNSPECIFIED;
  absl::Duration began;  // on the monotonic clock
  absl::Duration fetch;
};

struct SwapRecorderSettings {
  std::string plan;
  std::string host;
  std::string state_directory;
};

class SwapRecorder {
 public:
  // `publish` gets each report that says more than the one before. `files`, for
  // the kernel's counters, and `disk` must outlive this.
  SwapRecorder(SwapRecorderSettings settings, FileSystem* files, Disk* disk,
               std::function<void(v1::SwapReport)> publish);

  void Begin(const SwapBeginning& beginning, absl::Time now);

  // Goes on with a report that an agent before this one left unfinished.
  void Resume(v1::SwapReport report);

  // After every change of what is known.
  void Update(const std::map<int64_t, GenerationRecord>& generations);

  // Whether the shim has started the new generation is not known: its next
  // state shows it, or it did not.
  void Doubt(int64_t new_generation);

  // The new generation of a swap could not even be started, or was given up.
  void Fail(int64_t new_generation, const std::string& reason);

 private:
  struct Swap {
    v1::SwapReport report;
    // Zero: not known, an agent before this one began it.
    absl::Duration began;
    // The shim has shown the new generation; when it does so no more, it is
    // over.
    bool shown = false;
    // Of both, as last known; in the report once it is final.
    v1::ResourceUsage old_usage;
    v1::ResourceUsage new_usage;
  };

  void Fill(const std::map<int64_t, GenerationRecord>& generations, Swap* swap);
  static void FillFlipped(const GenerationRecord& fresh,
                          const GenerationRecord* old, Swap* swap);
  void Keep(const v1::SwapReport& report);
  void Publish(Swap* swap);

  const SwapRecorderSettings settings_;
  FileSystem& files_;
  Disk& disk_;
  const std::function<void(v1::SwapReport)> publish_;
  // Ids of final reports on disk, the oldest first; some may be stored by the
  // controller and gone.
  std::deque<std::string> kept_;
  // By new generation; those that may still change.
  std::map<int64_t, Swap> open_;
};

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_SWAP_RECORDER_H_
