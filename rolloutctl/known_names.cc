// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/known_names.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "rolloutctl/client.h"
#include "rolloutctl/connection_flags.h"
#include "rolloutctl/context_file.h"
#include "rolloutctl/kind_name.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

// Somebody waits at a prompt.
constexpr absl::Duration kPatience = absl::Milliseconds(1500);

// What the shell would have made of a path: it has not been there yet.
std::string Path(const std::string& typed) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || !absl::StartsWith(typed, "~/")) return typed;
  return absl::StrCat(home, typed.substr(1));
}

ConnectionFlags ConnectionOf(const CompletionPoint& point) {
  ConnectionFlags flags;
  flags.controller = point.Given("--controller");
  flags.ca = Path(point.Given("--ca"));
  flags.certificate = Path(point.Given("--certificate"));
  flags.key = Path(point.Given("--key"));
  flags.insecure_loopback = point.given.count("--insecure-loopback") > 0;
  flags.context = point.Given("--context");
  flags.config = Path(point.Given("--config"));
  ReadEnvironment(flags);
  return flags;
}

std::vector<Candidate> ContextNames(const CompletionPoint& point) {
  PosixFileSystem files;
  auto file = ContextFile::Locate(files, ConnectionOf(point).config);
  if (!file.ok()) return {};
  const absl::StatusOr<Contexts> contexts = file->Read();
  if (!contexts.ok()) return {};
  std::vector<Candidate> names;
  for (const Context& context : contexts->all) {
    names.push_back({context.name, context.settings.controller});
  }
  return names;
}

// Of that kind; empty where it can't be had.
v1::ListResponse AskFor(v1::Kind kind, const std::string& plan,
                        const CompletionPoint& point) {
  const auto client =
      Client::Make(ConnectionOf(point), {kPatience, /*diagnose=*/false});
  if (!client.ok()) return {};
  v1::ListRequest request;
  request.set_kind(kind);
  request.set_plan(plan);
  return (*client)->List(request).value_or(v1::ListResponse());
}

std::vector<Candidate> PlanNames(const CompletionPoint& point) {
  std::vector<Candidate> names;
  const v1::ListResponse list = AskFor(v1::PLANS, "", point);
  for (const auto& status : list.plans()) {
    names.push_back(
        {status.plan().name(), status.has_rollout()
                                   ? render::PhaseWord(status.rollout().phase())
                                   : ""});
  }
  return names;
}

std::vector<Candidate> HostNames(const CompletionPoint& point) {
  std::vector<Candidate> names;
  const v1::ListResponse list = AskFor(v1::HOSTS, "", point);
  for (const v1::Host& host : list.hosts()) {
    names.push_back({host.info().name(), host.info().address()});
  }
  return names;
}

// Of the plan that is named before, by their numbers or ids.
std::vector<Candidate> RevisionNames(const CompletionPoint& point,
                                     bool by_number) {
  const std::string plan =
      absl::StrCat(point.Given("plan"), point.Given("service"));
  if (plan.empty()) return {};
  std::vector<Candidate> names;
  const v1::ListResponse list = AskFor(v1::REVISIONS, plan, point);
  for (const auto& each : list.revisions()) {
    const std::string number = absl::StrCat(each.number());
    const std::string& url = each.service().artifact().url();
    names.push_back(by_number
                        ? Candidate{number, absl::StrCat(each.id(), " ", url)}
                        : Candidate{each.id(), absl::StrCat(number, " ", url)});
  }
  return names;
}

std::vector<Candidate> SwapNames(const CompletionPoint& point) {
  std::vector<Candidate> names;
  const v1::ListResponse list = AskFor(v1::SWAPS, "", point);
  for (const v1::SwapReport& swap : list.swaps()) {
    names.push_back(
        {swap.id(),
         absl::StrCat(swap.host(), " ", render::OutcomeWord(swap.outcome()))});
  }
  return names;
}

std::vector<Candidate> SourceNames(const CompletionPoint& point) {
  std::vector<Candidate> names;
  const v1::ListResponse list = AskFor(v1::SOURCES, "", point);
  for (const v1::Source& source : list.sources()) {
    names.push_back({source.name(), render::SyncWord(source.state())});
  }
  return names;
}

// What `get` takes behind the kind: the thing itself, or the plan it is of.
std::vector<Candidate> NamesOfKind(const CompletionPoint& point) {
  const absl::StatusOr<v1::Kind> kind = ParseKind(point.Given("kind"));
  if (!kind.ok() || *kind == v1::FREEZES) return {};
  if (*kind == v1::HOSTS) return HostNames(point);
  return *kind == v1::SOURCES ? SourceNames(point) : PlanNames(point);
}

}  // namespace

std::vector<Candidate> KnownNames(const std::string& name,
                                  const CompletionPoint& point) {
  if (name == kContextValue) return ContextNames(point);
  if (name == kPlanValue) return PlanNames(point);
  if (name == kHostValue) return HostNames(point);
  if (name == kRevisionValue) return RevisionNames(point, /*by_number=*/true);
  if (name == kRevisionIdValue) return RevisionNames(point, false);
  if (name == kSwapValue) return SwapNames(point);
  if (name == kSourceValue) return SourceNames(point);
  if (name == kNameOfKindValue) return NamesOfKind(point);
  return {};
}

}  // namespace rollout::ctl
