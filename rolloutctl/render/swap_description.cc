// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/swap_description.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "base/subprocess.h"
#include "rolloutctl/render/description_line.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

std::string Generation(const std::string& revision, int64_t number) {
  if (number == 0) return "nothing";
  return absl::StrCat(revision, ", generation ", number);
}

void AddLine(absl::string_view name, absl::string_view value,
             std::string* text) {
  *text += DescriptionLine(name, value);
}

// What a phase is, from where to where; "-" for one that has not happened.
void AddTime(const char* name, bool happened,
             const google::protobuf::Duration& time, const char* what,
             std::string* text) {
  absl::StrAppendFormat(text, "  %-11s%8s  %s\n", name,
                        happened ? Took(FromProto(time)) : "-", what);
}

void AddTimes(const v1::SwapTimings& t, std::string* text) {
  absl::StrAppend(text, "Times:\n");
  AddTime("fetch", t.has_fetch(), t.fetch(), "the artifact", text);
  AddTime("listen", t.has_listen(), t.listen(),
          "exec to a listener on every endpoint", text);
  AddTime("startup", t.has_startup(), t.startup(), "exec to ready", text);
  AddTime("flip", t.has_flip(), t.flip(), "the system calls of the change",
          text);
  AddTime("switchover", t.has_switchover(), t.switchover(),
          "until no client could reach the old one", text);
  if (t.has_succession()) {
    AddTime("succession", true, t.succession(),
            "the signal to the successor's first client", text);
  }
  if (t.has_held()) {
    AddTime("held", true, t.held(), "new connections waited, at most", text);
  }
  AddTime("wait", t.has_wait(), t.wait(), "start of the drain to the signal",
          text);
  AddTime("exit", t.has_exit(), t.exit(), "signal to the end", text);
  AddTime("total", t.has_total(), t.total(),
          "without the time the old one was kept warm", text);
}

// How much a counter grew; nothing for one the kernel does not have. A host
// that was started again meanwhile counts from zero.
void AddGrowth(const char* name, bool known, uint64_t before, uint64_t after,
               std::vector<std::string>* words) {
  if (!known) return;
  words->push_back(
      absl::StrCat(name, " ", after > before ? after - before : 0));
}

std::string Growth(const v1::KernelCounters& before,
                   const v1::KernelCounters& after) {
  std::vector<std::string> words;
  AddGrowth("ListenOverflows", after.has_listen_overflows(),
            before.listen_overflows(), after.listen_overflows(), &words);
  AddGrowth("ListenDrops", after.has_listen_drops(), before.listen_drops(),
            after.listen_drops(), &words);
  AddGrowth("AttemptFails", after.has_attempt_fails(), before.attempt_fails(),
            after.attempt_fails(), &words);
  AddGrowth("EstabResets", after.has_estab_resets(), before.estab_resets(),
            after.estab_resets(), &words);
  AddGrowth("OutRsts", after.has_out_resets(), before.out_resets(),
            after.out_resets(), &words);
  AddGrowth("migrated", after.has_migrated(), before.migrated(),
            after.migrated(), &words);
  AddGrowth("not migrated", after.has_migrations_failed(),
            before.migrations_failed(), after.migrations_failed(), &words);
  return absl::StrJoin(words, ", ");
}

}  // namespace

std::string SwapDescription(const v1::SwapReport& swap, absl::Time now) {
  std::string text;
  AddLine("Swap", absl::StrCat(swap.id(), " on ", swap.host()), &text);
  const absl::Time began = FromProto(swap.began());
  AddLine("Began",
          absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", began,
                                        absl::UTCTimeZone()),
                       ", ", Age(now - began), " ago"),
          &text);
  if (swap.rollout() != 0) {
    AddLine("Rollout", absl::StrCat(swap.rollout()), &text);
  }
  AddLine("From", Generation(swap.old_revision(), swap.old_generation()),
          &text);
  AddLine("To", Generation(swap.new_revision(), swap.new_generation()), &text);
  AddLine("Handover", HandoverWord(swap.handover()), &text);
  AddLine("Outcome",
          absl::StrCat(OutcomeWord(swap.outcome()),
                       swap.final() ? "" : ", not over yet"),
          &text);
  if (!swap.reason().empty()) AddLine("Reason", swap.reason(), &text);
  AddTimes(swap.timings(), &text);
  if (swap.has_counters_before() && swap.has_counters_after()) {
    AddLine("Kernel",
            absl::StrCat(Growth(swap.counters_before(), swap.counters_after()),
                         " (the whole host's)"),
            &text);
  }
  if (swap.has_old_usage()) {
    AddLine("Old used", UsageText(swap.old_usage()), &text);
  }
  if (swap.has_new_usage()) {
    AddLine("New uses", UsageText(swap.new_usage()), &text);
  }
  if (swap.old_generation() == 0 || !swap.timings().has_flip()) return text;
  AddLine("Connections",
          absl::StrCat(swap.connections_carried(), " carried over, ",
                       swap.connections_finished(), " finished, ",
                       swap.connections_left(), " open at its signal, ",
                       swap.connections_cut(), " cut; at most ",
                       swap.accept_queue_peak(), " in the accept queue"),
          &text);
  if (swap.timings().has_held()) {
    AddLine("Held",
            absl::StrCat(swap.connections_held(),
                         " new connections waited for the new one"),
            &text);
  }
  if (swap.timings().has_exit()) {
    AddLine("Old process", DescribeWaitStatus(swap.old_exit_status()), &text);
  }
  return text;
}

}  // namespace rollout::render
