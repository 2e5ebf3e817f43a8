// SPDX-License-Identifier: Apache-2.0

#include "tests/load/load_result.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace rollout::load {

void LoadResult::Add(const RequestRecord& request, const Answer& answer) {
  requests_.push_back(request);
  ++counts_[static_cast<size_t>(request.outcome)];
  if (!request.reused) {
    ++connections_;
    failed_new_ += request.outcome != Outcome::kOk;
  }
  if (request.outcome == Outcome::kOk) {
    std::string body(absl::StripTrailingAsciiWhitespace(answer.body));
    if (bodies_.size() < kKept || bodies_.count(body) > 0) ++bodies_[body];
  } else if (failures_.size() < kKept) {
    failures_.push_back(absl::StrCat(
        OutcomeName(request.outcome), " at ",
        absl::FormatTime("%H:%M:%E6S", request.end, absl::LocalTimeZone()),
        request.reused ? " on a connection in use, after " : ", after ",
        absl::FormatDuration(request.end - request.start), ": ",
        answer.detail));
  }
}

void LoadResult::Merge(const LoadResult& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  failed_new_ += other.failed_new_;
  connections_ += other.connections_;
  ended_in_between_ += other.ended_in_between_;
  requests_.insert(requests_.end(), other.requests_.begin(),
                   other.requests_.end());
  for (const auto& [body, times] : other.bodies_) {
    if (bodies_.size() < kKept || bodies_.count(body) > 0) {
      bodies_[body] += times;
    }
  }
  for (const std::string& failure : other.failures_) {
    if (failures_.size() < kKept) failures_.push_back(failure);
  }
}

int64_t LoadResult::Overlapping(absl::Time from, absl::Time to) const {
  return std::count_if(requests_.begin(), requests_.end(),
                       [&](const RequestRecord& request) {
                         return request.start <= to && request.end >= from;
                       });
}

absl::Duration LoadResult::Latency(double share) const {
  std::vector<absl::Duration> times;
  for (const RequestRecord& request : requests_) {
    if (request.outcome == Outcome::kOk) {
      times.push_back(request.end - request.start);
    }
  }
  if (times.empty()) return absl::ZeroDuration();
  size_t index =
      std::min(static_cast<size_t>(share * times.size()), times.size() - 1);
  std::nth_element(times.begin(), times.begin() + index, times.end());
  return times[index];
}

std::string LoadResult::ToJson() const {
  nlohmann::json json;
  json["total"] = total();
  json["failed"] = failed();
  json["failed_new"] = failed_new();
  json["connections"] = connections();
  json["ended_in_between"] = ended_in_between();
  for (int i = 0; i < kOutcomes; ++i) {
    json[std::string(OutcomeName(static_cast<Outcome>(i)))] = counts_[i];
  }
  json["latency_ms"] = {
      {"p50", absl::ToDoubleMilliseconds(Latency(0.5))},
      {"p99", absl::ToDoubleMilliseconds(Latency(0.99))},
      {"max", absl::ToDoubleMilliseconds(Latency(1))},
  };
  absl::Time first = absl::InfiniteFuture(), last = absl::InfinitePast();
  for (const RequestRecord& request : requests_) {
    first = std::min(first, request.start);
    last = std::max(last, request.end);
  }
  json["seconds"] =
      requests_.empty() ? 0.0 : absl::ToDoubleSeconds(last - first);
  json["bodies"] = bodies_;
  json["failures"] = failures_;
  // Bodies are whatever a server sent.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace rollout::load
