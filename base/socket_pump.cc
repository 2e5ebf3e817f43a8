// SPDX-License-Identifier: Apache-2.0

#include "base/socket_pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/status_macros.h"

namespace rollout {
namespace {

constexpr size_t kBufferBytes = 32 * 1024;
// An idle stream is asked so often whether there still is somebody: nothing
// else shows it while the other direction waits for its connection.
constexpr int kAskAfterMs = 2'000;

class Pump {
 public:
  Pump(UniqueFd socket, ByteStream& stream)
      : socket_(std::move(socket)),
        stop_(eventfd(0, EFD_CLOEXEC)),
        stream_(stream) {
    int flags = fcntl(socket_.get(), F_GETFL);
    fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
  }

  absl::Status Run() {
    std::thread reader([this] {
      absl::Status ended = FromStream();
      // A socket that broke for one direction did for the other.
      if (!ended.ok()) Stop();
      MutexLock lock(&mutex_);
      from_stream_ = ended;
      changed_.NotifyAll();
    });
    absl::Status ended = ToStream();
    if (absl::IsAborted(ended)) stream_.Fail(ended);
    if (!ended.ok()) Stop();
    absl::Status other = AwaitReader();
    reader.join();
    if (!other.ok() && !absl::IsAborted(ended)) {
      ended = other;
      if (absl::IsAborted(ended)) stream_.Fail(ended);
    }
    if (!ended.ok()) ResetAtClose();
    return ended;
  }

 private:
  static absl::Status StreamOver() {
    return absl::CancelledError("the stream has ended");
  }
  static absl::Status Broken(int error) {
    return absl::AbortedError(absl::ErrnoToStatus(error, "").message());
  }

  // False: it is to stop. Otherwise ready, or `timeout_ms` is over.
  bool Wait(short events, int timeout_ms, bool* ready) {
    pollfd fds[] = {{socket_.get(), events, 0}, {stop_.get(), POLLIN, 0}};
    int found = poll(fds, 2, timeout_ms);
    *ready = fds[0].revents != 0;
    return found < 0 || fds[1].revents == 0;
  }

  void Stop() { eventfd_write(stop_.get(), 1); }

  absl::Status AwaitReader() {
    MutexLock lock(&mutex_);
    while (!from_stream_) {
      if (changed_.WaitFor(&mutex_, absl::Milliseconds(kAskAfterMs))) continue;
      // It may wait for a socket that takes nothing.
      mutex_.Unlock();
      if (!stream_.Write("")) Stop();
      mutex_.Lock();
    }
    return *from_stream_;
  }

  absl::Status ToStream() {
    std::string buffer;
    for (;;) {
      buffer.resize(kBufferBytes);
      ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (got == 0) {
        wrote_end_ = true;
        return stream_.WriteEnd() ? absl::OkStatus() : StreamOver();
      }
      if (got < 0 && errno != EAGAIN && errno != EINTR) return Broken(errno);
      if (got < 0) {
        bool ready;
        if (!Wait(POLLIN, kAskAfterMs, &ready)) return StreamOver();
        if (ready) continue;
        got = 0;
      }
      buffer.resize(got);
      if (!stream_.Write(std::move(buffer))) return StreamOver();
      buffer.clear();
    }
  }

  absl::Status FromStream() {
    std::string data;
    bool got_end = false;
    for (;;) {
      switch (stream_.Read(&data)) {
        case ByteStream::Got::kData:
          RETURN_IF_ERROR(Send(data));
          break;
        case ByteStream::Got::kEnd:
          got_end = true;
          shutdown(socket_.get(), SHUT_WR);
          break;
        case ByteStream::Got::kOver:
          // Before both ends have said all they had, it broke.
          return got_end && wrote_end_ ? absl::OkStatus() : StreamOver();
      }
    }
  }

  absl::Status Send(absl::string_view data) {
    while (!data.empty()) {
      ssize_t sent =
          send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        data.remove_prefix(sent);
        continue;
      }
      if (errno != EAGAIN && errno != EINTR) return Broken(errno);
      bool ready;
      if (!Wait(POLLOUT, -1, &ready)) return StreamOver();
    }
    return absl::OkStatus();
  }

  void ResetAtClose() {
    linger reset = {1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }

  const UniqueFd socket_;
  // Readable: no more waiting for the socket.
  const UniqueFd stop_;
  ByteStream& stream_;
  std::atomic<bool> wrote_end_{false};
  Mutex mutex_;
  CondVar changed_;
  // How the direction from the stream ended.
  std::optional<absl::Status> from_stream_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status PumpSocket(UniqueFd socket, ByteStream& stream) {
  return Pump(std::move(socket), stream).Run();
}

}  // namespace rollout
