// SPDX-License-Identifier: Apache-2.0

#include "controller/api/queries.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "base/status_macros.h"

namespace rollout::api {
namespace {

template <typename Message>
void Append(std::vector<Message> messages,
            google::protobuf::RepeatedPtrField<Message>* list) {
  for (Message& message : messages) *list->Add() = std::move(message);
}

std::vector<v1::PlanStatus> Plans(const StatusReader& reader,
                                  const std::string& plan) {
  std::vector<v1::PlanStatus> plans;
  for (v1::PlanStatus& status : reader.Plans()) {
    if (plan.empty() || status.plan().name() == plan) {
      plans.push_back(std::move(status));
    }
  }
  return plans;
}

absl::StatusOr<store::EventQuery> QueryOf(const v1::ListRequest& request,
                                          absl::Time now) {
  const v1::EventFilter& filter = request.events();
  if (filter.limit() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the limit of events is ", filter.limit(),
                     ": give a number above zero, or none"));
  }
  store::EventQuery query;
  query.plan = request.plan();
  query.host = filter.host();
  query.reason = filter.reason();
  query.user = filter.user();
  query.only_warnings = filter.only_warnings();
  query.limit = filter.limit();
  if (!filter.has_within()) return query;
  const absl::Duration within = FromProto(filter.within());
  if (within <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("events within ", absl::FormatDuration(within),
                     ": give a time span above zero, or none"));
  }
  query.since = now - within;
  return query;
}

}  // namespace

absl::StatusOr<v1::GetResponse> Get(const v1::GetRequest& request,
                                    const StatusReader& reader,
                                    const gitops::Sources& sources) {
  v1::GetResponse response;
  switch (request.name_case()) {
    case v1::GetRequest::kPlan: {
      ASSIGN_OR_RETURN(*response.mutable_plan(), reader.Plan(request.plan()));
      return response;
    }
    case v1::GetRequest::kHost: {
      ASSIGN_OR_RETURN(*response.mutable_host(), reader.Host(request.host()));
      return response;
    }
    case v1::GetRequest::kSource: {
      ASSIGN_OR_RETURN(*response.mutable_source(),
                       sources.Get(request.source()));
      return response;
    }
    case v1::GetRequest::NAME_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("name a plan, a host or a source");
}

absl::StatusOr<v1::WhyResponse> Why(const v1::WhyRequest& request,
                                    const StatusReader& reader) {
  ASSIGN_OR_RETURN(v1::WhyResponse all, reader.Why(request.plan()));
  v1::WhyResponse response;
  response.mutable_rollout()->Swap(all.mutable_rollout());
  if (all.has_removal()) *response.mutable_removal() = all.removal();
  for (v1::HostWhy& host : *all.mutable_hosts()) {
    const bool is_asked_for = request.host().empty()
                                  ? !host.rule().empty()
                                  : host.host() == request.host();
    if (is_asked_for) *response.add_hosts() = std::move(host);
  }
  if (request.host().empty() || !response.hosts().empty()) return response;
  return absl::NotFoundError(absl::StrCat(
      "host ", request.host(), " is none of the hosts of plan ", request.plan(),
      ": 'rolloutctl status ", request.plan(), "' shows those it selects"));
}

absl::StatusOr<v1::ListResponse> List(const v1::ListRequest& request,
                                      const ListRooms& rooms) {
  const auto& [reader, catalog, history, sources, clock] = rooms;
  const std::string& only = request.plan();
  const bool is_of_plan = request.kind() != v1::HOSTS &&
                          request.kind() != v1::FREEZES &&
                          request.kind() != v1::SOURCES;
  // Of one that was deleted there is something to tell still.
  const bool was_there = catalog.FindDeleted(only).mod_revision > 0;
  if (!only.empty() && is_of_plan && !was_there) {
    RETURN_IF_ERROR(reader.CheckPlan(only));
  }
  std::vector<std::string> names;
  if (only.empty()) {
    names = catalog.PlanNames();
  } else {
    names.push_back(only);
  }
  v1::ListResponse response;
  switch (request.kind()) {
    case v1::PLANS:
      Append(Plans(reader, only), response.mutable_plans());
      return response;
    case v1::ROLLOUTS:
      for (const std::string& name : names) {
        Append(catalog.Rollouts(name), response.mutable_rollouts());
      }
      return response;
    case v1::HOSTS:
      Append(reader.Hosts(), response.mutable_hosts());
      return response;
    case v1::REVISIONS:
      for (const std::string& name : names) {
        Append(catalog.Revisions(name), response.mutable_revisions());
      }
      return response;
    case v1::SWAPS:
      Append(history.Swaps(only), response.mutable_swaps());
      return response;
    case v1::EVENTS: {
      ASSIGN_OR_RETURN(store::EventQuery query, QueryOf(request, clock.Now()));
      Append(history.Events(query), response.mutable_events());
      return response;
    }
    case v1::FREEZES:
      for (auto& [hosts, freeze] : catalog.Holds().freezes) {
        *response.add_freezes() = std::move(freeze.record);
      }
      return response;
    case v1::SOURCES:
      Append(sources.List(), response.mutable_sources());
      return response;
    default:
      return absl::InvalidArgumentError("say what kind of thing to list");
  }
}

}  // namespace rollout::api
