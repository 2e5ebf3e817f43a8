// SPDX-License-Identifier: Apache-2.0
//
// The control socket: takes requests from the agent, answers them, and tells
// the state after every change. docs/formats/shim-protocol.md is the contract.

#ifndef AGENT_SHIM_CONTROL_H_
#define AGENT_SHIM_CONTROL_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/epoll_loop.h"
#include "base/unique_fd.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

class ControlHandler {
 public:
  virtual ~ControlHandler() = default;
  // Carries out what is asked; an error means that nothing has changed.
  virtual absl::Status Handle(const v1::Request& request) = 0;
  virtual v1::Status Snapshot() const = 0;
};

// One agent at a time: a connection that says hello replaces the one before. A
// connection that does not is nothing but a proof that somebody listens.
class Control {
 public:
  // Listens at `path`. Replaces a socket file nobody listens at; AlreadyExists:
  // somebody does. `handler` and `loop` must outlive it.
  static absl::StatusOr<std::unique_ptr<Control>> Create(
      const std::string& path, ControlHandler& handler, EpollLoop& loop);
  // One that a shim before this one had made, with its agent's connection, if
  // that is valid.
  static absl::StatusOr<std::unique_ptr<Control>> Resume(
      const std::string& path, UniqueFd listener, UniqueFd agent,
      ControlHandler& handler, EpollLoop& loop);
  // Removes the socket file.
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Borrowed. The agent's: -1 where there is none, or it has not read all.
  int listener() const { return listener_.get(); }
  int agent() const { return replies_.empty() ? agent_.get() : -1; }

  // Sends the state if the agent doesn't have it yet. When the agent is slow,
  // what it gets next is the newest.
  void PushStatus();

 private:
  Control(std::string path, UniqueFd listener, ControlHandler& handler,
          EpollLoop& loop);
  void Accept();
  void OnNewcomer(int socket);
  void OnAgent(uint32_t events);
  // None: the connection is of no use any more, or (*again) nothing was there.
  std::optional<v1::Request> Receive(int socket, bool* again);
  void Answer(const v1::Request& request);
  bool SendReplies();
  bool SendPacket(const std::string& packet, bool* would_block);
  void Disconnect(absl::string_view why);

  const std::string path_;
  const UniqueFd listener_;
  ControlHandler& handler_;
  EpollLoop& loop_;

  // Have not said hello yet; by number.
  std::map<int, UniqueFd> newcomers_;
  UniqueFd agent_;
  std::deque<std::string> replies_;
  // The packet of the last state it got.
  std::string last_status_;
  std::string buffer_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CONTROL_H_
