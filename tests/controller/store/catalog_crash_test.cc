// SPDX-License-Identifier: Apache-2.0
//
// What operators and agents were told is there when the controller has died,
// also with its machine, on a disk that loses what was not synced: both stores,
// with all that stands on them, as main.cc has them.

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/plan_operations.h"
#include "controller/store/sqlite_store.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/losing_disk.h"
#include "tests/fakes/losing_vfs.h"

namespace rollout::store {
namespace {

using Syncs = LosingDisk::Syncs;

constexpr int kSeeds = 150;
constexpr int kDeathsPerSeed = 4;

// What there is to see of the one plan, "web"; nothing: it does not exist.
struct Sight {
  std::string command;
  int64_t rollout = 0;
  bool paused = false;

  bool operator==(const Sight& other) const {
    return command == other.command && rollout == other.rollout &&
           paused == other.paused;
  }
  std::string Text() const {
    return absl::StrCat("rollout ", rollout, " to ", command,
                        paused ? ", paused" : "");
  }
};

v1::Cause Ann() {
  v1::Cause cause;
  cause.set_user("ann");
  return cause;
}

// One run of a controller. After an error of Open there is none.
class Controller {
 public:
  static absl::StatusOr<std::unique_ptr<Controller>> Start(LosingDisk& disk) {
    auto controller = std::make_unique<Controller>();
    RETURN_IF_ERROR(controller->Open(disk));
    return controller;
  }
  ~Controller() {
    if (store_ != nullptr) store_->Close();
    if (history_store_ != nullptr) history_store_->Close();
  }

  absl::Status Apply(const std::string& command) {
    v1::PlanSpec spec;
    spec.mutable_service()->add_command(command);
    Outcome<absl::StatusOr<std::vector<Applied>>> outcome;
    operations_->Apply({{"web", spec}}, Ann(), outcome);
    return outcome.Wait().status();
  }
  absl::Status PauseOrResume(bool paused) {
    Outcome<absl::Status> outcome;
    paused ? operations_->Pause("web", Ann(), outcome)
           : operations_->Resume("web", Ann(), outcome);
    return outcome.Wait();
  }
  absl::Status Report(const std::string& id) {
    v1::SwapReport report;
    report.set_host("h1");
    report.set_plan("web");
    report.set_id(id);
    Outcome<absl::Status> outcome;
    history_->Put(report, outcome);
    return outcome.Wait();
  }
  // An event waits for nobody; for a seed to mean the same each time, we do.
  void AwaitEvents() { (void)CommitNow(*history_store_, {}); }

  absl::StatusOr<Sight> See() const {
    auto state = catalog_->FindPlan("web");
    if (!state) return Sight{};
    const v1::Rollout& rollout = state->rollout.record;
    auto revision = catalog_->FindRevision("web", rollout.revision());
    if (!revision || rollout.number() != state->plan.record.last_rollout()) {
      return absl::DataLossError("half an apply is there");
    }
    return Sight{revision->service().command(0), rollout.number(),
                 rollout.paused()};
  }
  std::set<std::string> Reports() const {
    std::set<std::string> ids;
    for (const v1::SwapReport& report : history_->Swaps("web")) {
      ids.insert(report.id());
    }
    return ids;
  }

 private:
  absl::Status Open(LosingDisk& disk) {
    auto sync_directory = [&disk](const std::string&) {
      return disk.SyncDirectory() ? absl::OkStatus()
                                  : absl::UnavailableError("died");
    };
    ASSIGN_OR_RETURN(
        store_,
        OpenSqliteStore({"/state.db", nullptr, sync_directory}, clock_));
    ASSIGN_OR_RETURN(
        history_store_,
        OpenSqliteStore({"/history.db", nullptr, sync_directory}, clock_));
    ASSIGN_OR_RETURN(catalog_, Catalog::Open(*store_));
    ASSIGN_OR_RETURN(history_, History::Open(*history_store_, {}));
    operations_.emplace(*catalog_, *history_, clock_);
    return absl::OkStatus();
  }

  SystemClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> history_store_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<History> history_;
  std::optional<PlanOperations> operations_;
};

// One machine, through several deaths of its controller.
class Machine {
 public:
  Machine(uint64_t seed, Syncs syncs)
      : random_(seed), disk_(seed, syncs), vfs_(disk_) {}

  // What is wrong.
  absl::Status Run() {
    for (int i = 0; i < kDeathsPerSeed; ++i) {
      disk_.DieAt(1 + UpTo(UpTo(1) == 0 ? 60 : 400));
      RETURN_IF_ERROR(RunController());
      disk_.Die();
      UpTo(3) == 0 ? disk_.RestartProgram() : disk_.RestartMachine();
    }
    return RunController();
  }

 private:
  absl::Status RunController() {
    auto controller = Controller::Start(disk_);
    if (!controller.ok()) {
      return disk_.alive() ? controller.status() : absl::OkStatus();
    }
    RETURN_IF_ERROR(Check(**controller));
    for (size_t left = UpTo(25); left > 0 && disk_.alive(); --left) {
      absl::Status status = ActSomehow(**controller);
      (*controller)->AwaitEvents();
      if (!status.ok() && disk_.alive()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ActSomehow(Controller& controller) {
    if (UpTo(2) == 0) {
      const std::string id = absl::StrCat("web/", ++asked_reports_);
      RETURN_IF_ERROR(controller.Report(id));
      reports_.insert(id);
      return absl::OkStatus();
    }
    const bool applies = sure_.rollout == 0 || UpTo(1) == 0;
    if (applies) {
      possible_ = {absl::StrCat("v", ++versions_), sure_.rollout + 1, false};
      RETURN_IF_ERROR(controller.Apply(possible_.command));
    } else {
      possible_.paused = !sure_.paused;
      RETURN_IF_ERROR(controller.PauseOrResume(possible_.paused));
    }
    sure_ = possible_;
    return absl::OkStatus();
  }

  absl::Status Check(const Controller& controller) {
    ASSIGN_OR_RETURN(Sight sight, controller.See());
    if (!(sight == sure_) && !(sight == possible_)) {
      return absl::DataLossError(absl::StrCat(
          "there is ", sight.Text(), ", acknowledged is ", sure_.Text()));
    }
    sure_ = possible_ = sight;
    std::set<std::string> reports = controller.Reports();
    if (!std::includes(reports.begin(), reports.end(), reports_.begin(),
                       reports_.end())) {
      return absl::DataLossError("an acknowledged swap report is not there");
    }
    reports_ = std::move(reports);
    return absl::OkStatus();
  }

  // From 0 to `most`.
  size_t UpTo(size_t most) { return random_() % (most + 1); }

  std::mt19937_64 random_;
  LosingDisk disk_;
  LosingVfs vfs_;
  // What was acknowledged last, and what was asked for after that.
  Sight sure_;
  Sight possible_;
  std::set<std::string> reports_;
  int versions_ = 0;
  int asked_reports_ = 0;
};

TEST(CatalogCrash, WhatWasAcknowledgedIsThereAfterACrash) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    ASSERT_EQ(Machine(seed, Syncs::kEverything).Run(), absl::OkStatus())
        << "seed " << seed;
  }
}

TEST(CatalogCrash, ADiskThatDoesNotKeepItsPromiseIsFoundOut) {
  int found = 0;
  for (int seed = 0; seed < 20; ++seed) {
    found += Machine(seed, Syncs::kNothing).Run().ok() ? 0 : 1;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace rollout::store
