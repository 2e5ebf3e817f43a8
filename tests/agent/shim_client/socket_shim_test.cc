// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a shim's answers, from a shim that says what the test has it
// say.

#include "agent/shim_client/socket_shim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "base/check.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim_client {
namespace {

// Greets the first who connects, then answers everything with one code.
class ScriptedShim {
 public:
  ScriptedShim(const std::string& path, absl::StatusCode code)
      : listener_(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    CHECK(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address),
               sizeof address) == 0);
    CHECK(listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this, code] { Serve(code); });
  }
  ~ScriptedShim() { thread_.join(); }

 private:
  void Serve(absl::StatusCode code) {
    UniqueFd connection(accept(listener_.get(), nullptr, nullptr));
    char buffer[4096];
    for (;;) {
      ssize_t size = recv(connection.get(), buffer, sizeof buffer, 0);
      if (size <= 0) return;
      shim::v1::Request request;
      CHECK(request.ParseFromArray(buffer, static_cast<int>(size)));
      shim::v1::Message answer;
      answer.mutable_reply()->set_id(request.id());
      if (!request.has_hello()) {
        answer.mutable_reply()->set_code(static_cast<int>(code));
        answer.mutable_reply()->set_error("no");
      }
      Send(connection.get(), answer);
      if (!request.has_hello()) continue;
      shim::v1::Message status;
      status.mutable_status();
      Send(connection.get(), status);
    }
  }

  static void Send(int connection, const shim::v1::Message& message) {
    const std::string packet = message.SerializeAsString();
    (void)send(connection, packet.data(), packet.size(), MSG_NOSIGNAL);
  }

  UniqueFd listener_;
  std::thread thread_;
};

TEST(SocketShim, TellsARefusalFromALostConnection) {
  struct Case {
    absl::StatusCode answered;
    absl::StatusCode told;
  };
  const Case kCases[] = {
      {absl::StatusCode::kOk, absl::StatusCode::kOk},
      {absl::StatusCode::kNotFound, absl::StatusCode::kNotFound},
      {absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StatusCodeToString(c.answered));
    char pattern[] = "/tmp/rollout-socket-shim-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    const std::string path = std::string(pattern) + "/shim.sock";
    ScriptedShim scripted(path, c.answered);
    auto shim = SocketShim::Connect(
        path, {[](const shim::v1::Status&) {}, [](const absl::Status&) {}});
    ASSERT_TRUE(shim.ok()) << shim.status();
    std::promise<absl::Status> answer;
    (*shim)->Send(shim::v1::Request(), [&answer](const absl::Status& status) {
      answer.set_value(status);
    });
    EXPECT_EQ(answer.get_future().get().code(), c.told);
    shim->reset();
    std::filesystem::remove_all(pattern);
  }
}

}  // namespace
}  // namespace rollout::shim_client
