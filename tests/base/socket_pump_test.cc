// SPDX-License-Identifier: Apache-2.0

#include "base/socket_pump.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/sha256.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

// A stream whose other end is in the test's hands. Takes four pieces that
// nobody has read, no more.
class FakeStream : public ByteStream {
 public:
  static constexpr size_t kMostPieces = 4;

  // ByteStream:
  Got Read(std::string* data) override {
    MutexLock lock(&mutex_);
    while (in_.empty() && !over_) changed_.Wait(&mutex_);
    if (in_.empty()) return Got::kOver;
    std::optional<std::string> piece = std::move(in_.front());
    in_.pop_front();
    changed_.NotifyAll();
    if (!piece) return Got::kEnd;
    *data = *std::move(piece);
    return Got::kData;
  }
  bool Write(std::string data) override {
    if (data.empty()) return true;
    MutexLock lock(&mutex_);
    while (out_.size() >= kMostPieces && !over_) changed_.Wait(&mutex_);
    if (over_) return false;
    out_.push_back(std::move(data));
    changed_.NotifyAll();
    return true;
  }
  bool WriteEnd() override {
    MutexLock lock(&mutex_);
    ended_ = true;
    changed_.NotifyAll();
    return !over_;
  }
  void Fail(const absl::Status& why) override {
    MutexLock lock(&mutex_);
    failure_ = why;
    over_ = true;
    changed_.NotifyAll();
  }

  // The other end. Nothing: its end.
  void Say(std::optional<std::string> piece) {
    MutexLock lock(&mutex_);
    while (in_.size() >= kMostPieces && !over_) changed_.Wait(&mutex_);
    in_.push_back(std::move(piece));
    changed_.NotifyAll();
  }
  // The next piece; none: the end.
  std::optional<std::string> Hear() {
    MutexLock lock(&mutex_);
    while (out_.empty() && !ended_) changed_.Wait(&mutex_);
    if (out_.empty()) return std::nullopt;
    std::string piece = std::move(out_.front());
    out_.pop_front();
    changed_.NotifyAll();
    return piece;
  }
  void EndStream() {
    MutexLock lock(&mutex_);
    over_ = true;
    changed_.NotifyAll();
  }
  size_t unheard() {
    MutexLock lock(&mutex_);
    return out_.size();
  }
  absl::Status failure() {
    MutexLock lock(&mutex_);
    return failure_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::optional<std::string>> in_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> out_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

// A pump at work between the stream and one end of a connection, whose other
// end is `peer_`.
class SocketPumpTest : public ::testing::Test {
 protected:
  SocketPumpTest() {
    // Of TCP: local sockets know no reset.
    UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener.get(), any, size), 0);
    EXPECT_EQ(listen(listener.get(), 1), 0);
    EXPECT_EQ(getsockname(listener.get(), any, &size), 0);
    peer_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(peer_.get(), any, size), 0);
    UniqueFd ours(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    pump_ = std::thread([this, fd = ours.release()] {
      result_ = PumpSocket(UniqueFd(fd), stream_);
    });
  }
  ~SocketPumpTest() override {
    if (pump_.joinable()) pump_.join();
  }

  absl::Status Result() {
    pump_.join();
    return result_;
  }

  // Everything until the end; "reset" if it breaks.
  std::string ReceiveAll() {
    std::string all;
    char buffer[65536];
    for (;;) {
      ssize_t got = recv(peer_.get(), buffer, sizeof buffer, 0);
      if (got == 0) return all;
      if (got < 0) return "reset";
      all.append(buffer, got);
    }
  }
  bool SendAll(absl::string_view data) {
    while (!data.empty()) {
      ssize_t sent = send(peer_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      data.remove_prefix(sent);
    }
    return true;
  }

  FakeStream stream_;
  UniqueFd peer_;
  std::thread pump_;
  absl::Status result_;
};

std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<char>(i * 7919 >> 3);
  return bytes;
}

