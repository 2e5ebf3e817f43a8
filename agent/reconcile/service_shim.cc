// SPDX-License-Identifier: Apache-2.0
//
// Which program the shim of a Service runs from: the one that is installed, as
// soon as it can.

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/reconcile/service.h"
#include "base/log.h"

namespace rollout::agent {

void Service::FollowShimProgram(const shim::v1::Status& status) {
  // One of before this can't be asked.
  if (!status.has_executable()) return;
  const std::string runs = status.executable().SerializeAsString();
  worker_.Post([this, runs] {
    absl::StatusOr<shim_client::ShimProgram> program = around_.shims.Program();
    if (!program.ok()) return;
    loop_.Post([this, runs, program = *std::move(program)] {
      const std::string installed = program.executable.SerializeAsString();
      if (runs == installed) {
        renewal_problem_.clear();
      } else if (installed != renewed_to_) {
        renewed_to_ = installed;
        RenewShim(program);
      } else if (renewal_problem_.empty()) {
        // It was asked, said that it would, and is another process since.
        renewal_problem_ =
            absl::StrCat("its shim could not go on in ", program.path,
                         ": the log of the shim says why");
        LogWarning("service ", name_, ": ", renewal_problem_);
      }
      events_.on_changed();
    });
  });
}

void Service::RenewShim(const shim_client::ShimProgram& program) {
  LogInfo("service ", name_, ": its shim is asked to go on in ", program.path);
  shim::v1::Request request;
  request.mutable_renew()->set_program(program.path);
  shim_.Send(std::move(request), [this](const absl::Status& status) {
    // The connection may break with the process that has answered.
    if (status.ok() || absl::IsUnavailable(status)) return;
    renewal_problem_ = std::string(status.message());
    LogWarning("service ", name_, ": ", renewal_problem_);
    events_.on_changed();
  });
}

}  // namespace rollout::agent
