// SPDX-License-Identifier: Apache-2.0
//
// Tells forges what became of their commits, in the form of GitHub, which Gitea
// and Forgejo have, too: POST API/repos/OWNER/NAME/statuses/COMMIT.

#ifndef CONTROLLER_GITOPS_FORGE_STATUSES_H_
#define CONTROLLER_GITOPS_FORGE_STATUSES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "controller/gitops/forge.h"
#include "controller/gitops/http_exchange.h"
#include "controller/gitops/status_outlet.h"
#include "controller/gitops/status_queue.h"

namespace rollout::gitops {

inline constexpr StatusMetric kForgeMetric = {
    "rollout_commit_statuses_total",
    "Statuses of commits for forges, by what became of them."};

// Of each send. Of what the forge answers nothing is of interest.
inline constexpr HttpBounds kForgeBounds = {absl::Seconds(10), 64 << 10};

class ForgeStatuses : public StatusOutlet {
 public:
  // `forges` by the name of the source; `files` must outlive this.
  ForgeStatuses(std::map<std::string, Forge> forges, FileSystem& files,
                const HttpBounds& bounds = kForgeBounds);

  bool Takes(const std::string& source) const override;
  absl::Status Send(const CommitStatus& status) override;
  void Cancel() override { exchange_.Cancel(); }
  std::string PlaceOf(const std::string& source) const override;

 private:
  const std::map<std::string, Forge> forges_;
  FileSystem& files_;
  HttpExchange exchange_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FORGE_STATUSES_H_