TEST_F(SocketPumpTest, CarriesMuchBothWaysAtOnce) {
  const std::string forth = Bytes(64 << 20), back = Bytes((64 << 20) + 1);
  std::thread sender([&] {
    EXPECT_TRUE(SendAll(forth));
    shutdown(peer_.get(), SHUT_WR);
  });
  std::string received;
  std::thread receiver([&] { received = ReceiveAll(); });
  std::thread sayer([&] {
    for (size_t at = 0; at < back.size(); at += 50'000) {
      stream_.Say(back.substr(at, 50'000));
    }
    stream_.Say(std::nullopt);
  });
  Sha256 heard;
  while (std::optional<std::string> piece = stream_.Hear()) heard.Add(*piece);
  sender.join();
  receiver.join();
  sayer.join();
  stream_.EndStream();
  EXPECT_TRUE(Result().ok()) << result_;
  EXPECT_EQ(heard.Finish(), Sha256Of(forth));
  EXPECT_EQ(Sha256Of(received), Sha256Of(back));
}

TEST_F(SocketPumpTest, OneDirectionEndsWhileTheOtherGoesOn) {
  stream_.Say("question");
  stream_.Say(std::nullopt);
  EXPECT_EQ(ReceiveAll(), "question");
  EXPECT_TRUE(SendAll("answer"));
  EXPECT_EQ(stream_.Hear(), "answer");
  shutdown(peer_.get(), SHUT_WR);
  EXPECT_EQ(stream_.Hear(), std::nullopt);
  stream_.EndStream();
  EXPECT_TRUE(Result().ok()) << result_;
}

TEST_F(SocketPumpTest, WhoDoesNotReadHoldsUpTheOther) {
  // More than all buffers in between take: it can't be sent while nobody hears.
  std::atomic<size_t> sent{0};
  const std::string piece = Bytes(1 << 20);
  constexpr size_t kPieces = 64;
  std::thread sender([&] {
    for (size_t i = 0; i < kPieces; ++i) {
      EXPECT_TRUE(SendAll(piece));
      ++sent;
    }
    shutdown(peer_.get(), SHUT_WR);
  });
  ASSERT_TRUE(stream_.Hear().has_value());
  EXPECT_LE(stream_.unheard(), FakeStream::kMostPieces);
  EXPECT_LT(sent, kPieces);
  size_t heard = 0;
  while (std::optional<std::string> some = stream_.Hear()) {
    heard += some->size();
    EXPECT_LE(stream_.unheard(), FakeStream::kMostPieces);
  }
  sender.join();
  EXPECT_GT(heard, (kPieces - 1) * piece.size());
  stream_.EndStream();
  Result().IgnoreError();
}

TEST_F(SocketPumpTest, AResetIsToldToTheStream) {
  linger reset = {1, 0};
  setsockopt(peer_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  peer_.reset();
  EXPECT_EQ(Result().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(stream_.failure().code(), absl::StatusCode::kAborted);
}

TEST_F(SocketPumpTest, AStreamThatBreaksIsAResetToTheConnection) {
  stream_.Say("half");
  char buffer[4];
  EXPECT_EQ(recv(peer_.get(), buffer, sizeof buffer, MSG_WAITALL), 4);
  stream_.EndStream();
  EXPECT_EQ(Result().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(ReceiveAll(), "reset");
}

TEST_F(SocketPumpTest, AStreamThatBreaksEndsAWaitForTheConnection) {
  // The connection takes no more, so that nobody reads the stream.
  const std::string piece = Bytes(1 << 20);
  std::thread sayer([&] {
    for (int i = 0; i < 64; ++i) stream_.Say(piece);
  });
  char one;
  EXPECT_EQ(recv(peer_.get(), &one, 1, 0), 1);
  EXPECT_TRUE(SendAll("x"));
  EXPECT_EQ(stream_.Hear(), "x");
  stream_.EndStream();
  // What comes from the connection next finds that nobody is there, if the end
  // was not found before.
  SendAll("y");
  EXPECT_EQ(Result().code(), absl::StatusCode::kCancelled);
  sayer.join();
}

}  // namespace
}  // namespace rollout
