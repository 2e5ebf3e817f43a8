// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/swapped_service.h"

#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/e2e/manifest.h"

namespace rollout::bench {
namespace {

constexpr char kPlan[] = "web";
constexpr absl::Duration kLimit = absl::Seconds(60);
// Rare enough to take nothing from what is measured.
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(50);

// The last word on the start of that revision's newest generation.
absl::StatusOr<std::optional<v1::SwapReport>> FindReport(
    ctl::Client& client, const std::string& revision) {
  v1::ListRequest request;
  request.set_kind(v1::SWAPS);
  request.set_plan(kPlan);
  ASSIGN_OR_RETURN(v1::ListResponse list, client.List(request));
  for (const v1::SwapReport& swap : list.swaps()) {
    if (swap.new_revision() == revision && swap.final()) return swap;
  }
  return std::nullopt;
}

absl::StatusOr<bool> IsComplete(ctl::Client& client) {
  v1::GetRequest request;
  request.set_plan(kPlan);
  ASSIGN_OR_RETURN(v1::GetResponse got, client.Get(request));
  return got.plan().rollout().phase() == v1::COMPLETE;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SwappedService>> SwappedService::Start(
    const std::string& program) {
  ASSIGN_OR_RETURN(auto fleet, e2e::Fleet::Start(1));
  ASSIGN_OR_RETURN(auto client, ctl::Client::Make(fleet->operate().flags()));
  ASSIGN_OR_RETURN(auto made,
                   programs::MakeProgram(program, fleet->directory()));
  auto service = absl::WrapUnique(
      new SwappedService(std::move(fleet), std::move(client), std::move(made)));
  RETURN_IF_ERROR(service->Swap().status());
  return service;
}

absl::StatusOr<v1::SwapReport> SwappedService::Swap() {
  e2e::ManifestFields fields;
  fields.plan = kPlan;
  fields.port = fleet_->port();
  ASSIGN_OR_RETURN(fields.version,
                   program_->Make(++number_, Address(), fields.port));
  v1::ApplyRequest request;
  v1::ManifestFile* manifest = request.add_manifests();
  manifest->set_path("-");
  manifest->set_content(e2e::Manifest(fields));
  ASSIGN_OR_RETURN(v1::ApplyResponse applied, client_->Apply(request));

  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + kLimit;
  while (clock.Uptime() < end) {
    absl::SleepFor(kBetweenLooks);
    ASSIGN_OR_RETURN(bool complete, IsComplete(*client_));
    if (!complete) continue;
    ASSIGN_OR_RETURN(std::optional<v1::SwapReport> report,
                     FindReport(*client_, applied.plans(0).revision()));
    if (!report) continue;
    version_ = fields.version;
    return *std::move(report);
  }
  return absl::DeadlineExceededError(absl::StrCat(
      program_->name(), ": version ", number_, " did not replace the last"));
}

absl::StatusOr<programs::Version> SwappedService::MakeOther(int number,
                                                            int port) {
  return program_->Make(number, Address(), port);
}

}  // namespace rollout::bench
