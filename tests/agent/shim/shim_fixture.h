// SPDX-License-Identifier: Apache-2.0
//
// A real rollout-shim with a real service, in a network namespace of the test's
// own: what the tests of this directory stand on. Needs root.

#ifndef TESTS_AGENT_SHIM_SHIM_FIXTURE_H_
#define TESTS_AGENT_SHIM_SHIM_FIXTURE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/shim_client/process_shim_host.h"
#include "agent/shim_client/shim.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// Enters a network namespace with loopback up and migration as said. Call
// before any thread is made; once for the process.
void EnterNetworkNamespace();
void SetMigration(bool on);

// A port nobody has.
uint16_t FreePort();

// Polls until `condition` holds; false: not within 20 s.
bool Eventually(const std::function<bool()>& condition);

// Sends "GET PATH" on a connection with that mark (0: none) and returns the
// body, or what went wrong after "error: ".
std::string Get(uint16_t port, uint32_t mark = 0,
                const std::string& path = "/");
// A connected socket; -1: errno says why.
UniqueFd Connect(uint16_t port, uint32_t mark = 0);
bool IsAnswer(const std::string& body);

class ShimTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // (Re)connects; the status that follows is awaited.
  void Open();
  void Close() { shim_.reset(); }

  // Kills the shim (SIGKILL) and connects to the one that goes on.
  void LoseShim();

  // The shim has hung up since.
  bool lost();

  absl::Status Send(v1::Request request);
  absl::Status Start(const v1::StartRequest& request);
  absl::Status SetWeights(
      std::vector<std::pair<uint64_t, uint32_t>> generations);
  absl::Status Drain(uint64_t generation,
                     absl::Duration wait = absl::Seconds(10),
                     absl::Duration timeout = absl::Seconds(20));
  // With TERM; for tests that add to it.
  static v1::Request DrainRequest(uint64_t generation, absl::Duration wait,
                                  absl::Duration timeout);
  absl::Status Kill(uint64_t generation);
  absl::Status Forget(uint64_t generation);

  // The newest status, and one generation of it.
  v1::Status State();
  v1::Generation State(uint64_t generation);
  // Waits until the generation's state is so.
  bool Await(uint64_t generation,
             const std::function<bool(const v1::Generation&)>& condition);
  bool AwaitEnded(uint64_t generation);
  // Listens, and answers a marked request.
  bool AwaitReady(uint64_t generation);
  // Its session does not run before others.
  bool RunsAsUsual(uint64_t generation);

  // A request for a generation that runs `command`, with all else filled in.
  v1::StartRequest Request(uint64_t generation,
                           std::vector<std::string> command);
  // python3 -m http.server that answers "/" with "generation N".
  v1::StartRequest HttpServer(uint64_t generation);
  // A Python program as the service.
  v1::StartRequest Program(uint64_t generation, const std::string& source);

  std::string WriteFile(const std::string& name, const std::string& content);
  std::string ReadFile(const std::string& path);
  std::string OutputPath() const;

  uint16_t port_ = 0;
  std::string directory_;
  // Holds the generations' groups; empty where there are none, and with
  // WITHOUT_CONTROL_GROUPS in the environment.
  std::string control_group_;
  PosixFileSystem file_system_;
  std::unique_ptr<shim_client::ProcessShimHost> host_;
  std::unique_ptr<shim_client::Shim> shim_;

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<v1::Status> status_ ABSL_GUARDED_BY(mutex_);
  bool lost_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_SHIM_FIXTURE_H_
