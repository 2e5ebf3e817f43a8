// SPDX-License-Identifier: Apache-2.0
//
// Keeps who wants to know told of what becomes of the newest commit of sources.

#ifndef CONTROLLER_GITOPS_COMMIT_REPORTS_H_
#define CONTROLLER_GITOPS_COMMIT_REPORTS_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/task_loop.h"
#include "controller/gitops/commit_status.h"
#include "controller/store/catalog.h"

namespace rollout::gitops {

// Looks at the catalog when that has changed, at most once a second, and says
// only what is news.
class CommitReports {
 public:
  using Report = std::function<void(CommitStatus status)>;

  // `links`: where people read more of each of the sources; empty: nowhere.
  // `catalog` must outlive this; its store's thread must be ended, or this
  // stopped, before this is destroyed.
  CommitReports(store::Catalog& catalog,
                std::map<std::string, std::string> links, Report report,
                std::unique_ptr<TaskLoop> loop);
  CommitReports(const CommitReports&) = delete;
  CommitReports& operator=(const CommitReports&) = delete;

  // Says nothing any more. Idempotent.
  void Stop() { loop_->Stop(); }

 private:
  // From any thread.
  void Mark();
  // On the loop.
  void Look();

  store::Catalog& catalog_;
  const std::map<std::string, std::string> links_;
  const Report report_;
  // A look is to come.
  std::atomic<bool> marked_{false};
  // What was said last, by source; the loop's alone.
  std::map<std::string, CommitStatus> said_;
  // Last: its thread ends before what it touches.
  const std::unique_ptr<TaskLoop> loop_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_REPORTS_H_
