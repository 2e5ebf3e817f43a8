// SPDX-License-Identifier: Apache-2.0
//
// bazel run //tests/bench:gitops_fetch_bench [-- --commits=10000 --plans=1000]
//
// What a large repository costs: the first fetch of a history, then that of a
// commit that changes one plan, from a file:/// address, by rollout-fetch as it
// is shipped. A minute.

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "tests/bench/scratch.h"
#include "tests/bench/spread.h"
#include "tests/programs/fetch_run.h"
#include "tests/programs/git_repository.h"
#include "tests/programs/run.h"

ABSL_FLAG(int, commits, 10000, "commits in the history, of one plan each");
ABSL_FLAG(int, plans, 1000, "plans in the tree");
ABSL_FLAG(int, fetches, 100, "commits that are fetched one by one");

namespace rollout::bench {
namespace {

std::string PlanPath(int plan) {
  return absl::StrCat("plans/team-", plan % 20, "/service-", plan, ".yaml");
}

// As long as a plan is.
std::string PlanText(int plan, int version) {
  return absl::StrCat(
      "apiVersion: rollout/v1\nkind: Plan\nmetadata:\n  name: service-", plan,
      "\nspec:\n  hosts: {selector: {role: web}}\n  service:\n    artifact:\n",
      "      url: https://artifacts.example/service-", plan, "-", version,
      ".tar.zst\n      sha256: ", std::string(64, 'a' + version % 6),
      "\n    command: [./serve]\n    endpoints: [{name: http, address: ",
      "0.0.0.0:8080}]\n  strategy: {maxSurge: 25%, minReady: 10s}\n");
}

std::string Shown(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Milliseconds(1)));
}

// A line of git fast-import's, with its data.
std::string Data(const std::string& text) {
  return absl::StrCat("data ", text.size(), "\n", text, "\n");
}

// The first commit has every plan, each further one changes one.
absl::Status MakeHistory(const programs::GitRepository& repository,
                         const std::string& directory, int commits, int plans) {
  const std::string stream = directory + "/stream";
  std::ofstream out(stream);
  for (int commit = 0; commit < commits; ++commit) {
    out << "commit refs/heads/main\ncommitter Ann <ann@example.com> "
        << 1700000000 + commit << " +0000\n"
        << Data(absl::StrCat("Change ", commit));
    const int first = commit == 0 ? 0 : commit % plans;
    const int last = commit == 0 ? plans : first + 1;
    for (int plan = first; plan < last; ++plan) {
      out << "M 644 inline " << PlanPath(plan) << "\n"
          << Data(PlanText(plan, commit));
    }
  }
  out.close();
  return programs::Run({"/bin/sh", "-c",
                        "exec git --git-dir \"$1\" fast-import --quiet <\"$2\"",
                        "sh", repository.path(), stream})
      .status();
}

absl::Status CheckRun(const programs::FetchRun& run, int plans) {
  if (run.answer.result().files_size() == plans) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("no ", plans, " plans: ", run.answer.failure().message()));
}

// Commits one plan after the other, and fetches each.
absl::Status MeasureChanges(programs::GitRepository* repository,
                            gitops::FetchRequest request,
                            const std::string& directory) {
  const int plans = absl::GetFlag(FLAGS_plans);
  Spread times;
  int64_t peak = 0;
  for (int i = 0; i < absl::GetFlag(FLAGS_fetches); ++i) {
    RETURN_IF_ERROR(
        repository
            ->Commit({{PlanPath(i % plans), PlanText(i % plans, 20000 + i)}})
            .status());
    RETURN_IF_ERROR(repository->Push());
    ASSIGN_OR_RETURN(programs::FetchRun run,
                     programs::RunFetch(request, directory));
    RETURN_IF_ERROR(CheckRun(run, plans));
    request.set_known_commit(run.answer.result().commit());
    times.Add(run.time);
    peak = std::max(peak, run.peak_kilobytes);
  }
  std::cout << "one plan changed: median " << Shown(times.median()) << ", p99 "
            << Shown(times.p99()) << " of " << times.count() << ", "
            << peak / 1024 << " MiB at its peak\n";
  return absl::OkStatus();
}

absl::Status Measure() {
  const int commits = absl::GetFlag(FLAGS_commits);
  const int plans = absl::GetFlag(FLAGS_plans);
  Scratch scratch;
  ASSIGN_OR_RETURN(auto repository,
                   programs::GitRepository::Make(scratch.path()));
  RETURN_IF_ERROR(MakeHistory(repository, scratch.path(), commits, plans));
  gitops::FetchRequest request;
  request.set_url(repository.url());
  request.set_branch("main");
  request.set_path("plans");
  request.set_repository(scratch.path() + "/copy");
  ASSIGN_OR_RETURN(programs::FetchRun first,
                   programs::RunFetch(request, scratch.path()));
  RETURN_IF_ERROR(CheckRun(first, plans));
  std::cout << commits << " commits, " << plans << " plans: first fetch "
            << Shown(first.time) << ", " << first.peak_kilobytes / 1024
            << " MiB at its peak\n";
  RETURN_IF_ERROR(
      repository.Git({"pull", "--quiet", "origin", "main"}).status());
  request.set_known_commit(first.answer.result().commit());
  return MeasureChanges(&repository, request, scratch.path());
}

}  // namespace
}  // namespace rollout::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("what fetching a large repository costs");
  absl::ParseCommandLine(argc, argv);
  absl::Status status = rollout::bench::Measure();
  if (!status.ok()) std::cerr << "gitops_fetch_bench: " << status << "\n";
  return status.ok() ? 0 : 1;
}
