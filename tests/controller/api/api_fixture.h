// SPDX-License-Identifier: Apache-2.0
//
// The controller's port over a store in memory, with mutual TLS, and clients
// for it.

#ifndef TESTS_CONTROLLER_API_API_FIXTURE_H_
#define TESTS_CONTROLLER_API_API_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/transport_security.h"
#include "controller/api/api_server.h"
#include "controller/fleet/fleet.h"
#include "controller/gitops/source_metrics.h"
#include "controller/gitops/sources.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/hold_operations.h"
#include "controller/store/plan_operations.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "proto/rollout/v1/agent_service.grpc.pb.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"
#include "rolloutctl/pki/pki_directory.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/memory_store.h"

namespace rollout::api {

// An agent's end of a session. Blocking.
class AgentClient {
 public:
  explicit AgentClient(std::shared_ptr<grpc::Channel> channel);

  // Numbers the message.
  bool Send(v1::AgentMessage message);
  bool SendHello(const std::string& host, const std::string& role);
  bool SendObservation(const v1::Observation& observation);
  // The next message; none: the stream has ended.
  std::optional<v1::ControllerMessage> Receive();
  // Says that nothing more comes, and returns what the controller says.
  grpc::Status Finish();
  void Cancel() { context_.TryCancel(); }
  // What the next message is numbered.
  void SetNextSequence(uint64_t sequence) { sequence_ = sequence - 1; }

 private:
  std::unique_ptr<v1::AgentService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<v1::AgentMessage, v1::ControllerMessage>>
      stream_;
  uint64_t sequence_ = 0;
};

class ApiTest : public testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;

  // Files for that identity, issued by the fleet's authority.
  TransportSecurity Issue(pki::Role role, const std::string& name);

  // A new connection with that certificate.
  std::shared_ptr<grpc::Channel> Dial(const TransportSecurity& security);
  std::shared_ptr<grpc::Channel> DialAs(pki::Role role,
                                        const std::string& name) {
    return Dial(Issue(role, name));
  }

  // As operator "alice". A deadline keeps a broken test from hanging.
  v1::OperatorService::Stub& alice() { return *alice_; }
  grpc::Status Apply(const std::string& manifest, v1::ApplyResponse* response);
  // The same as a dry run.
  grpc::Status TryApply(const std::string& manifest,
                        v1::ApplyResponse* response);

  // Waits until the fleet has, or has not, that host connected.
  bool WaitForHost(const std::string& host, bool connected);

  // Connects a host and waits until the fleet has it.
  std::unique_ptr<AgentClient> Connect(const std::string& host,
                                       const std::string& role);

  // Waits until the fleet has told its subscribers of that host: from then on
  // it sends what it is given.
  bool WaitUntilTold(const std::string& host) ABSL_LOCKS_EXCLUDED(mutex_);

  static void SetDeadline(grpc::ClientContext* context);

  SystemClock clock_;
  store::MemoryStore store_;
  store::MemoryStore history_store_;
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::History> history_;
  std::unique_ptr<fleet::Fleet> fleet_;
  std::unique_ptr<store::PlanOperations> operations_;
  std::unique_ptr<store::HoldOperations> holds_;
  // Of source "prod".
  gitops::FakeFetcher fetcher_;
  prometheus::Registry registry_;
  gitops::SourceMetrics source_metrics_{registry_};
  std::unique_ptr<gitops::Sources> sources_;
  std::unique_ptr<ApiServer> server_;

 private:
  const std::string directory_;
  pki::PkiDirectory pki_;
  std::unique_ptr<v1::OperatorService::Stub> alice_;
  Mutex mutex_;
  CondVar told_changed_;
  std::set<std::string> told_ ABSL_GUARDED_BY(mutex_);
};

// A plan "NAME" for hosts with role: ROLE, on PORT of each host.
std::string Manifest(const std::string& name, const std::string& role,
                     int port);

}  // namespace rollout::api

#endif  // TESTS_CONTROLLER_API_API_FIXTURE_H_
