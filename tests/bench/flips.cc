// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/flips.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/shim_client/process_shim_host.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "tests/bench/bare_group.h"

namespace rollout::bench {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(20);
constexpr uint32_t kMarkBase = 0x52000000;

// The newest status of a shim.
class Statuses {
 public:
  void Set(shim::v1::Status status) {
    MutexLock lock(&mutex_);
    newest_ = std::move(status);
    changed_.NotifyAll();
  }

  // Waits for a status of which `condition` is true.
  template <typename Condition>
  absl::StatusOr<shim::v1::Status> Await(Condition condition) {
    const absl::Duration end = clock_.Uptime() + kLimit;
    MutexLock lock(&mutex_);
    while (!condition(newest_)) {
      if (clock_.Uptime() > end) {
        return absl::DeadlineExceededError(
            absl::StrCat("the shim's status: ", newest_.SerializeAsString()));
      }
      changed_.WaitFor(&mutex_, absl::Seconds(1));
    }
    return newest_;
  }

 private:
  const SystemClock clock_{};
  Mutex mutex_;
  CondVar changed_;
  shim::v1::Status newest_ ABSL_GUARDED_BY(mutex_);
};

const shim::v1::Generation* Find(const shim::v1::Status& status,
                                 uint64_t number) {
  for (const shim::v1::Generation& generation : status.generations()) {
    if (generation.number() == number) return &generation;
  }
  return nullptr;
}

absl::StatusOr<Spread> MeasureBare(int times) {
  const SystemClock clock;
  BareGroup group;
  Spread spread;
  for (int i = 0; i < times; ++i) {
    absl::Duration began = clock.Uptime();
    RETURN_IF_ERROR(group.LeadTo(i % 2));
    spread.Add(clock.Uptime() - began);
  }
  return spread;
}

shim::v1::Request StartRequest(uint64_t generation, int port,
                               const std::string& directory) {
  const std::string own = absl::StrCat(directory, "/", generation);
  std::filesystem::create_directories(own);
  shim::v1::Request request;
  shim::v1::StartRequest* start = request.mutable_start();
  start->set_generation(generation);
  for (const std::string& word :
       {std::string("/usr/bin/python3"), std::string("-m"),
        std::string("http.server"), std::string("--bind"),
        std::string("127.0.0.1"), absl::StrCat(port)}) {
    start->add_command(word);
  }
  start->add_environment("PATH=/usr/bin:/bin");
  start->set_directory(own);
  start->set_private_directory(own);
  start->set_output_file(directory + "/output.log");
  shim::v1::Endpoint* endpoint = start->add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address(absl::StrCat("127.0.0.1:", port));
  start->set_handover(shim::v1::INTERCEPT);
  return request;
}

shim::v1::Request AllTo(uint64_t generation) {
  shim::v1::Request request;
  shim::v1::Weight* weight = request.mutable_set_weights()->add_weights();
  weight->set_generation(generation);
  weight->set_permille(1000);
  return request;
}

// A shim with two generations that listen.
absl::Status StartTwo(shim_client::Shim& shim, Statuses& statuses,
                      const std::string& directory) {
  int port = PortOf(SharedListener(0));
  for (uint64_t generation : {1, 2}) {
    shim.Send(StartRequest(generation, port, directory), [](absl::Status) {});
    RETURN_IF_ERROR(statuses
                        .Await([generation](const shim::v1::Status& status) {
                          const auto* found = Find(status, generation);
                          return found != nullptr &&
                                 found->all_endpoints_listen();
                        })
                        .status());
  }
  return absl::OkStatus();
}

absl::Status FlipAgainAndAgain(shim_client::Shim& shim, Statuses& statuses,
                               int flips, FlipFigures* figures) {
  const SystemClock clock;
  for (int i = 0; i < flips; ++i) {
    const uint64_t to = 1 + i % 2;
    absl::Duration sent = clock.Uptime();
    shim.Send(AllTo(to), [](absl::Status) {});
    ASSIGN_OR_RETURN(
        shim::v1::Status status,
        statuses.Await([&](const shim::v1::Status& newest) {
          const auto* found = Find(newest, to);
          return found != nullptr && found->weight() == 1000 &&
                 absl::Nanoseconds(found->times().flip_ended_ns()) >= sent;
        }));
    figures->round_trip.Add(clock.Uptime() - sent);
    const shim::v1::GenerationTimes& times = Find(status, to)->times();
    figures->flip.Add(
        absl::Nanoseconds(times.flip_ended_ns() - times.flip_began_ns()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FlipFigures> MeasureFlips(const std::string& shim_program,
                                         const std::string& directory,
                                         int flips) {
  FlipFigures figures;
  ASSIGN_OR_RETURN(figures.bare, MeasureBare(flips));
  Statuses statuses;
  PosixFileSystem files;
  shim_client::ProcessShimHost host({directory, shim_program, kMarkBase},
                                    files);
  shim_client::ShimEvents events;
  events.on_status = [&](shim::v1::Status status) {
    statuses.Set(std::move(status));
  };
  events.on_lost = [](absl::Status) {};
  ASSIGN_OR_RETURN(std::unique_ptr<shim_client::Shim> shim,
                   host.Open("flips", events));
  RETURN_IF_ERROR(StartTwo(*shim, statuses, directory));
  RETURN_IF_ERROR(FlipAgainAndAgain(*shim, statuses, flips, &figures));
  return figures;
}

}  // namespace rollout::bench
