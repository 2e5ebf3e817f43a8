// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/byte_size.h"
#include "base/proto_time.h"

namespace rollout::render {
namespace {

// "ROLLED_BACK" to "RolledBack"; empty or "..._UNSPECIFIED": "Unknown".
std::string Camel(absl::string_view name) {
  constexpr absl::string_view kUnspecified = "UNSPECIFIED";
  if (name.empty() ||
      (name.size() >= kUnspecified.size() &&
       name.substr(name.size() - kUnspecified.size()) == kUnspecified)) {
    return "Unknown";
  }
  std::string word;
  bool capital = true;
  for (char c : name) {
    if (c == '_') {
      capital = true;
    } else {
      word += capital ? c : absl::ascii_tolower(c);
      capital = false;
    }
  }
  return word;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

void AddCount(uint64_t count, const char* what,
              std::vector<std::string>* words) {
  if (count > 0) words->push_back(absl::StrCat(count, " ", what));
}

}  // namespace

std::string Age(absl::Duration age) {
  int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(age));
  int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return absl::StrCat(days, "d", hours % 24, "h");
  if (hours > 0) return absl::StrCat(hours, "h", minutes % 60, "m");
  if (minutes > 0) return absl::StrCat(minutes, "m", seconds % 60, "s");
  return absl::StrCat(seconds, "s");
}

std::string Took(absl::Duration time) {
  double seconds = absl::ToDoubleSeconds(time);
  if (seconds < 1e-3) return absl::StrFormat("%.0fus", seconds * 1e6);
  if (seconds < 0.1) return absl::StrFormat("%.1fms", seconds * 1e3);
  if (seconds < 10) return absl::StrFormat("%.2fs", seconds);
  if (seconds < 100) return absl::StrFormat("%.1fs", seconds);
  return Age(time);
}

std::string UsageText(const v1::ResourceUsage& usage) {
  std::vector<std::string> words;
  std::string memory;
  if (usage.has_memory_bytes()) {
    memory = absl::StrCat(ByteSizeText(usage.memory_bytes()), " memory");
  }
  if (usage.has_peak_memory_bytes()) {
    const std::string peak = ByteSizeText(usage.peak_memory_bytes());
    absl::StrAppend(&memory, memory.empty() ? "memory" : "", " (peak ", peak,
                    ")");
  }
  if (!memory.empty()) words.push_back(memory);
  if (usage.has_cpu_time()) {
    words.push_back(absl::StrCat(Took(FromProto(usage.cpu_time())), " CPU"));
  }
  AddCount(usage.processes(), "processes", &words);
  AddCount(usage.threads(), "threads", &words);
  AddCount(usage.descriptors(), "descriptors", &words);
  AddCount(usage.oom_kills(), "killed for want of memory", &words);
  return absl::StrJoin(words, ", ");
}

std::string Share(double permille) {
  double tenths = std::round(permille);
  return std::fmod(tenths, 10) == 0 ? absl::StrFormat("%.0f%%", tenths / 10)
                                    : absl::StrFormat("%.1f%%", tenths / 10);
}

std::string PhaseWord(v1::RolloutPhase phase) {
  return Camel(v1::RolloutPhase_Name(phase));
}

std::string PhaseWord(v1::GenerationPhase phase) {
  // Its name in the proto keeps apart from a rollout's FAILED.
  if (phase == v1::FAILED_GENERATION) return "Failed";
  return Camel(v1::GenerationPhase_Name(phase));
}

std::string OutcomeWord(v1::SwapReport::Outcome outcome) {
  return Camel(v1::SwapReport::Outcome_Name(outcome));
}

std::string HandoverWord(v1::Handover handover) {
  switch (handover) {
    case v1::INTERCEPT:
      return "intercept";
    case v1::ACTIVATION:
      return "activation";
    case v1::EXCLUSIVE:
      return "exclusive";
    case v1::SIGNAL:
      return "signal";
    default:
      return "unknown";
  }
}

std::string SyncWord(v1::SyncState state) {
  switch (state) {
    case v1::SYNCED:
      return "Synced";
    case v1::OUT_OF_SYNC:
      return "OutOfSync";
    case v1::FAILED_TO_SYNC:
      return "Failed";
    default:
      return "Unknown";
  }
}

std::string ShortId(const v1::Commit& commit) {
  constexpr size_t kDigits = 12;
  return commit.id().empty() ? "-" : commit.id().substr(0, kDigits);
}

std::string ChangeWord(v1::AppliedPlan::Change change) {
  return Camel(v1::AppliedPlan::Change_Name(change));
}

std::string ArrivedWord(v1::RolloutPhase phase) {
  bool back = phase == v1::ROLLING_BACK || phase == v1::ROLLED_BACK ||
              phase == v1::ABORTED;
  return back ? "back" : "updated";
}

std::string ReasonText(const v1::Rollout& rollout) {
  bool repeats = rollout.reason() == PhaseWord(rollout.phase());
  if (rollout.reason().empty() || repeats) return rollout.message();
  if (rollout.message().empty()) return rollout.reason();
  return absl::StrCat(rollout.reason(), ": ", rollout.message());
}

std::string ReasonText(const v1::PlanHostStatus& host) {
  const std::string &rule = host.rule(), &state = host.state();
  // Of these two the reason is why they failed.
  const bool fails = state == "Failed" || state == "RollingBack";
  const bool repeats = rule == state || rule == "Starting";
  if (rule.empty() || fails || repeats) return host.reason();
  return absl::StrCat(rule, ": ", host.reason());
}

std::string RemovalText(const v1::Removal& removal) {
  const v1::Cause& cause = removal.cause();
  return absl::StrCat("is being removed by ", cause.user(),
                      cause.message().empty() ? "" : ": ", cause.message());
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = text[i];
    // U+0080 to U+009F, control characters too, are C2 80 to C2 9F.
    bool c1 = c == 0xC2 && i + 1 < text.size() &&
              static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c == '\n' || c == '\t') {
      printable += ' ';
    } else if (c < 0x20 || c == 0x7F) {
      printable += '?';
    } else if (c1) {
      printable += '?';
      ++i;
    } else {
      printable += text[i];
    }
  }
  return printable;
}

int Columns(absl::string_view text) {
  return text.size() - std::count_if(text.begin(), text.end(), IsContinuation);
}

}  // namespace rollout::render
