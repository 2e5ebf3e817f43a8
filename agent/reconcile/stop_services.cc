// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/stop_services.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/reconcile/start_request.h"
#include "agent/reconcile/state_file.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

// A service is ended by its drain's time-out at the latest; what takes longer
// than this on top is a shim in trouble.
constexpr absl::Duration kPatience = absl::Seconds(10);

// One shim, asked and waited for.
class StoppingShim {
 public:
  absl::Status Open(Surroundings* around, const std::string& service) {
    shim_client::ShimEvents events;
    events.on_status = [this](shim::v1::Status status) {
      MutexLock lock(&mutex_);
      status_ = std::move(status);
      known_ = true;
      changed_.NotifyAll();
    };
    events.on_lost = [this](const absl::Status&) {
      MutexLock lock(&mutex_);
      lost_ = true;
      changed_.NotifyAll();
    };
    ASSIGN_OR_RETURN(shim_, around->shims.Open(service, std::move(events)));
    return WaitFor(
        kPatience, [this] { return known_; }, "told its status");
  }

  absl::Status Ask(shim::v1::Request request) {
    // Shared: a late answer comes when nobody waits for it any more.
    auto answer = std::make_shared<std::optional<absl::Status>>();
    shim_->Send(std::move(request), [this, answer](absl::Status status) {
      MutexLock lock(&mutex_);
      *answer = status;
      changed_.NotifyAll();
    });
    RETURN_IF_ERROR(WaitFor(
        kPatience, [&] { return answer->has_value(); }, "answered"));
    MutexLock lock(&mutex_);
    return **answer;
  }

  // Asks for the end of the shim; that it is gone is the answer.
  absl::Status Shutdown() {
    shim::v1::Request request;
    request.mutable_shutdown();
    shim_->Send(std::move(request), [](const absl::Status&) {});
    return WaitFor(
        kPatience, [this] { return lost_; }, "ended");
  }

  std::vector<shim::v1::Generation> Generations() {
    MutexLock lock(&mutex_);
    return {status_.generations().begin(), status_.generations().end()};
  }

  absl::Status WaitUntilEnded(absl::Duration timeout) {
    return WaitFor(
        timeout,
        [this] {
          for (const shim::v1::Generation& generation : status_.generations()) {
            if (!generation.ended()) return false;
          }
          return true;
        },
        "ended its generations");
  }

 private:
  template <typename Condition>
  absl::Status WaitFor(absl::Duration timeout, Condition condition,
                       const char* what) {
    const absl::Duration deadline = clock_.Uptime() + timeout;
    MutexLock lock(&mutex_);
    while (!condition()) {
      absl::Duration left = deadline - clock_.Uptime();
      if (lost_ || left <= absl::ZeroDuration()) {
        return absl::UnavailableError(absl::StrCat(
            "its shim has not ", what, " in ", absl::FormatDuration(timeout)));
      }
      changed_.WaitFor(&mutex_, left);
    }
    return absl::OkStatus();
  }

  const SystemClock clock_{};
  Mutex mutex_;
  CondVar changed_;
  bool known_ = false;
  bool lost_ = false;
  shim::v1::Status status_;
  // Last: it ends first, and calls in until then.
  std::unique_ptr<shim_client::Shim> shim_;
};

using Templates = std::map<std::string, v1::ServiceTemplate>;

absl::Status StopService(Surroundings* around, const std::string& service,
                         const Templates& templates) {
  StoppingShim shim;
  RETURN_IF_ERROR(shim.Open(around, service));
  shim::v1::Request no_weights;
  no_weights.mutable_set_weights();
  RETURN_IF_ERROR(shim.Ask(std::move(no_weights)));
  absl::Duration longest;
  for (const shim::v1::Generation& generation : shim.Generations()) {
    if (generation.ended()) continue;
    auto known = templates.find(generation.revision());
    shim::v1::Request drain;
    *drain.mutable_drain() = BuildDrainRequest(
        known == templates.end() ? v1::ServiceTemplate() : known->second,
        static_cast<int64_t>(generation.number()));
    // Nobody comes after it: there is nothing to wait for but its own work.
    drain.mutable_drain()->set_wait_ns(0);
    longest = std::max(longest, absl::Nanoseconds(drain.drain().timeout_ns()));
    RETURN_IF_ERROR(shim.Ask(std::move(drain)));
  }
  RETURN_IF_ERROR(shim.WaitUntilEnded(longest + kPatience));
  RETURN_IF_ERROR(shim.Shutdown());
  return around->files.RemoveAll(
      absl::StrCat(ServiceDirectory(*around, service), "/generations"));
}

}  // namespace

absl::Status StopServices(Surroundings* around) {
  ASSIGN_OR_RETURN(
      FoundState found,
      ReadState(around->files, around->state_directory, around->clock.Now()));
  Templates templates;
  for (const v1::ServiceState& service : found.state.services()) {
    for (const v1::Revision& revision : service.assignment().templates()) {
      templates[revision.id()] = revision.service();
    }
  }
  ASSIGN_OR_RETURN(std::vector<std::string> services,
                   around->shims.FindServices());
  absl::Status result;
  for (const std::string& service : services) {
    absl::Status stopped = WithContext(StopService(around, service, templates),
                                       absl::StrCat("service ", service));
    if (stopped.ok()) {
      LogInfo("service ", service, ": stopped");
    } else {
      LogError(stopped.message());
      result = stopped;
    }
  }
  if (!result.ok()) return result;
  // Only now: a second try must know as much as the first.
  found.state.clear_services();
  return WriteState(around->files, around->state_directory, found.state);
}

}  // namespace rollout::agent
