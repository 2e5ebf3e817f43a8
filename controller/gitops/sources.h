// SPDX-License-Identifier: Apache-2.0
//
// All sources of the controller.

#ifndef CONTROLLER_GITOPS_SOURCES_H_
#define CONTROLLER_GITOPS_SOURCES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "controller/gitops/source_loop.h"
#include "controller/gitops/source_settings.h"
#include "controller/gitops/source_sync.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::gitops {

// Safe from any thread, but for Stop.
class Sources {
 public:
  // Begins to follow them. Each has a folder of its name in `directory`.
  Sources(const SyncRooms& rooms, std::vector<SourceSettings> settings,
          const std::string& directory);
  // Stops.
  ~Sources();
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  // Ends the passes under way and waits for them: needs the store to work
  // still. Idempotent.
  void Stop();

  // See SourceLoop. One that is not there needs no hint.
  void Hint(const std::string& source);
  // `done` gets NotFound on the caller's thread where there is no such source.
  void Sync(const std::string& source, SourceLoop::Synced done);

  // Without their plans, by name.
  std::vector<v1::Source> List() const;
  // With its plans. NotFound: says which there are.
  absl::StatusOr<v1::Source> Get(const std::string& source) const;

 private:
  struct Followed {
    std::unique_ptr<SourceSync> sync;
    std::unique_ptr<SourceLoop> loop;
  };

  const Followed* Find(const std::string& source) const;
  absl::Status NoSuchSource(const std::string& source) const;

  const SyncRooms rooms_;
  // By name.
  std::vector<Followed> sources_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCES_H_
