// SPDX-License-Identifier: Apache-2.0
//
// The half of Agent that serves operators: finds what a channel leads to. It
// changes nothing.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/channel/logs.h"
#include "agent/channel/proxy.h"
#include "agent/reconcile/agent.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::agent {
namespace {

std::string NamesOf(
    const std::map<std::string, std::unique_ptr<Service>>& services) {
  std::vector<std::string> names;
  for (const auto& [name, service] : services) names.push_back(name);
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

}  // namespace

void Agent::OnChannel(const v1::ChannelTarget& target,
                      std::shared_ptr<link::Channel> channel) {
  absl::StatusOr<channel::Channels::Work> work = WorkOf(target);
  if (!work.ok()) {
    work = [why = work.status()](link::Channel&) { return why; };
  }
  channels_.Serve(std::move(channel), *std::move(work));
}

absl::StatusOr<channel::Channels::Work> Agent::WorkOf(
    const v1::ChannelTarget& target) {
  auto service = services_.find(target.service());
  if (service == services_.end()) {
    return absl::NotFoundError(
        absl::StrCat("host ", around_.host.name(), " has no service \"",
                     target.service(), "\"; it has: ", NamesOf(services_)));
  }
  if (target.has_proxy()) {
    ASSIGN_OR_RETURN(UniqueFd connection,
                     service->second->Connect(target.proxy()));
    // std::function wants what can be copied.
    auto socket = std::make_shared<UniqueFd>(std::move(connection));
    return channel::Channels::Work([socket](link::Channel& channel) {
      return channel::Proxy(std::move(*socket), channel);
    });
  }
  if (target.has_log()) {
    return channel::Channels::Work(
        [&files = around_.files, log = target.log(),
         directory = ServiceDirectory(around_, target.service())](
            link::Channel& channel) {
          return channel::SendLogs(files, directory, log, channel);
        });
  }
  return absl::UnimplementedError(absl::StrCat(
      "the agent of host ", around_.host.name(),
      " does not know what this channel is to lead to: update it"));
}

}  // namespace rollout::agent
