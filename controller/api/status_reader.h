// SPDX-License-Identifier: Apache-2.0
//
// Plans and hosts as operators see them: what is stored and what the fleet
// says, put together at the moment of asking.

#ifndef CONTROLLER_API_STATUS_READER_H_
#define CONTROLLER_API_STATUS_READER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "controller/api/why_reader.h"
#include "controller/fleet/fleet.h"
#include "controller/store/catalog.h"
#include "controller/view/live_plan_view.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::api {

// Safe from any thread; reads memory only.
class StatusReader {
 public:
  // All must outlive this.
  StatusReader(const store::Catalog& catalog, const fleet::Fleet& fleet,
               const Clock& clock, const WhyOptions& options)
      : catalog_(catalog),
        fleet_(fleet),
        clock_(clock),
        whys_(catalog, clock, options) {}

  // With its hosts. NotFound: no such plan; says which there are.
  absl::StatusOr<v1::PlanStatus> Plan(const std::string& plan) const;
  // What holds each of them back, in the order of their turns. NotFound: as
  // above.
  absl::StatusOr<v1::WhyResponse> Why(const std::string& plan) const;
  // Sorted by name, without hosts.
  std::vector<v1::PlanStatus> Plans() const;

  // NotFound: it has never connected.
  absl::StatusOr<v1::Host> Host(const std::string& host) const;
  // Sorted by name.
  std::vector<v1::Host> Hosts() const;

  // NotFound unless there is such a plan.
  absl::Status CheckPlan(const std::string& plan) const;

 private:
  absl::StatusOr<view::PlanRecords> Records(const std::string& plan) const;

  const store::Catalog& catalog_;
  const fleet::Fleet& fleet_;
  const Clock& clock_;
  const WhyReader whys_;
};

// Whether nothing more will happen in a rollout.
bool IsOver(v1::RolloutPhase phase);

}  // namespace rollout::api

#endif  // CONTROLLER_API_STATUS_READER_H_
