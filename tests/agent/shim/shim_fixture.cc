// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/shim/shim_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/resources/control_groups.h"
#include "base/check.h"

namespace rollout::shim {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::string Error(const char* what) {
  return absl::StrCat("error: ", what, ": ", std::strerror(errno));
}

}  // namespace

void EnterNetworkNamespace() {
  CHECK(unshare(CLONE_NEWNET) == 0);
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  CHECK(ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0);
  SetMigration(true);
}

void SetMigration(bool on) {
  std::ofstream("/proc/sys/net/ipv4/tcp_migrate_req") << (on ? "1" : "0");
}

uint16_t FreePort() {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  CHECK(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address),
                    &size) == 0);
  return ntohs(address.sin_port);
}

bool Eventually(const std::function<bool()>& condition) {
  absl::Time deadline = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

UniqueFd Connect(uint16_t port, uint32_t mark) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval limit{10, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (mark != 0) {
    CHECK(setsockopt(socket.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark) ==
          0);
  }
  sockaddr_in address = Loopback(port);
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof address) != 0) {
    return UniqueFd();
  }
  return socket;
}

std::string Get(uint16_t port, uint32_t mark, const std::string& path) {
  UniqueFd socket = Connect(port, mark);
  if (!socket.valid()) return Error("connect");
  std::string request = absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n");
  if (send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return Error("send");
  }
  std::string answer;
  char buffer[4096];
  ssize_t size;
  while ((size = recv(socket.get(), buffer, sizeof buffer, 0)) > 0) {
    answer.append(buffer, size);
  }
  if (size < 0) return Error("recv");
  size_t body = answer.find("\r\n\r\n");
  if (body == std::string::npos) return "error: short answer";
  return answer.substr(body + 4);
}

bool IsAnswer(const std::string& body) {
  return absl::StartsWith(body, "generation ");
}

void ShimTest::SetUp() {
  char name[] = "/tmp/shim_test.XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  directory_ = name;
  chmod(name, 0755);
  port_ = FreePort();
  shim_client::ShimHostOptions options;
  options.state_directory = directory_;
  options.shim_binary = "agent/shim/rollout-shim";
  char* absolute = realpath(options.shim_binary.c_str(), nullptr);
  ASSERT_NE(absolute, nullptr);
  options.shim_binary = absolute;
  free(absolute);
  host_ = std::make_unique<shim_client::ProcessShimHost>(options, file_system_);
  if (getenv("WITHOUT_CONTROL_GROUPS") == nullptr) {
    auto group = agent::PrepareControlGroups(
        file_system_, directory_.substr(directory_.rfind('/') + 1));
    control_group_ = group.value_or("");
    if (!group.ok()) GTEST_LOG_(WARNING) << group.status();
  }
  Open();
}

void ShimTest::TearDown() {
  SetMigration(true);
  if (shim_ == nullptr) Open();
  SetWeights({}).IgnoreError();
  v1::Status state = State();
  for (const v1::Generation& generation : state.generations()) {
    Kill(generation.number()).IgnoreError();
    EXPECT_TRUE(AwaitEnded(generation.number()));
  }
  v1::Request shutdown;
  shutdown.mutable_shutdown();
  absl::Status ended = Send(shutdown);
  EXPECT_TRUE(ended.ok()) << ended;
  EXPECT_TRUE(Eventually([&] { return lost(); }));
  std::string log = directory_ + "/services/web/shim.log";
  if (HasFailure()) GTEST_LOG_(INFO) << ReadFile(log);
  Close();
  if (!control_group_.empty()) {
    // Nothing of a generation is left in there.
    EXPECT_EQ(rmdir(control_group_.c_str()), 0) << strerror(errno);
  }
  absl::Status removed = file_system_.RemoveAll(directory_);
  EXPECT_TRUE(removed.ok()) << removed;
}

void ShimTest::Open() {
  Close();
  {
    MutexLock lock(&mutex_);
    status_.reset();
    lost_ = false;
  }
  shim_client::ShimEvents events;
  events.on_status = [this](v1::Status status) {
    MutexLock lock(&mutex_);
    status_ = std::move(status);
    changed_.NotifyAll();
  };
  events.on_lost = [this](absl::Status) {
    MutexLock lock(&mutex_);
    lost_ = true;
  };
  auto shim = host_->Open("web", std::move(events));
  ASSERT_TRUE(shim.ok()) << shim.status();
  shim_ = *std::move(shim);
  ASSERT_GT(State().pid(), 0);
}

void ShimTest::LoseShim() {
  const pid_t before = State().pid();
  ASSERT_EQ(kill(before, SIGKILL), 0);
  Open();
  ASSERT_NE(State().pid(), before);
}

absl::Status ShimTest::Send(v1::Request request) {
  Mutex mutex;
  CondVar changed;
  std::optional<absl::Status> answer;
  shim_->Send(std::move(request), [&](absl::Status status) {
    MutexLock lock(&mutex);
    answer = status;
    changed.NotifyAll();
  });
  MutexLock lock(&mutex);
  // Comes in any case: a connection that ends answers, too.
  while (!answer.has_value()) changed.Wait(&mutex);
  return *answer;
}

bool ShimTest::lost() {
  MutexLock lock(&mutex_);
  return lost_;
}

