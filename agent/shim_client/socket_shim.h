// SPDX-License-Identifier: Apache-2.0
//
// A Shim at the other end of its control socket. One thread does all receiving
// and calling back. Requests are sent by who has them, so that a flip does not
// wait for a thread to wake up; by that thread where the shim is slow.

#ifndef AGENT_SHIM_CLIENT_SOCKET_SHIM_H_
#define AGENT_SHIM_CLIENT_SOCKET_SHIM_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim_client/shim.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace rollout::shim_client {

class SocketShim : public Shim {
 public:
  // Connects to the control socket at `path` and says hello; waits at most a
  // second for the answer. NotFound: nobody listens there. Aborted: it hung up;
  // another one may have its place by now. Unavailable: it does not answer.
  // Else what the shim said.
  static absl::StatusOr<std::unique_ptr<SocketShim>> Connect(
      const std::string& path, ShimEvents events);

  // What is not answered is answered with Unavailable before this returns. Not
  // from a callback of its own.
  ~SocketShim() override;

  // Also InvalidArgument: the request is larger than the protocol allows.
  void Send(shim::v1::Request request,
            std::function<void(absl::Status)> done) override;

 private:
  using Done = std::function<void(absl::Status)>;
  struct Outgoing {
    shim::v1::Request request;
    Done done;
  };

  SocketShim(UniqueFd socket, UniqueFd wake, ShimEvents events);
  void Run();
  // Each returns what ended the connection, or OK.
  absl::Status WaitAndServe();
  absl::Status ReceiveOne();
  absl::Status SendWaiting();
  // False: not sent, and nothing has changed.
  bool SendNow(shim::v1::Request* request, Done* done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t AwaitAnswer(Done done) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReply(const shim::v1::Reply& reply);
  // Answers everything that is sent after the connection's end, until the
  // destructor comes.
  void RefuseRest(const absl::Status& lost);
  std::deque<Outgoing> TakeOutgoing() ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopping() ABSL_LOCKS_EXCLUDED(mutex_);
  void Wake();

  const UniqueFd socket_;
  // An eventfd: there is something to send, or to stop for.
  const UniqueFd wake_;
  const ShimEvents events_;

  // Of the thread alone: the packet that came last.
  std::string packet_;

  Mutex mutex_;
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 1;  // 1 was the hello
  std::map<uint64_t, Done> unanswered_ ABSL_GUARDED_BY(mutex_);
  // Whatever comes goes the same way: they are sent in order.
  std::deque<Outgoing> outgoing_ ABSL_GUARDED_BY(mutex_);
  // Those of them, and those that the thread has taken and not sent yet.
  size_t unsent_ ABSL_GUARDED_BY(mutex_) = 0;
  // The connection is over: nothing is sent any more.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rollout::shim_client

#endif  // AGENT_SHIM_CLIENT_SOCKET_SHIM_H_
