// SPDX-License-Identifier: Apache-2.0
//
// Real shims: started, found, talked to, lost. No services: those are tested
// with the shim.

#include "agent/shim_client/process_shim_host.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "base/unix_socket.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::shim_client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kPatienceSeconds = 20;

// What one connection told.
class Heard {
 public:
  ShimEvents Events() {
    ShimEvents events;
    events.on_status = [this](shim::v1::Status status) {
      MutexLock lock(&mutex_);
      status_ = std::move(status);
      changed_.NotifyAll();
    };
    events.on_lost = [this](absl::Status status) {
      MutexLock lock(&mutex_);
      lost_ = std::move(status);
      changed_.NotifyAll();
    };
    return events;
  }

  shim::v1::Status AwaitStatus() {
    MutexLock lock(&mutex_);
    for (int i = 0; i < kPatienceSeconds && !status_.has_value(); ++i) {
      changed_.WaitFor(&mutex_, absl::Seconds(1));
    }
    return status_.value_or(shim::v1::Status());
  }
  absl::Status AwaitLost() {
    MutexLock lock(&mutex_);
    for (int i = 0; i < kPatienceSeconds && !lost_.has_value(); ++i) {
      changed_.WaitFor(&mutex_, absl::Seconds(1));
    }
    return lost_.value_or(absl::OkStatus());
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<shim::v1::Status> status_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> lost_ ABSL_GUARDED_BY(mutex_);
};

// One answer, waited for.
class Answer {
 public:
  std::function<void(absl::Status)> Done() {
    return [this](absl::Status status) {
      MutexLock lock(&mutex_);
      status_ = std::move(status);
      ++count_;
      changed_.NotifyAll();
    };
  }
  absl::Status Await() {
    MutexLock lock(&mutex_);
    for (int i = 0; i < kPatienceSeconds && count_ == 0; ++i) {
      changed_.WaitFor(&mutex_, absl::Seconds(1));
    }
    return status_;
  }
  int count() {
    MutexLock lock(&mutex_);
    return count_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_) =
      absl::DeadlineExceededError("no answer");
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

shim::v1::Request ShutdownRequest() {
  shim::v1::Request request;
  request.mutable_shutdown();
  return request;
}

class ProcessShimHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/shim_host_test.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    // Deeper than a socket's address can say.
    options_.state_directory =
        absl::StrCat(root_, "/", std::string(100, 'd'), "/state");
    char* binary = realpath("agent/shim/rollout-shim", nullptr);
    ASSERT_NE(binary, nullptr);
    options_.shim_binary = binary;
    free(binary);
    host_ = std::make_unique<ProcessShimHost>(options_, file_system_);
  }

  void TearDown() override {
    auto services = host_->FindServices();
    ASSERT_TRUE(services.ok()) << services.status();
    for (const std::string& service : *services) EndShim(service);
    EXPECT_TRUE(file_system_.RemoveAll(root_).ok());
  }

  std::unique_ptr<Shim> Open(const std::string& service, Heard& heard) {
    auto shim = host_->Open(service, heard.Events());
    EXPECT_TRUE(shim.ok()) << shim.status();
    return shim.ok() ? *std::move(shim) : nullptr;
  }

  void EndShim(const std::string& service) {
    Heard heard;
    std::unique_ptr<Shim> shim = Open(service, heard);
    Answer answer;
    shim->Send(ShutdownRequest(), answer.Done());
    EXPECT_TRUE(answer.Await().ok()) << answer.Await();
    EXPECT_FALSE(heard.AwaitLost().ok());
  }

  std::string Directory(const std::string& service) {
    return absl::StrCat(options_.state_directory, "/services/", service);
  }

  std::string root_;
  PosixFileSystem file_system_;
  ShimHostOptions options_;
  std::unique_ptr<ProcessShimHost> host_;
};

TEST_F(ProcessShimHostTest, StartsOneAndFindsItAgain) {
  EXPECT_THAT(*host_->FindServices(), IsEmpty());
  Heard first;
  std::unique_ptr<Shim> shim = Open("web", first);
  pid_t pid = first.AwaitStatus().pid();
  EXPECT_EQ(first.AwaitStatus().version(), 1u);
  EXPECT_EQ(first.AwaitStatus().mark_base(), 0x52000000u);
  EXPECT_NE(getsid(pid), getsid(0));
  EXPECT_THAT(*host_->FindServices(), ElementsAre("web"));

  shim.reset();
  ProcessShimHost restarted(options_, file_system_);
  EXPECT_THAT(*restarted.FindServices(), ElementsAre("web"));
  Heard second;
  auto again = restarted.Open("web", second.Events());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(second.AwaitStatus().pid(), pid);
}

