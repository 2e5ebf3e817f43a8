// SPDX-License-Identifier: Apache-2.0
//
// A service's shim as the agent sees it: requests go there, the whole state
// comes back after every change.

#ifndef AGENT_SHIM_CLIENT_SHIM_H_
#define AGENT_SHIM_CLIENT_SHIM_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim_client {

// A connection to one shim. Closing it leaves the shim and its service as they
// are. Safe from any thread.
class Shim {
 public:
  virtual ~Shim() = default;

  // Sends `request` (its id is set here) and calls `done` with the shim's
  // answer, once, on a thread of the connection. Errors: what the shim said,
  // never Unavailable; or Unavailable when the connection ended first, whether
  // or not the shim had done it.
  virtual void Send(shim::v1::Request request,
                    std::function<void(absl::Status)> done) = 0;
};

// What a connection tells. Called on a thread of the connection, one call at a
// time, until the Shim is destroyed.
struct ShimEvents {
  // The whole state: once after opening, then after every change.
  std::function<void(shim::v1::Status)> on_status;
  // The shim is gone or can't be reached. The last call.
  std::function<void(absl::Status)> on_lost;
};

// The program that shims are to be run from.
struct ShimProgram {
  // Absolute.
  std::string path;
  // The file there now.
  shim::v1::Executable executable;
};

// The shims of one host. Safe from any thread.
class ShimHost {
 public:
  virtual ~ShimHost() = default;

  // As it is on the disk now. NotFound: there is none.
  virtual absl::StatusOr<ShimProgram> Program() = 0;

  // Names of the services that have a living shim, from before as well.
  virtual absl::StatusOr<std::vector<std::string>> FindServices() = 0;

  // Connects to the service's shim, or starts one. Takes up to a second.
  // Unavailable: could not be started or does not answer.
  virtual absl::StatusOr<std::unique_ptr<Shim>> Open(const std::string& service,
                                                     ShimEvents events) = 0;
};

}  // namespace rollout::shim_client

#endif  // AGENT_SHIM_CLIENT_SHIM_H_
