// SPDX-License-Identifier: Apache-2.0

#include "controller/api/channels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::api {

absl::StatusOr<std::shared_ptr<Channel>> Channels::Open(
    const v1::ChannelRequest& request) {
  if (request.host().empty() || request.target().service().empty() ||
      request.target().kind_case() == v1::ChannelTarget::KIND_NOT_SET) {
    return absl::InvalidArgumentError(
        "a channel leads to a host, a service and something of it");
  }
  ASSIGN_OR_RETURN(std::shared_ptr<Channel> channel, Make(request.host()));
  v1::OpenChannel open;
  open.set_id(Register(request.host(), channel));
  *open.mutable_target() = request.target();
  absl::Status asked = fleet_.OpenChannel(request.host(), open);
  if (!asked.ok()) {
    GiveUp(open.id(), asked);
    return asked;
  }
  loop_.PostAfter(take_timeout_, [this, id = open.id(), host = request.host()] {
    GiveUp(id, absl::UnavailableError(absl::StrCat(
                   "host ", host, " did not take the channel within ",
                   absl::FormatDuration(take_timeout_),
                   ": its agent is busy or can't reach the controller; look "
                   "at its log")));
  });
  return channel;
}

absl::StatusOr<std::shared_ptr<Channel>> Channels::Make(
    const std::string& host) {
  {
    MutexLock lock(&mutex_);
    if (open_[host] >= kMostOfOneHost) {
      return absl::ResourceExhaustedError(
          absl::StrCat("host ", host, " has ", kMostOfOneHost,
                       " channels open: try again when some have ended"));
    }
    ++open_[host];
  }
  return std::make_shared<Channel>(host, [this, host] {
    MutexLock lock(&mutex_);
    if (--open_[host] == 0) open_.erase(host);
  });
}

std::string Channels::Register(const std::string& host,
                               const std::shared_ptr<Channel>& channel) {
  MutexLock lock(&mutex_);
  std::string id = absl::StrCat(absl::Hex(random_(), absl::kZeroPad16),
                                absl::Hex(random_(), absl::kZeroPad16));
  waiting_[id] = {host, channel};
  return id;
}

void Channels::GiveUp(const std::string& id, const absl::Status& status) {
  // Ended without the lock, which its destruction takes.
  std::shared_ptr<Channel> channel;
  {
    MutexLock lock(&mutex_);
    auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    channel = found->second.channel.lock();
    waiting_.erase(found);
  }
  if (channel != nullptr) channel->EndUnlessTaken(status);
}

absl::StatusOr<std::shared_ptr<Channel>> Channels::Take(
    const std::string& id,
    const std::function<absl::Status(const std::string& host)>& authorize) {
  std::shared_ptr<Channel> channel;
  {
    MutexLock lock(&mutex_);
    auto found = waiting_.find(id);
    if (found != waiting_.end()) {
      RETURN_IF_ERROR(authorize(found->second.host));
      channel = found->second.channel.lock();
      waiting_.erase(found);
    }
  }
  if (channel == nullptr) {
    return absl::NotFoundError(
        "nobody waits for that channel, or not any more");
  }
  return channel;
}

}  // namespace rollout::api
