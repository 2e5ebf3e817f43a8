// SPDX-License-Identifier: Apache-2.0
//
// rollout-shim: the parent of one service's processes. Started by the agent,
// outlives it. Wiring only.
//
//   rollout-shim --service NAME --socket PATH --mark-base N
//
// Goes to the background; exits 0 once it can be talked to at PATH, 1 if it
// can't be, with a line on standard error. There it is two processes, see
// keeper.h. With --state and --previous it goes on where another program has
// stopped, see renewal.h.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "agent/shim/keeper.h"
#include "agent/shim/kept_memory.h"
#include "agent/shim/renewal.h"
#include "agent/shim/serve.h"
#include "base/log.h"
#include "base/scheduling.h"

namespace rollout::shim {
namespace {

bool ReadOptions(int count, char** words, ShimOptions* options) {
  for (int i = 1; i + 1 < count; i += 2) {
    std::string name = words[i], value = words[i + 1];
    bool good = true;
    if (name == "--service") {
      options->service = value;
    } else if (name == "--socket") {
      options->socket = value;
    } else if (name == "--mark-base") {
      good = absl::SimpleAtoi(value, &options->mark_base);
    } else if (name == "--state") {
      good = absl::SimpleAtoi(value, &options->state);
    } else {
      good =
          name == "--previous" && absl::SimpleAtoi(value, &options->previous);
    }
    if (!good) return false;
  }
  return count % 2 == 1 && !options->service.empty() &&
         !options->socket.empty() && options->socket[0] == '/';
}

int Work(const ShimOptions& options, const Kept& kept) {
  RunAhead();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  absl::Status status = Serve(options, kept);
  if (!status.ok()) {
    LogError("shim of ", options.service, ": ", status.message());
  }
  return status.ok() ? 0 : 1;
}

void GoOnInNext(KeptMemory& memory) {
  v1::SavedState state;
  if (!state.ParseFromString(memory.LoadState().value_or(""))) return;
  LogError(GoOnIn(state.next_program(), memory).message());
}

// For a state that can't be read.
v1::SavedState Named(const ShimOptions& options) {
  v1::SavedState named;
  named.set_service(options.service);
  named.set_socket(options.socket);
  named.set_mark_base(options.mark_base);
  return named;
}

int Keep(const ShimOptions& options, KeptMemory& memory) {
  const v1::SavedState named = Named(options);
  KeeperTasks tasks;
  tasks.work = [&](const Kept& kept) { return Work(options, kept); };
  tasks.go_on_in_next = [&memory] { GoOnInNext(memory); };
  tasks.on_lost = [&](uint32_t losses) {
    // A program that was renewed to, and has not got as far as to save.
    constexpr uint32_t kTries = 3;
    if (!IsBeingRenewed(options, memory) || losses < kTries) return;
    auto state = ReadState(options.state);
    LogError(GoBack(options.previous, options.state, state.value_or(named))
                 .message());
  };
  return Keep(memory, tasks);
}

int GoOn(const ShimOptions& options) {
  auto state = ReadState(options.state);
  KeptMemory* memory = KeptMemory::Create();
  if (state.ok() && memory != nullptr &&
      memory->SaveState(state->SerializeAsString())) {
    for (const v1::SavedEnding& ending : state->endings()) {
      memory->endings.Tell({ending.process(), ending.status()});
    }
    return Keep(options, *memory);
  }
  const v1::SavedState named = Named(options);
  LogError(state.status().message());
  LogError(
      GoBack(options.previous, options.state, state.value_or(named)).message());
  return 1;
}

// In the background: a session of its own, nothing inherited but standard
// error, and a parent to whatever its descendants leave behind.
int RunInBackground(const ShimOptions& options) {
  setsid();
  umask(022);
  RunAhead();
  RunSessionAhead();
  if (chdir("/") != 0) return 1;
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  KeptMemory* memory = KeptMemory::Create();
  return memory == nullptr ? 1 : Keep(options, *memory);
}

int Main(int count, char** words) {
  if (count == 2 && std::string(words[1]) == "--state-version") {
    std::fputs(StateVersionLine().c_str(), stdout);
    return 0;
  }
  ShimOptions options;
  if (!ReadOptions(count, words, &options)) {
    LogError(
        "usage: rollout-shim --service NAME --socket /PATH "
        "--mark-base N");
    return 2;
  }
  if (options.state >= 0) return GoOn(options);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(ends[0]);
    options.ready = ends[1];
    return RunInBackground(options);
  }
  close(ends[1]);
  char byte;
  return read(ends[0], &byte, 1) == 1 ? 0 : 1;
}

}  // namespace
}  // namespace rollout::shim

int main(int count, char** words) { return rollout::shim::Main(count, words); }
