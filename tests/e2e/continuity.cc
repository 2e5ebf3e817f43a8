// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/continuity.h"

#include <stdlib.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/proto_time.h"
#include "tests/e2e/wait_until.h"

namespace rollout::e2e {
namespace {

double Milliseconds(const google::protobuf::Duration& duration) {
  return absl::ToDoubleMilliseconds(FromProto(duration));
}

int64_t Overlapping(const load::LoadResult& result, const v1::SwapReport& swap,
                    absl::Duration warm) {
  absl::Time began = FromProto(swap.began());
  return result.Overlapping(began,
                            began + FromProto(swap.timings().total()) + warm);
}

}  // namespace

int SwapsOfEach() {
  constexpr int kSwaps = 20;
  const char* asked = getenv("ROLLOUT_SWAPS");
  int swaps = 0;
  return asked != nullptr && absl::SimpleAtoi(asked, &swaps) && swaps > 0
             ? swaps
             : kSwaps;
}

std::vector<std::string> Complaints(const load::LoadResult& result,
                                    const LoadedSwaps& loaded) {
  std::vector<std::string> complaints;
  for (int i = 0; i < load::kOutcomes; ++i) {
    auto outcome = static_cast<load::Outcome>(i);
    if (outcome != load::Outcome::kOk && result.count(outcome) > 0) {
      complaints.push_back(absl::StrCat(load::OutcomeName(outcome), ": ",
                                        result.count(outcome)));
    }
  }
  for (const v1::SwapReport& swap : loaded.swaps) {
    int64_t overlapping = Overlapping(result, swap, loaded.warm);
    if (overlapping < kMinOverlapping) {
      complaints.push_back(absl::StrCat(swap.id(), ": only ", overlapping,
                                        " requests overlapped the swap"));
    }
  }
  return complaints;
}

std::string SwapTable(const load::LoadResult& result,
                      const LoadedSwaps& loaded) {
  std::string table =
      "swap         overlapping  startup  switchover     wait     exit    "
      "total ms\n";
  for (const v1::SwapReport& swap : loaded.swaps) {
    const v1::SwapTimings& t = swap.timings();
    absl::StrAppendFormat(&table, "%-12s %11d %8.1f %11.1f %8.1f %8.1f %8.1f\n",
                          swap.id(), Overlapping(result, swap, loaded.warm),
                          Milliseconds(t.startup()),
                          Milliseconds(t.switchover()), Milliseconds(t.wait()),
                          Milliseconds(t.exit()), Milliseconds(t.total()));
  }
  absl::StrAppendFormat(
      &table, "requests %d, failed %d, p50 %.2f ms, p99 %.2f ms, max %.2f ms\n",
      result.total(), result.failed(),
      absl::ToDoubleMilliseconds(result.Latency(0.5)),
      absl::ToDoubleMilliseconds(result.Latency(0.99)),
      absl::ToDoubleMilliseconds(result.Latency(1)));
  return table;
}

absl::StatusOr<std::vector<v1::SwapReport>> AwaitSwaps(const Operator& operate,
                                                       absl::string_view plan,
                                                       size_t count,
                                                       absl::Duration limit) {
  std::vector<v1::SwapReport> ended;
  std::string last;
  bool all = WaitUntil(limit, [&] {
    auto list = operate.List("swaps", plan);
    if (!list.ok()) {
      last = list.status().ToString();
      return false;
    }
    last = list->ShortDebugString();
    ended.clear();
    for (const v1::SwapReport& swap : list->swaps()) {
      if (swap.outcome() == v1::SwapReport::SWAPPED &&
          swap.timings().has_total()) {
        ended.push_back(swap);
      }
    }
    return ended.size() >= count;
  });
  if (!all) {
    return absl::DeadlineExceededError(
        absl::StrCat(ended.size(), " of ", count, " swaps ended: ", last));
  }
  std::stable_sort(ended.begin(), ended.end(),
                   [](const v1::SwapReport& a, const v1::SwapReport& b) {
                     return a.new_generation() < b.new_generation();
                   });
  return ended;
}

}  // namespace rollout::e2e
