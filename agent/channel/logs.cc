// SPDX-License-Identifier: Apache-2.0

#include "agent/channel/logs.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/output/log_reader.h"
#include "agent/probe/cancel_event.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::channel {
namespace {

// In one message, a line's numbers included.
constexpr size_t kBatchBytes = 32 * 1024;
constexpr size_t kLineBytes = 32;

// Lines on their way to the operator, some at a time.
class LineSender {
 public:
  LineSender(int64_t generation, link::Channel* channel)
      : generation_(generation), channel_(*channel) {}

  // False: the channel is over.
  bool Add(const output::Line& line, uint64_t lost_before) {
    lost_ += lost_before;
    if (generation_ != 0 && line.generation != generation_) return true;
    v1::LogLine* added = batch_.mutable_lines()->add_lines();
    added->set_sequence(line.sequence);
    added->set_generation(line.generation);
    added->set_text(std::string(line.text));
    added->set_lost_before(std::exchange(lost_, 0));
    bytes_ += line.text.size() + kLineBytes;
    return bytes_ < kBatchBytes || Flush();
  }

  bool Flush() {
    if (batch_.lines().lines().empty()) return true;
    bytes_ = 0;
    return channel_.Write(std::exchange(batch_, {}));
  }

 private:
  const int64_t generation_;
  link::Channel& channel_;
  v1::ChannelMessage batch_;
  size_t bytes_ = 0;
  // Missing since the last line that was sent.
  uint64_t lost_ = 0;
};

// Wakes when something is written or renamed in a directory.
class DirectoryWatch {
 public:
  static absl::StatusOr<DirectoryWatch> Open(const std::string& directory) {
    UniqueFd fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    constexpr uint32_t kEvents =
        IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO;
    if (!fd.valid() ||
        inotify_add_watch(fd.get(), directory.c_str(), kEvents) < 0) {
      return absl::ErrnoToStatus(errno,
                                 absl::StrCat("cannot watch ", directory));
    }
    return DirectoryWatch(std::move(fd));
  }

  // Waits. False: `over` became readable.
  bool Await(int over) {
    pollfd fds[] = {{fd_.get(), POLLIN, 0}, {over, POLLIN, 0}};
    while (poll(fds, 2, -1) < 0) {
    }
    // What has happened is looked for in the files.
    char events[4096];
    while (read(fd_.get(), events, sizeof events) > 0) {
    }
    return fds[1].revents == 0;
  }

 private:
  explicit DirectoryWatch(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

// Returns OK too when the channel is over.
absl::Status Send(output::LogReader* reader, LineSender* sender) {
  absl::Status read =
      reader->ReadNew([sender](const output::Line& line, uint64_t lost) {
        return sender->Add(line, lost);
      });
  return absl::IsCancelled(read) ? absl::OkStatus() : read;
}

absl::Status SendAll(FileSystem& files, const std::string& directory,
                     const v1::LogTarget& target, link::Channel* channel,
                     int over) {
  // Before anything is read, so that nothing is missed.
  ASSIGN_OR_RETURN(DirectoryWatch watch, DirectoryWatch::Open(directory));
  output::LogReader reader(&files, directory);
  if (target.after() > 0) {
    reader.StartAfter(target.after());
  } else if (target.tail() > 0) {
    RETURN_IF_ERROR(reader.StartAtTail(target.tail(), target.generation()));
  }
  LineSender sender(target.generation(), channel);
  do {
    RETURN_IF_ERROR(Send(&reader, &sender));
    if (!sender.Flush()) return absl::OkStatus();
  } while (target.follow() && watch.Await(over));
  v1::ChannelMessage end;
  end.mutable_end_of_data();
  channel->Write(end);
  return absl::OkStatus();
}

}  // namespace

absl::Status SendLogs(FileSystem& files, const std::string& directory,
                      const v1::LogTarget& target, link::Channel& channel) {
  v1::ChannelMessage opened;
  opened.mutable_opened();
  if (!channel.Write(opened)) return absl::OkStatus();
  probe::CancelEvent over;
  std::thread listener([&] {
    v1::ChannelMessage ignored;
    while (channel.Read(&ignored)) {
    }
    over.Set();
  });
  absl::Status status = SendAll(files, directory, target, &channel, over.fd());
  // The listener's read ends with the channel.
  if (!status.ok()) channel.End(status);
  listener.join();
  return absl::OkStatus();
}

}  // namespace rollout::channel
