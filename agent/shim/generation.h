// SPDX-License-Identifier: Apache-2.0
//
// One start of the service: what it is, where it stands, what it holds.

#ifndef AGENT_SHIM_GENERATION_H_
#define AGENT_SHIM_GENERATION_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/shim/adoptee.h"
#include "agent/shim/control_group.h"
#include "agent/shim/drain_terms.h"
#include "agent/shim/generation_listeners.h"
#include "agent/shim/notify_socket.h"
#include "agent/shim/output.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/process_tree.h"
#include "agent/shim/retirement.h"
#include "agent/shim/successor.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

enum class Phase {
  // The main process runs, or is believed to.
  kRunning,
  // Asked to leave: waits for its queue, then for its connections.
  kEmptying,
  // Has its signal; the tree ends by itself, until the deadline.
  kSignalled,
  // SIGKILL to the whole tree, again until none is left.
  kKilled,
  // No process is left; its listeners hold what clients sent there.
  kGone,
  // No client is left either.
  kEnded,
};

absl::string_view PhaseName(Phase phase);

// The legal transitions:
//   Running   -> Emptying (drain), Killed (kill; the main process ended)
//   Emptying  -> Signalled (empty, or waited enough), Killed (deadline; kill)
//   Signalled -> Gone, Killed (deadline; kill)
//   Killed    -> Gone
//   Gone      -> Ended (no weight, and no queue)
bool IsLegal(Phase from, Phase to);

// How long the session of one that starts runs before others: a small program
// is up by then; a large one shall not take the processor from who serves.
constexpr uint64_t kHeadStartNs = 25000000;

// Owned and changed by Service alone. A struct of facts; the only rule it keeps
// is the table.
class Generation {
 public:
  // `listeners` is not null. `phase`: where a shim before this one has left it.
  Generation(v1::StartRequest request,
             std::unique_ptr<GenerationListeners> listeners,
             Phase phase = Phase::kRunning);

  Phase phase() const { return phase_; }
  // CHECKs the table; logs the change with its reason.
  void MoveTo(Phase phase, absl::string_view reason);

  uint64_t number() const { return request.generation(); }
  std::vector<EndpointAddress> EndpointAddresses() const;
  TreeRoot Root() const;

  const v1::StartRequest request;
  const std::unique_ptr<GenerationListeners> listeners;

  // Processes. `main` stays known after its end; `main_ended` tells.
  pid_t main = 0;
  UniqueFd pidfd;
  bool main_ended = false;
  int exit_status = 0;
  // It ended, and was not ours to wait for.
  bool exit_untold = false;
  // It has left another one in its place, as daemons do, which is not known
  // yet.
  bool has_forked = false;
  // Until then its session runs before others, see Lifecycle::AdvanceHeadStart.
  // 0: it does not.
  uint64_t head_start_ends_ns = 0;
  // Handover signal, see Succession: until it has taken a client; while another
  // has the same listeners; what makes it take clients again, 0: nothing.
  std::unique_ptr<AwaitedProcess> awaited;
  bool shares_listeners = false;
  uint32_t restore_signal = 0;
  // One that somebody else has started; null: ours.
  std::unique_ptr<AdopteeTree> adoptee;
  // None: the host has none, or did not let us.
  std::unique_ptr<ControlGroup> group;
  // Of version 1, each with another controller.
  std::vector<std::unique_ptr<ControlGroup>> limiting_groups;
  // As its groups told last.
  std::vector<v1::GroupFigure> figures;
  // One of its processes that has left the group was seen with a client.
  bool has_escapes = false;

  // What is between it and the shim.
  UniqueFd seccomp;
  std::unique_ptr<OutputPipe> output;
  std::unique_ptr<NotifySocket> notify;
  std::string notify_variable;
  bool notified_ready = false;

  // Clients.
  uint32_t weight = 0;
  std::optional<Retirement> retirement;
  uint32_t queue_peak = 0;
  // When it was last seen with a queue, after its retirement was over.
  uint64_t queued_ns = 0;

  // The way out.
  DrainTerms drain;
  // What outlived the main process has had the signal, too.
  bool leftovers_signalled = false;
  bool killed = false;
  uint32_t connections_carried = 0;
  uint32_t connections_left = 0;
  uint32_t connections_cut = 0;
  // Waited for it when it got its weight.
  uint32_t connections_held = 0;
  // Since when its queue has had no server to hope for.
  uint64_t hopeless_ns = 0;

  v1::GenerationTimes times;

 private:
  Phase phase_;
};

// By number.
using Generations = std::map<uint64_t, std::unique_ptr<Generation>>;

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_H_
