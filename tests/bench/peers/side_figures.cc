// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/side_figures.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::bench {
namespace {

struct Span {
  absl::Time from;
  absl::Time to;
};

// When all new connections went to the change's version. `end`: the command of
// the next one.
absl::StatusOr<absl::Time> SwitchOf(const std::vector<SeenRequest>& requests,
                                    const Change& change, absl::Time end) {
  absl::Time last_other = change.command;
  absl::Time first_answer = absl::InfiniteFuture();
  for (const SeenRequest& request : requests) {
    if (request.start < change.command || request.start >= end) continue;
    if (request.answer == change.answer) {
      first_answer = std::min(first_answer, request.end);
    } else {
      last_other = std::max(last_other, request.start);
    }
  }
  if (first_answer == absl::InfiniteFuture()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no client was answered \"", change.answer, "\""));
  }
  return std::max(last_other, first_answer);
}

bool Overlaps(const SeenRequest& request, const std::vector<Span>& swaps) {
  return std::any_of(swaps.begin(), swaps.end(), [&](const Span& swap) {
    return request.start <= swap.to && request.end >= swap.from;
  });
}

}  // namespace

double SideFigures::FailedPerSwap() const {
  return swaps == 0 ? 0 : static_cast<double>(failed) / swaps;
}

double SideFigures::FailedPerTenThousand() const {
  return requests == 0 ? 0 : 1e4 * failed / requests;
}

double SideFigures::LatencyRatio() const {
  return absl::FDivDuration(overlapping.p99(), others.p99());
}

absl::StatusOr<SideFigures> Compare(const std::vector<SeenRequest>& requests,
                                    const load::LoadResult& kept,
                                    const std::vector<Change>& changes) {
  SideFigures figures;
  figures.swaps = changes.size();
  std::vector<Span> swaps;
  for (size_t i = 0; i < changes.size(); ++i) {
    ASSIGN_OR_RETURN(absl::Time switched,
                     SwitchOf(requests, changes[i],
                              i + 1 < changes.size() ? changes[i + 1].command
                                                     : absl::InfiniteFuture()));
    figures.switch_time.Add(switched - changes[i].command);
    swaps.push_back({changes[i].command, std::max(changes[i].gone, switched)});
  }
  for (const SeenRequest& request : requests) {
    if (request.answer.empty()) {
      ++figures.failed;
    } else {
      (Overlaps(request, swaps) ? figures.overlapping : figures.others)
          .Add(request.end - request.start);
    }
  }
  // Their first requests came on new connections as well.
  figures.requests = requests.size() + kept.connections();
  figures.failed += kept.failed_new();
  figures.kept_requests = kept.total() - kept.connections();
  figures.kept_failed = kept.failed() - kept.failed_new();
  return figures;
}

}  // namespace rollout::bench
