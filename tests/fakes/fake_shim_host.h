// SPDX-License-Identifier: Apache-2.0
//
// Shims without processes: they keep the contract of agent/shim_client/shim.h,
// and what their generations do is told beforehand, by revision. Outlives the
// agents of a test, as real shims do.

#ifndef TESTS_FAKES_FAKE_SHIM_HOST_H_
#define TESTS_FAKES_FAKE_SHIM_HOST_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "agent/shim_client/shim.h"
#include "base/event_loop.h"
#include "base/mutex.h"

namespace rollout {

// What a generation of a revision does.
struct FakeBehaviour {
  // From start to a listener on every endpoint; infinite: never.
  absl::Duration listens_after;
  // From start to READY=1; infinite: it never says so.
  absl::Duration notifies_after = absl::InfiniteDuration();
  // From start to exit with status 1; infinite: it stays.
  absl::Duration exits_after = absl::InfiniteDuration();
  // From drain to the end of its last process.
  absl::Duration drains_for;
};

// Safe from any thread.
class FakeShimHost : public shim_client::ShimHost {
 public:
  FakeShimHost() = default;
  ~FakeShimHost() override;

  // For generations started from now on.
  void SetBehaviour(const std::string& revision, FakeBehaviour behaviour)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The main process of the generation is gone.
  void Crash(const std::string& service, uint64_t generation)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The status as the shim would tell it now.
  shim::v1::Status StatusOf(const std::string& service)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Has none: its shims stay as they are.
  absl::StatusOr<shim_client::ShimProgram> Program() override {
    return absl::NotFoundError("no shim program");
  }
  absl::StatusOr<std::vector<std::string>> FindServices() override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::unique_ptr<shim_client::Shim>> Open(
      const std::string& service, shim_client::ShimEvents events) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Connection;
  struct Service {
    shim::v1::Status status;
    // The newest connection; its address tells it from earlier ones.
    const Connection* connection = nullptr;
    shim_client::ShimEvents events;
    // It has ended, and another is there when it is opened next.
    bool over = false;
  };

  // On the loop.
  absl::Status Handle(const std::string& service,
                      const shim::v1::Request& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Start(const std::string& service,
                     const shim::v1::StartRequest& start)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SetWeights(const shim::v1::SetWeightsRequest& request,
                          shim::v1::Status* status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Drain(const std::string& service,
                     const shim::v1::DrainRequest& drain)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the shim, which breaks its connection.
  absl::Status Shutdown(const std::string& service) ABSL_LOCKS_EXCLUDED(mutex_);
  // Tells the connected agent, on the loop and without the lock.
  void Push(const std::string& service) ABSL_LOCKS_EXCLUDED(mutex_);
  // Changes one generation after a while, if it is there, and tells.
  void Later(absl::Duration delay, const std::string& service,
             uint64_t generation,
             std::function<void(shim::v1::Generation*)> change);
  void Disconnect(const std::string& service, const Connection* connection)
      ABSL_LOCKS_EXCLUDED(mutex_);

  Mutex mutex_;
  std::map<std::string, FakeBehaviour> behaviours_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Service> services_ ABSL_GUARDED_BY(mutex_);
  EventLoop loop_;
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_SHIM_HOST_H_
