// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/get_command.h"

#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/closest_name.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/structured.h"

namespace rollout::ctl {
namespace {

// As people name a kind, which is also the field of ListResponse.
struct KindName {
  const char* plural;
  const char* singular;
  v1::Kind kind;
};
constexpr KindName kKinds[] = {
    {"plans", "plan", v1::PLANS},
    {"rollouts", "rollout", v1::ROLLOUTS},
    {"hosts", "host", v1::HOSTS},
    {"revisions", "revision", v1::REVISIONS},
    {"swaps", "swap", v1::SWAPS},
    {"events", "event", v1::EVENTS},
    {"freezes", "freeze", v1::FREEZES},
    {"sources", "source", v1::SOURCES},
};

absl::StatusOr<KindName> ParseKind(const std::string& text) {
  std::vector<std::string> known;
  for (const KindName& each : kKinds) {
    if (text == each.plural || text == each.singular) return each;
    known.push_back(each.plural);
  }
  std::string closest = ClosestName(text, known);
  return absl::InvalidArgumentError(absl::StrCat(
      "there are no \"", text, "\" to get",
      closest.empty() ? "" : absl::StrCat(", did you mean ", closest, "?"),
      " (there are: plans, rollouts, hosts, revisions, swaps, events, freezes, "
      "sources)"));
}

// One plan or one host, in a list as well: the table is made from that.
struct Found {
  v1::GetResponse one;
  v1::ListResponse list;
};

absl::StatusOr<Found> GetOne(Client& client, v1::Kind kind,
                             const std::string& name) {
  v1::GetRequest request;
  kind == v1::PLANS ? request.set_plan(name) : request.set_host(name);
  Found found;
  ASSIGN_OR_RETURN(found.one, client.Get(request));
  if (kind == v1::PLANS) {
    *found.list.add_plans() = found.one.plan();
  } else {
    *found.list.add_hosts() = found.one.host();
  }
  return found;
}

absl::StatusOr<Found> GetList(Client& client, v1::Kind kind,
                              const std::string& plan) {
  v1::ListRequest request;
  request.set_kind(kind);
  request.set_plan(plan);
  Found found;
  ASSIGN_OR_RETURN(found.list, client.List(request));
  return found;
}

std::string Text(const Found& found, const KindName& kind,
                 render::Format format) {
  if (found.one.has_plan()) {
    return render::Structured(found.one.plan(), {format});
  }
  if (found.one.has_host()) {
    return render::Structured(found.one.host(), {format});
  }
  return render::Structured(found.list, {format, kind.plural});
}

}  // namespace

CLI::App* GetCommand::Register(CLI::App& parent) {
  CLI::App* app =
      parent.add_subcommand("get", "List what the controller knows");
  app->add_option(
         "kind", kind_,
         "plans, rollouts, hosts, revisions, swaps, events, freezes or "
         "sources")
      ->required();
  app->add_option(
      "name", name_,
      "Only this plan or host; of other kinds, only what belongs to "
      "this plan");
  output_.Register(*app);
  app->footer(
      "Examples:\n"
      "  rolloutctl get hosts\n"
      "  rolloutctl get swaps web -o json");
  return app;
}

absl::StatusOr<ExitCode> GetCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(KindName kind, ParseKind(kind_));
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  bool one =
      !name_.empty() && (kind.kind == v1::PLANS || kind.kind == v1::HOSTS);
  ASSIGN_OR_RETURN(Found found, one ? GetOne(*client, kind.kind, name_)
                                    : GetList(*client, kind.kind, name_));
  Console& console = session.console;
  if (format != render::Format::kTable) {
    console.out << Text(found, kind, format);
    return ExitCode::kDone;
  }
  render::Table table =
      render::ListTable(kind.kind, found.list, session.clock.Now());
  if (table.empty()) {
    console.err << "no " << kind.plural << " yet\n";
  } else {
    console.out << table.Render(console.color);
  }
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
