// SPDX-License-Identifier: Apache-2.0
//
// An agent's stream: what comes in goes to the fleet, what the fleet sends goes
// out, one message at a time in each direction, with all that waits by then.
//
//   SessionStream (gRPC's, deletes itself)  <-->  Session (the fleet's, shared)
//
// The stream ends whenever it likes; the session then does nothing.

#ifndef CONTROLLER_API_SESSION_H_
#define CONTROLLER_API_SESSION_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "controller/fleet/host_session.h"
#include "proto/rollout/v1/agent_service.pb.h"

namespace rollout::api {

// The sending half of a stream. Each call comes with the session's lock held,
// and must not call it back on the same thread.
class SessionWriter {
 public:
  virtual ~SessionWriter() = default;

  // Writes one message; Session::Written follows. `message` lives until then.
  virtual void Write(const v1::ControllerMessage& message) = 0;
  // Once, when nothing is being written.
  virtual void Finish(const absl::Status& status) = 0;
  // Makes the write under way fail.
  virtual void Cancel() = 0;
};

// Safe from any thread.
class Session : public fleet::HostSession {
 public:
  // `writer` stays valid until Detach.
  explicit Session(SessionWriter& writer) : writer_(&writer) {}

  void Welcome(const v1::Welcome& welcome) override ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(v1::Assignment assignment) override ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for company, or for SendAcks: nobody is in need of it.
  void AckReport(const v1::SwapReportAck& ack) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OpenChannel(const v1::OpenChannel& channel) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Probe() override ABSL_LOCKS_EXCLUDED(mutex_);
  // As End, at once: a write under way is broken off, and the status may be
  // lost with it.
  void Close(const absl::Status& status) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Writes the acknowledgements that still wait.
  void SendAcks() ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the stream once the write under way is over. The first call of End or
  // Close decides the status. What waits to be written is dropped.
  void End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  // The write under way has ended.
  void Written(bool ok) ABSL_LOCKS_EXCLUDED(mutex_);
  // The stream is gone.
  void Detach() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Writes what waits, or finishes; does nothing while a write is under way.
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  SessionWriter* writer_ ABSL_GUARDED_BY(mutex_);
  // What waits to be written. Of channels no more than a host may have: whoever
  // asks for them sees to that.
  v1::ControllerMessage waiting_ ABSL_GUARDED_BY(mutex_);
  // A message is: more waits than acknowledgements that have time, or it is to
  // find out whether the agent is there.
  bool due_ ABSL_GUARDED_BY(mutex_) = false;
  // Being written while `writing_`.
  v1::ControllerMessage message_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> closing_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_SESSION_H_
