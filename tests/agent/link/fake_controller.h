// SPDX-License-Identifier: Apache-2.0
//
// A controller's side of the stream, in the test's hands: what agents say is
// kept, what the test says is sent.

#ifndef TESTS_AGENT_LINK_FAKE_CONTROLLER_H_
#define TESTS_AGENT_LINK_FAKE_CONTROLLER_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "grpcpp/server.h"
#include "proto/rollout/v1/agent_service.grpc.pb.h"

namespace rollout::link {

// Serves one stream at a time. Plaintext on loopback.
class FakeController : private v1::AgentService::Service {
 public:
  FakeController() = default;
  ~FakeController() override { Stop(); }

  // On a port that the kernel chooses the first time, and the same later.
  void Start();
  // Cuts all streams.
  void Stop();
  std::string address() const;

  // New streams end at once with this status. OK: they are served.
  void Refuse(grpc::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  // What is sent first on a stream; none: nothing.
  void SetWelcome(std::optional<v1::Welcome> welcome)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Sends on the stream there is, or the next one.
  void Send(v1::ControllerMessage message) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the stream there is.
  void Drop() ABSL_LOCKS_EXCLUDED(mutex_);

  // The next message of an agent that has not been given out yet. Fails the
  // test when none comes within ten seconds.
  v1::AgentMessage Receive() ABSL_LOCKS_EXCLUDED(mutex_);
  // No message waits to be received.
  bool quiet() ABSL_LOCKS_EXCLUDED(mutex_);
  // Streams opened so far, refused ones too.
  int streams() ABSL_LOCKS_EXCLUDED(mutex_);
  // Until that many streams have been opened, or ten seconds.
  bool AwaitStreams(int count) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Stream =
      grpc::ServerReaderWriter<v1::ControllerMessage, v1::AgentMessage>;
  grpc::Status Session(grpc::ServerContext* context, Stream* stream) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Sends back what it gets, the id that is taken first.
  grpc::Status Channel(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ChannelMessage, v1::ChannelMessage>* stream)
      override;
  void SendAll(grpc::ServerContext* context, Stream* stream)
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;

  Mutex mutex_;
  CondVar changed_;
  grpc::Status refusal_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::Welcome> welcome_ ABSL_GUARDED_BY(mutex_) = v1::Welcome();
  std::deque<v1::AgentMessage> received_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::ControllerMessage> to_send_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  bool drop_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rollout::link

#endif  // TESTS_AGENT_LINK_FAKE_CONTROLLER_H_
