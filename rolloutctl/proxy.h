// SPDX-License-Identifier: Apache-2.0
//
// A port on this machine that leads to one generation on a host: each
// connection is a channel of its own.

#ifndef ROLLOUTCTL_PROXY_H_
#define ROLLOUTCTL_PROXY_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/net_address.h"
#include "base/unique_fd.h"
#include "rolloutctl/channel_call.h"

namespace rollout::ctl {

// Opens the channel of one connection. Called on many threads at once.
using DialChannel = std::function<std::unique_ptr<ChannelCall>()>;
// A connection came to nothing, or broke, and why. One call at a time; the
// same words again and again are told once.
using OnTrouble = std::function<void(const absl::Status&)>;

class Proxy {
 public:
  // So many connections at once; more wait in the port's accept queue.
  static constexpr int kMostConnections = 256;

  // Listens. Unavailable: the address is taken or not this machine's.
  static absl::StatusOr<std::unique_ptr<Proxy>> Listen(
      const NetAddress& address, DialChannel dial, OnTrouble on_trouble);
  // Waits until the connections that are there have ended.
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // "127.0.0.1:41234"
  const std::string& address() const { return address_; }

  // Takes connections until Stop. An error: it can't any more.
  absl::Status Run();
  // From any thread.
  void Stop();

 private:
  struct Shared;

  Proxy(UniqueFd listener, std::string address, DialChannel dial,
        OnTrouble on_trouble);

  const UniqueFd listener_;
  const UniqueFd stop_;
  const std::string address_;
  // With the threads of the connections.
  const std::shared_ptr<Shared> shared_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_PROXY_H_
