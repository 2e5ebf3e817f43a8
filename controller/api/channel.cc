// SPDX-License-Identifier: Apache-2.0

#include "controller/api/channel.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace rollout::api {
namespace {

// Of text and codes of an agent's, what an operator gets to see.
absl::Status StatusOf(const v1::ChannelEnd& end) {
  const bool known =
      end.code() > 0 &&
      end.code() <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  return absl::Status(known ? static_cast<absl::StatusCode>(end.code())
                            : absl::StatusCode::kUnknown,
                      end.message());
}

}  // namespace

void Channel::Attach(Side side, ChannelPeer* peer) {
  MutexLock lock(&mutex_);
  half(side).peer = peer;
  if (ended_) {
    FinishIfOver(half(side));
  } else if (half(Other(side)).peer != nullptr) {
    half(kOperator).peer->Read();
    half(kAgent).peer->Read();
  }
}

void Channel::Detach(Side side) {
  MutexLock lock(&mutex_);
  half(side).peer = nullptr;
}

absl::Status Channel::Check(Side from,
                            const v1::ChannelMessage& message) const {
  switch (message.kind_case()) {
    case v1::ChannelMessage::kData:
    case v1::ChannelMessage::kEndOfData:
      return absl::OkStatus();
    case v1::ChannelMessage::kOpened:
    case v1::ChannelMessage::kLines:
      if (from == kAgent) return absl::OkStatus();
      break;
    default:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(from == kAgent ? "the agent" : "the operator",
                   " sent what has no place in a channel that is open"));
}

void Channel::Received(Side from, v1::ChannelMessage message) {
  MutexLock lock(&mutex_);
  if (ended_) return;
  if (from == kAgent && message.has_end()) {
    return EndLocked(StatusOf(message.end()));
  }
  absl::Status fine = Check(from, message);
  if (!fine.ok()) return EndLocked(fine);
  // Nothing is being written there: nothing was read until that was over.
  Half& to = half(Other(from));
  to.outgoing = std::move(message);
  to.writing = true;
  to.peer->Write(to.outgoing);
}

void Channel::Written(Side to, bool ok) {
  MutexLock lock(&mutex_);
  half(to).writing = false;
  if (ended_) return FinishIfOver(half(to));
  if (!ok) return EndLocked(absl::CancelledError("the stream broke"));
  Half& from = half(Other(to));
  from.said_all = from.said_all || half(to).outgoing.has_end_of_data();
  if (from.said_all && half(to).said_all) return EndLocked(absl::OkStatus());
  // After end_of_data too: the agent may have to say why it ends.
  if (from.peer != nullptr) from.peer->Read();
}

void Channel::Left(Side side) {
  End(side == kAgent
          ? absl::UnavailableError(absl::StrCat(
                "host ", host_,
                " went away: its agent was stopped, or the connection between "
                "it and the controller broke"))
          : absl::CancelledError("the operator has left"));
}

void Channel::End(const absl::Status& status) {
  MutexLock lock(&mutex_);
  EndLocked(status);
}

void Channel::EndUnlessTaken(const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (half(kAgent).peer == nullptr) EndLocked(status);
}

void Channel::EndLocked(const absl::Status& status) {
  if (ended_) return;
  ended_ = status;
  // An operator gets what is on its way, and then the reason. An agent may wait
  // for a service that takes nothing: it learns at once that nobody is left.
  Half& agent = half(kAgent);
  if (agent.writing && agent.peer != nullptr) agent.peer->Cancel();
  for (Half& half : halves_) FinishIfOver(half);
}

void Channel::FinishIfOver(Half& half) {
  if (half.peer == nullptr || half.writing || half.finished) return;
  half.finished = true;
  half.peer->Finish(*ended_);
}

}  // namespace rollout::api
