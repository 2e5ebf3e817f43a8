// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/get_command.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/host_selector.h"
#include "rolloutctl/kind_name.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

// One plan, host or source, in a list as well: the table is made from that.
struct Found {
  v1::GetResponse one;
  v1::ListResponse list;
};

absl::StatusOr<Found> GetOne(Client& client, v1::Kind kind,
                             const std::string& name) {
  v1::GetRequest request;
  if (kind == v1::PLANS) request.set_plan(name);
  if (kind == v1::HOSTS) request.set_host(name);
  if (kind == v1::SOURCES) request.set_source(name);
  Found found;
  ASSIGN_OR_RETURN(found.one, client.Get(request));
  if (kind == v1::PLANS) *found.list.add_plans() = found.one.plan();
  if (kind == v1::HOSTS) *found.list.add_hosts() = found.one.host();
  if (kind == v1::SOURCES) *found.list.add_sources() = found.one.source();
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

std::string Text(const v1::GetResponse& one, render::Format format) {
  if (one.has_plan()) return render::Structured(one.plan(), {format});
  if (one.has_host()) return render::Structured(one.host(), {format});
  return render::Structured(one.source(), {format});
}

ListView ViewOf(v1::Kind kind, absl::Time now, bool selected) {
  return {kind,
          [kind, now](const v1::ListResponse& list, render::Width width) {
            return render::ListTable(kind, list, now, width);
          },
          absl::StrCat("no ", selected ? "such " : "", NameOf(kind).plural,
                       selected ? "" : " yet")};
}

bool HasOne(v1::Kind kind) {
  return kind == v1::PLANS || kind == v1::HOSTS || kind == v1::SOURCES;
}

std::string KindWords() {
  return absl::StrJoin(
      KindNames(), "|",
      [](std::string* out, const KindName& each) { out->append(each.plural); });
}

void KeepSelected(const v1::HostSelector& selector, v1::ListResponse& list) {
  auto& hosts = *list.mutable_hosts();
  hosts.erase(std::remove_if(hosts.begin(), hosts.end(),
                             [&](const v1::Host& host) {
                               return !Matches(selector, host.info());
                             }),
              hosts.end());
}

}  // namespace

CommandParser& GetCommand::Register(CommandParser& parent) {
  CommandParser& parser =
      parent.AddCommand("get", "List what the controller knows");
  parser.AddArgument("kind", kind_, "What to list")
      .Type(KindWords())
      .Required();
  parser
      .AddArgument("name", name_,
                   "Only this plan, host or source; of other kinds, only what "
                   "belongs to "
                   "this plan")
      .Type(kNameOfKindValue);
  AddSelector(parser, selector_);
  output_.Register(parser);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl get hosts -l zone=a -o wide\n"
      "  rolloutctl get swaps web -o json\n"
      "  rolloutctl get rollouts --sort-by took --no-headers\n"
      "  rolloutctl get hosts -o name");
  return parser;
}

absl::StatusOr<v1::HostSelector> GetCommand::Selector(v1::Kind kind) const {
  if (selector_.empty()) return v1::HostSelector();
  if (kind != v1::HOSTS) {
    return absl::InvalidArgumentError(
        "--selector: only hosts have labels: leave it out, or get hosts");
  }
  if (!name_.empty()) {
    return absl::InvalidArgumentError(
        "--selector: name a host, or select by labels, not both");
  }
  return ParseSelector(selector_);
}

absl::StatusOr<ExitCode> GetCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(v1::Kind kind, ParseKind(kind_));
  const ListView view = ViewOf(kind, session.clock.Now(), !selector_.empty());
  RETURN_IF_ERROR(output_.Check(view));
  ASSIGN_OR_RETURN(v1::HostSelector selector, Selector(kind));
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  const bool one = !name_.empty() && HasOne(kind);
  ASSIGN_OR_RETURN(Found found, one ? GetOne(*client, kind, name_)
                                    : GetList(*client, kind, name_));
  KeepSelected(selector, found.list);
  const render::Format format = output_.format();
  if (one &&
      (format == render::Format::kJson || format == render::Format::kYaml)) {
    session.console.out << Text(found.one, format);
  } else {
    output_.Print(view, found.list, session.console);
  }
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
