// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/describe_command.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/render/host_description.h"
#include "rolloutctl/render/plan_description.h"
#include "rolloutctl/render/source_description.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/swap_description.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

constexpr int kEvents = 10;

// Of the plan in the id, the one swap of that id, on `host` if that is given.
absl::StatusOr<v1::SwapReport> FindSwap(Client& client, const std::string& id,
                                        const std::string& host) {
  const size_t slash = id.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == id.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", id,
                     "\" is no swap's id: write PLAN/GENERATION, as "
                     "\"rolloutctl get swaps\" shows it"));
  }
  v1::ListRequest request;
  request.set_kind(v1::SWAPS);
  request.set_plan(id.substr(0, slash));
  ASSIGN_OR_RETURN(v1::ListResponse list, client.List(request));
  std::vector<std::string> hosts;
  v1::SwapReport found;
  for (const v1::SwapReport& swap : list.swaps()) {
    if (swap.id() != id || (!host.empty() && swap.host() != host)) continue;
    hosts.push_back(swap.host());
    found = swap;
  }
  if (hosts.size() == 1) return found;
  if (hosts.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no swap ", id, host.empty() ? "" : " on host ",
                     host, ", or not any more: see \"rolloutctl get swaps\""));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("several hosts have a swap ", id, " (",
                   absl::StrJoin(hosts, ", "), "): name one with --host"));
}

// The newest ones, of a plan or a host.
absl::StatusOr<v1::ListResponse> NewestEvents(Client& client,
                                              const std::string& plan,
                                              const std::string& host) {
  v1::ListRequest request;
  request.set_kind(v1::EVENTS);
  request.set_plan(plan);
  request.mutable_events()->set_host(host);
  request.mutable_events()->set_limit(kEvents);
  return client.List(request);
}

}  // namespace

CommandParser& DescribePlanCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "plan", "Show a plan: where it comes from, its status, spec and events");
  parser.AddArgument("name", name_, "The plan's name")
      .Type(kPlanValue)
      .Required();
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl describe plan web");
  return parser;
}

absl::StatusOr<ExitCode> DescribePlanCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  v1::GetRequest request;
  request.set_plan(name_);
  ASSIGN_OR_RETURN(v1::GetResponse response, client->Get(request));
  const v1::PlanStatus& plan = response.plan();
  Console& console = session.console;
  if (format != render::Format::kTable) {
    console.out << render::Structured(plan, {format});
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(v1::ListResponse events, NewestEvents(*client, name_, ""));
  const int columns = console.window().value_or(WindowSize{0, 0}).columns;
  console.out << render::PlanDescription(
      plan, events, {session.clock.Now(), console.color, columns});
  return ExitCode::kDone;
}

CommandParser& DescribeHostCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "host", "Show a host: what it is, what it runs, and its events");
  parser.AddArgument("name", name_, "The host's name")
      .Type(kHostValue)
      .Required();
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl describe host web-1");
  return parser;
}

absl::StatusOr<ExitCode> DescribeHostCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  v1::GetRequest request;
  request.set_host(name_);
  ASSIGN_OR_RETURN(v1::GetResponse response, client->Get(request));
  const v1::Host& host = response.host();
  Console& console = session.console;
  if (format != render::Format::kTable) {
    console.out << render::Structured(host, {format});
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(v1::ListResponse events, NewestEvents(*client, "", name_));
  console.out << render::HostDescription(host, events, session.clock.Now(),
                                         console.color);
  return ExitCode::kDone;
}

CommandParser& DescribeSwapCommand::Register(CommandParser& parent) {
  CommandParser& parser =
      parent.AddCommand("swap", "Show all that is known of one swap");
  parser.AddArgument("id", id_, "The swap's id").Type(kSwapValue).Required();
  parser.AddFlag("--host", host_, "On this host, where several have that id")
      .Type(kHostValue);
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl describe swap web/7 --host web-1");
  return parser;
}

absl::StatusOr<ExitCode> DescribeSwapCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  ASSIGN_OR_RETURN(v1::SwapReport swap, FindSwap(*client, id_, host_));
  session.console.out << (format == render::Format::kTable
                              ? render::SwapDescription(swap,
                                                        session.clock.Now())
                              : render::Structured(swap, {format}));
  return ExitCode::kDone;
}

CommandParser& DescribeSourceCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "source",
      "Show a source, and how each of its plans stands to the repository");
  parser.AddArgument("name", name_, "The source's name")
      .Type(kSourceValue)
      .Required();
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl describe source prod");
  return parser;
}

absl::StatusOr<ExitCode> DescribeSourceCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  v1::GetRequest request;
  request.set_source(name_);
  ASSIGN_OR_RETURN(v1::GetResponse response, client->Get(request));
  const v1::Source& source = response.source();
  Console& console = session.console;
  console.out << (format == render::Format::kTable
                      ? render::SourceDescription(source, session.clock.Now(),
                                                  console.color)
                      : render::Structured(source, {format}));
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
