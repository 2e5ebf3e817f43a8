// SPDX-License-Identifier: Apache-2.0
//
// What a load has counted: every request with its times and its end.
//
// A value; not thread-safe.

#ifndef TESTS_LOAD_LOAD_RESULT_H_
#define TESTS_LOAD_LOAD_RESULT_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/load/answer.h"

namespace rollout::load {

// Times are on the wall clock, so that they can be laid beside swap reports of
// the same machine.
struct RequestRecord {
  absl::Time start;
  absl::Time end;
  Outcome outcome;
  // Not the first of its connection.
  bool reused = false;
};

class LoadResult {
 public:
  // At most this many different bodies and failures are kept.
  static constexpr size_t kKept = 50;

  void Add(const RequestRecord& request, const Answer& answer);

  // A connection that the server ended between two requests.
  void AddEndedInBetween() { ++ended_in_between_; }

  // Adds all that `other` has counted.
  void Merge(const LoadResult& other);

  int64_t count(Outcome outcome) const {
    return counts_[static_cast<size_t>(outcome)];
  }
  int64_t total() const { return requests_.size(); }
  // All that did not end in kOk.
  int64_t failed() const { return total() - count(Outcome::kOk); }
  // Those of them that were the first of their connection.
  int64_t failed_new() const { return failed_new_; }
  // All that were begun, whatever became of them.
  int64_t connections() const { return connections_; }
  // No failures: see Conversation.
  int64_t ended_in_between() const { return ended_in_between_; }

  // Requests under way at some moment of [from, to].
  int64_t Overlapping(absl::Time from, absl::Time to) const;

  // The time that `share` (0..1) of the good requests took at most; 1 is the
  // longest. Zero where there was none.
  absl::Duration Latency(double share) const;

  // How often each body was the answer, without line breaks at its end.
  const std::map<std::string, int64_t>& bodies() const { return bodies_; }

  // The first failures, one a line: "reset at 12:00:01.234: recv: …".
  const std::vector<std::string>& failures() const { return failures_; }

  // One JSON object: the counts by name, total, failed, failed_new,
  // connections, ended_in_between, latencies in milliseconds, seconds from
  // first to last, bodies, failures.
  std::string ToJson() const;

 private:
  std::array<int64_t, kOutcomes> counts_{};
  int64_t failed_new_ = 0;
  int64_t connections_ = 0;
  int64_t ended_in_between_ = 0;
  std::vector<RequestRecord> requests_;
  std::map<std::string, int64_t> bodies_;
  std::vector<std::string> failures_;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_LOAD_RESULT_H_
