// SPDX-License-Identifier: Apache-2.0

#include "agent/channel/channels.h"

#include <system_error>
#include <utility>

#include "base/log.h"

namespace rollout::channel {
namespace {

void ServeOne(link::Channel& channel, const Channels::Work& work) {
  channel.Take();
  absl::Status status;
  try {
    status = work(channel);
  } catch (const std::system_error& error) {
    // No second thread to be had.
    status = absl::ResourceExhaustedError(error.what());
  }
  if (!status.ok()) channel.End(status);
  channel.AwaitEnd();
}

}  // namespace

Channels::~Channels() {
  std::list<Open> open;
  {
    MutexLock lock(&mutex_);
    for (Open& one : open_) one.channel->Cancel();
    // The threads still mark them: they stay where they are.
    open.splice(open.end(), open_);
  }
  for (Open& one : open) one.thread.join();
}

void Channels::Serve(std::shared_ptr<link::Channel> channel, Work work) {
  std::list<Open> over;
  {
    MutexLock lock(&mutex_);
    over = TakeOver();
    if (open_.size() >= kMost) {
      LogWarning("a channel is not taken: ", kMost, " are open");
    } else {
      Start(std::move(channel), std::move(work));
    }
  }
  for (Open& one : over) one.thread.join();
}

void Channels::Start(std::shared_ptr<link::Channel> channel, Work work) {
  Open& one = open_.emplace_back();
  one.channel = std::move(channel);
  try {
    one.thread = std::thread([this, &one, work = std::move(work)] {
      ServeOne(*one.channel, work);
      MutexLock lock(&mutex_);
      one.over = true;
    });
  } catch (const std::system_error& error) {
    LogError("a channel is not taken: no thread for it: ", error.what());
    open_.pop_back();
  }
}

std::list<Channels::Open> Channels::TakeOver() {
  std::list<Open> over;
  for (auto one = open_.begin(); one != open_.end();) {
    auto next = std::next(one);
    if (one->over) over.splice(over.end(), open_, one);
    one = next;
  }
  return over;
}

}  // namespace rollout::channel
