// SPDX-License-Identifier: Apache-2.0
//
// bazel run //tests/bench:gitops_push_bench [-- --commits=20]
//
// How long after a push the first host is in change: a real repository, a real
// forge's webhook, a controller and three agents as they are shipped. "In
// change": the host has been given the new revision beside the one it runs.
// Counted from when git push has returned, and from when it was started.

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "tests/bench/spread.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/forge.h"
#include "tests/e2e/git_remote.h"
#include "tests/e2e/isolation.h"
#include "tests/e2e/site.h"

ABSL_FLAG(int, commits, 20, "commits by each way");

namespace rollout::bench {
namespace {

constexpr int kHosts = 3;
constexpr char kSecret[] = "a secret of the forge";
constexpr absl::Duration kLimit = absl::Minutes(1);

bool IsInChange(const v1::PlanStatus& status, int rollout) {
  if (status.rollout().number() != rollout) return false;
  for (const v1::PlanHostStatus& host : status.hosts()) {
    if (host.assigned_size() > 1) return true;
  }
  return false;
}

// A fleet that follows a repository.
class Measurement {
 public:
  absl::Status Begin(e2e::Transport transport) {
    ASSIGN_OR_RETURN(fleet_, e2e::Fleet::Start(kHosts));
    ASSIGN_OR_RETURN(auto remote,
                     e2e::GitRemote::Make(fleet_->directory(), transport));
    remote_ = std::make_unique<e2e::GitRemote>(std::move(remote));
    ASSIGN_OR_RETURN(client_, ctl::Client::Make(fleet_->operate().flags()));
    const std::string secret = fleet_->directory() + "/webhook-secret";
    RETURN_IF_ERROR(files_.WriteAtomically(secret, kSecret));
    RETURN_IF_ERROR(Push(1));
    RETURN_IF_ERROR(fleet_->Reconfigure(absl::StrCat(
        "sources:\n- name: prod\n", remote_->settings(),
        "  interval: 1h\n  webhook: {secretFile: ", secret, "}\n")));
    return AwaitEnd(1);
  }

  absl::Status Add(int version) {
    const absl::Duration begin = clock_.Uptime();
    RETURN_IF_ERROR(Push(version));
    const absl::Duration pushed = clock_.Uptime();
    if (e2e::Forge(fleet_->http_address(), kSecret).TellOfPush() != 202) {
      return absl::InternalError("the webhook was refused");
    }
    RETURN_IF_ERROR(Await([&](const v1::PlanStatus& status) {
      return IsInChange(status, version);
    }));
    const absl::Duration now = clock_.Uptime();
    after_push_.Add(now - pushed);
    with_push_.Add(now - begin);
    return AwaitEnd(version);
  }

  void Print(absl::string_view way) const {
    auto shown = [](absl::Duration time) {
      return absl::FormatDuration(absl::Trunc(time, absl::Milliseconds(1)));
    };
    std::cout << way << ": to the first host in change, median "
              << shown(after_push_.median()) << ", p99 "
              << shown(after_push_.p99()) << " of " << after_push_.count()
              << "; with git push " << shown(with_push_.median()) << ", "
              << shown(with_push_.p99()) << std::endl;
  }

 private:
  absl::Status Push(int version) {
    e2e::Site site(fleet_->directory(), version);
    site.SetReady(true);
    return remote_
        ->Push({{"web.yaml", site.Manifest(fleet_->port())}},
               absl::StrCat("Version ", version))
        .status();
  }

  absl::Status Await(
      const std::function<bool(const v1::PlanStatus&)>& condition) {
    v1::GetRequest request;
    request.set_plan("web");
    const absl::Duration end = clock_.Uptime() + kLimit;
    while (clock_.Uptime() < end) {
      auto answer = client_->Get(request);
      if (answer.ok() && condition(answer->plan())) return absl::OkStatus();
      absl::SleepFor(absl::Milliseconds(2));
    }
    return absl::DeadlineExceededError("the fleet does not follow");
  }

  absl::Status AwaitEnd(int rollout) {
    return Await([&](const v1::PlanStatus& status) {
      return status.rollout().number() == rollout &&
             status.rollout().phase() == v1::COMPLETE;
    });
  }

  SystemClock clock_;
  PosixFileSystem files_;
  std::unique_ptr<e2e::Fleet> fleet_;
  std::unique_ptr<e2e::GitRemote> remote_;
  std::unique_ptr<ctl::Client> client_;
  Spread after_push_;
  Spread with_push_;
};

absl::Status Measure(e2e::Transport transport, absl::string_view way) {
  Measurement measurement;
  RETURN_IF_ERROR(measurement.Begin(transport));
  for (int i = 0; i < absl::GetFlag(FLAGS_commits); ++i) {
    RETURN_IF_ERROR(measurement.Add(2 + i));
  }
  measurement.Print(way);
  return absl::OkStatus();
}

absl::Status MeasureAll() {
  RETURN_IF_ERROR(Measure(e2e::Transport::kFile, "file"));
  RETURN_IF_ERROR(Measure(e2e::Transport::kHttps, "https"));
  return Measure(e2e::Transport::kSsh, "ssh");
}

}  // namespace
}  // namespace rollout::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("from a push to the first host; as root");
  absl::ParseCommandLine(argc, argv);
  return rollout::e2e::RunIsolated([] {
    absl::Status status = rollout::bench::MeasureAll();
    if (!status.ok()) std::cerr << "gitops_push_bench: " << status << "\n";
    return status.ok() ? 0 : 1;
  });
}