absl::Status ShimTest::Start(const v1::StartRequest& start) {
  v1::Request request;
  *request.mutable_start() = start;
  return Send(request);
}

absl::Status ShimTest::SetWeights(
    std::vector<std::pair<uint64_t, uint32_t>> generations) {
  v1::Request request;
  request.mutable_set_weights();
  for (auto [generation, permille] : generations) {
    v1::Weight* weight = request.mutable_set_weights()->add_weights();
    weight->set_generation(generation);
    weight->set_permille(permille);
  }
  return Send(request);
}

absl::Status ShimTest::Drain(uint64_t generation, absl::Duration wait,
                             absl::Duration timeout) {
  return Send(DrainRequest(generation, wait, timeout));
}

v1::Request ShimTest::DrainRequest(uint64_t generation, absl::Duration wait,
                                   absl::Duration timeout) {
  v1::Request request;
  v1::DrainRequest* drain = request.mutable_drain();
  drain->set_generation(generation);
  drain->set_signal(SIGTERM);
  drain->set_wait_ns(absl::ToInt64Nanoseconds(wait));
  drain->set_timeout_ns(absl::ToInt64Nanoseconds(timeout));
  return request;
}

absl::Status ShimTest::Kill(uint64_t generation) {
  v1::Request request;
  request.mutable_kill()->set_generation(generation);
  return Send(request);
}

absl::Status ShimTest::Forget(uint64_t generation) {
  v1::Request request;
  request.mutable_forget()->set_generation(generation);
  return Send(request);
}

v1::Status ShimTest::State() {
  absl::Time deadline = absl::Now() + kPatience;
  MutexLock lock(&mutex_);
  while (!status_.has_value() && absl::Now() < deadline) {
    changed_.WaitFor(&mutex_, absl::Milliseconds(100));
  }
  return status_.value_or(v1::Status());
}

v1::Generation ShimTest::State(uint64_t generation) {
  v1::Status state = State();
  for (const v1::Generation& told : state.generations()) {
    if (told.number() == generation) return told;
  }
  return {};
}

bool ShimTest::Await(
    uint64_t generation,
    const std::function<bool(const v1::Generation&)>& condition) {
  return Eventually([&] { return condition(State(generation)); });
}

bool ShimTest::AwaitEnded(uint64_t generation) {
  return Await(generation, [](const v1::Generation& g) { return g.ended(); });
}

bool ShimTest::RunsAsUsual(uint64_t generation) {
  std::ifstream file(
      absl::StrCat("/proc/", State(generation).pid(), "/autogroup"));
  std::string line;
  // Without autogroup there is nothing to end.
  return !std::getline(file, line) || absl::EndsWith(line, " nice 0");
}

bool ShimTest::AwaitReady(uint64_t generation) {
  if (!Await(generation, [](const v1::Generation& g) {
        return g.all_endpoints_listen();
      })) {
    return false;
  }
  return Eventually([&] {
    return Get(port_, State(generation).mark()) ==
           absl::StrCat("generation ", generation);
  });
}

v1::StartRequest ShimTest::Request(uint64_t generation,
                                   std::vector<std::string> command) {
  v1::StartRequest request;
  request.set_generation(generation);
  request.set_revision(absl::StrCat("revision-", generation));
  request.set_attempt(1);
  for (const std::string& word : command) request.add_command(word);
  request.add_environment("PATH=/usr/bin:/bin");
  request.set_directory("/");
  request.set_umask(022);
  v1::Endpoint* endpoint = request.add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address(absl::StrCat("127.0.0.1:", port_));
  request.set_handover(v1::INTERCEPT);
  std::string own =
      absl::StrCat(directory_, "/services/web/generations/", generation);
  EXPECT_TRUE(file_system_.MakeDirectories(own).ok());
  request.set_private_directory(own);
  request.set_output_file(OutputPath());
  request.set_handshake_grace_ns(3000000000);
  if (!control_group_.empty()) {
    request.set_control_group(absl::StrCat(control_group_, "/", generation));
  }
  return request;
}

v1::StartRequest ShimTest::HttpServer(uint64_t generation) {
  std::string site = absl::StrCat("site-", generation);
  WriteFile(site + "/index.html", absl::StrCat("generation ", generation));
  return Request(generation,
                 {"/usr/bin/python3", "-m", "http.server", "--bind",
                  "127.0.0.1", "--directory",
                  absl::StrCat(directory_, "/", site), absl::StrCat(port_)});
}

v1::StartRequest ShimTest::Program(uint64_t generation,
                                   const std::string& source) {
  std::string path =
      WriteFile(absl::StrCat("program-", generation, ".py"), source);
  v1::StartRequest request =
      Request(generation, {"/usr/bin/python3", "-u", path, absl::StrCat(port_),
                           absl::StrCat(generation)});
  return request;
}

std::string ShimTest::WriteFile(const std::string& name,
                                const std::string& content) {
  std::string path = absl::StrCat(directory_, "/", name);
  EXPECT_TRUE(
      file_system_.MakeDirectories(path.substr(0, path.rfind('/'))).ok());
  std::ofstream(path) << content;
  return path;
}

std::string ShimTest::ReadFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::string ShimTest::OutputPath() const {
  return directory_ + "/services/web/output.log";
}

}  // namespace rollout::shim

int main(int count, char** words) {
  rollout::shim::EnterNetworkNamespace();
  testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}
