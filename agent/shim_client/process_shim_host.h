// SPDX-License-Identifier: Apache-2.0
//
// The shims of this host as processes: starts them so that they outlive the
// agent, and finds them by their sockets.
//
//   STATE/services/NAME/shim.sock   talks to the shim
//   STATE/services/NAME/shim.log    its standard error

#ifndef AGENT_SHIM_CLIENT_PROCESS_SHIM_HOST_H_
#define AGENT_SHIM_CLIENT_PROCESS_SHIM_HOST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim_client/shim.h"
#include "base/file_system.h"
#include "base/mutex.h"

namespace rollout::shim_client {

struct ShimHostOptions {
  // Absolute.
  std::string state_directory;
  // Path of the rollout-shim to start.
  std::string shim_binary;
  uint32_t mark_base = 0x52000000;
};

class ProcessShimHost : public ShimHost {
 public:
  // `file_system` must outlive this.
  ProcessShimHost(ShimHostOptions options, FileSystem& file_system);

  absl::StatusOr<ShimProgram> Program() override;

  absl::StatusOr<std::vector<std::string>> FindServices() override;

  // Also InvalidArgument: a name that is no name of a directory.
  absl::StatusOr<std::unique_ptr<Shim>> Open(const std::string& service,
                                             ShimEvents events) override;

 private:
  std::string Directory(const std::string& service) const;
  std::string SocketPath(const std::string& service) const;
  absl::Status StartShim(const std::string& service)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(starting_);

  const ShimHostOptions options_;
  FileSystem& file_system_;
  // One start at a time: two for one service would meet.
  Mutex starting_;
};

}  // namespace rollout::shim_client

#endif  // AGENT_SHIM_CLIENT_PROCESS_SHIM_HOST_H_