TEST_F(ProcessShimHostTest, KeepsNothingOfTheAgents) {
  int leaked[2];
  ASSERT_EQ(pipe(leaked), 0);  // without O_CLOEXEC, as a library might
  UniqueFd reader(leaked[0]), writer(leaked[1]);
  Heard heard;
  std::unique_ptr<Shim> shim = Open("web", heard);
  pid_t pid = heard.AwaitStatus().pid();
  writer.reset();
  char byte;
  // End of file: nobody else holds the writing end.
  EXPECT_EQ(read(reader.get(), &byte, 1), 0);
  char place[64] = "";
  EXPECT_GT(readlink(absl::StrCat("/proc/", pid, "/cwd").c_str(), place,
                     sizeof place - 1),
            0);
  EXPECT_STREQ(place, "/");
}

TEST_F(ProcessShimHostTest, ReplacesASocketNobodyListensAt) {
  ASSERT_TRUE(file_system_.MakeDirectories(Directory("web")).ok());
  {
    UniqueFd stale(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(
        BindUnixSocket(stale.get(), Directory("web") + "/shim.sock").ok());
  }
  EXPECT_THAT(*host_->FindServices(), IsEmpty());
  Heard heard;
  std::unique_ptr<Shim> shim = Open("web", heard);
  EXPECT_GT(heard.AwaitStatus().pid(), 0);
  struct stat status;
  ASSERT_EQ(stat((Directory("web") + "/shim.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ProcessShimHostTest, SaysWhyItCannotStartOne) {
  options_.shim_binary = "/nonexistent/rollout-shim";
  ProcessShimHost missing(options_, file_system_);
  auto shim = missing.Open("web", {});
  EXPECT_EQ(shim.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(shim.status().message(),
              HasSubstr("service \"web\": cannot start "
                        "/nonexistent/rollout-shim: No such file"));

  options_.shim_binary = "/bin/false";
  ProcessShimHost broken(options_, file_system_);
  shim = broken.Open("web", {});
  EXPECT_EQ(shim.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(shim.status().message(), HasSubstr("/services/web/shim.log"));

  for (const char* name : {"", ".", "..", "a/b"}) {
    EXPECT_EQ(host_->Open(name, {}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(ProcessShimHostTest, EveryRequestIsAnsweredOnce) {
  Heard heard;
  std::unique_ptr<Shim> shim = Open("web", heard);
  pid_t pid = heard.AwaitStatus().pid();

  Answer refused;
  shim::v1::Request drain;
  drain.mutable_drain()->set_generation(3);
  shim->Send(drain, refused.Done());
  EXPECT_EQ(refused.Await().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(refused.Await().message(), "the shim knows no generation 3");

  Answer large;
  shim::v1::Request start;
  start.mutable_start()->add_environment(std::string(300 * 1024, 'x'));
  shim->Send(start, large.Done());
  EXPECT_EQ(large.Await().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(large.Await().message(), HasSubstr("a shim takes 262144"));

  // A stopped shim does not answer; then it dies.
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  Answer unanswered;
  shim->Send(drain, unanswered.Done());
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  EXPECT_EQ(unanswered.Await().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(heard.AwaitLost().code(), absl::StatusCode::kUnavailable);
  Answer late;
  shim->Send(drain, late.Done());
  EXPECT_EQ(late.Await().code(), absl::StatusCode::kUnavailable);
  shim.reset();
  for (Answer* answer : {&refused, &large, &unanswered, &late}) {
    EXPECT_EQ(answer->count(), 1);
  }

  Heard next;
  shim = Open("web", next);
  EXPECT_NE(next.AwaitStatus().pid(), pid);
}

TEST_F(ProcessShimHostTest, ClosingAnswersWhatWaits) {
  Heard heard;
  std::unique_ptr<Shim> shim = Open("web", heard);
  pid_t pid = heard.AwaitStatus().pid();
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  Answer waiting;
  shim::v1::Request forget;
  forget.mutable_forget()->set_generation(3);
  shim->Send(forget, waiting.Done());
  shim.reset();
  EXPECT_EQ(waiting.count(), 1);
  EXPECT_EQ(waiting.Await().code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(kill(pid, SIGCONT), 0);
}

}  // namespace
}  // namespace rollout::shim_client
