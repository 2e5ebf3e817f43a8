// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/packets_to_agent.h"

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <map>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/decide/decide.h"
#include "agent/decide/service_view.h"
#include "agent/reconcile/disk.h"
#include "agent/reconcile/generation_record.h"
#include "agent/reconcile/swap_recorder.h"
#include "agent/shim_client/socket_shim.h"
#include "base/check.h"
#include "base/file_system.h"
#include "base/unique_fd.h"
#include "base/unix_socket.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/swap.pb.h"
#include "proto/shim/v1/shim.pb.h"
#include "tests/fuzz/scratch.h"

namespace rollout::fuzz {
namespace {

// Any moment does.
constexpr absl::Duration kNow = absl::Hours(1);

class NoFiles : public FileSystem {
 public:
  absl::StatusOr<std::string> Read(absl::string_view) override {
    return absl::NotFoundError("no file");
  }
  absl::Status WriteAtomically(absl::string_view, absl::string_view) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> List(absl::string_view) override {
    return std::vector<std::string>();
  }
  absl::Status MakeDirectories(absl::string_view) override {
    return absl::OkStatus();
  }
  absl::Status RemoveAll(absl::string_view) override {
    return absl::OkStatus();
  }
  absl::Status Rename(absl::string_view, absl::string_view) override {
    return absl::OkStatus();
  }
  absl::StatusOr<FileInfo> Stat(absl::string_view) override {
    return absl::NotFoundError("no files");
  }
  absl::Status ReplaceLink(absl::string_view, absl::string_view) override {
    return absl::OkStatus();
  }
};

// It has a thread: one for all, never ended, because OpenSSL would be gone
// before it and could not free what is the thread's.
agent::Disk& NoDisk() {
  static auto* const disk = new agent::Disk(new NoFiles);
  return *disk;
}

template <typename Proto>
void CheckWellFormed(const Proto& proto) {
  Proto again;
  CHECK(again.ParseFromString(proto.SerializeAsString()));
}

void CheckDuration(const google::protobuf::Duration& duration) {
  CHECK(-1'000'000'000 < duration.nanos() && duration.nanos() < 1'000'000'000);
}

// As the loop of a service takes in what its shim tells.
class Agent {
 public:
  Agent()
      : recorder_({"plan", "host", "/state"}, &files_, &NoDisk(),
                  [](const v1::SwapReport& report) {
                    CheckWellFormed(report);
                    CheckDuration(report.timings().switchover());
                    CheckDuration(report.timings().total());
                  }) {
    agent::SwapBeginning beginning;
    beginning.old_generation = 1;
    beginning.new_generation = 2;
    beginning.began = kNow;
    recorder_.Begin(beginning, absl::UnixEpoch());
  }

  void OnStatus(const shim::v1::Status& status) {
    std::map<int64_t, agent::GenerationRecord> generations;
    for (const shim::v1::Generation& told : status.generations()) {
      agent::GenerationRecord& record =
          generations[static_cast<int64_t>(told.number())];
      record.shim = told;
      record.ready = told.notified_ready();
      if (record.ready) record.ready_since = record.first_ready = kNow;
    }
    agent::ServiceView view;
    view.revisions.resize(1);
    for (const auto& [number, record] : generations) {
      view.generations.push_back(agent::ViewOf(record, kNow));
      view.revisions[0].revision = record.shim.revision();
      v1::GenerationObservation observation =
          agent::Observe(record, /*attempt=*/0, kNow);
      CheckWellFormed(observation);
      CheckDuration(observation.serving_for());
      CheckDuration(observation.startup());
    }
    view.revisions[0].weight = 1000;
    agent::Decide(view);
    recorder_.Update(generations);
  }

 private:
  NoFiles files_;
  agent::SwapRecorder recorder_;
};

// What is heard by one connection. Outlives it.
struct Heard {
  Agent agent;
  std::promise<void> lost;
  std::atomic<int> answers{0};

  shim_client::ShimEvents Events() {
    return {[this](const shim::v1::Status& status) { agent.OnStatus(status); },
            [this](const absl::Status& why) {
              CHECK(absl::IsUnavailable(why));
              lost.set_value();
            }};
  }
};

void SendPacket(int socket, const std::string& packet) {
  // The other side may have hung up.
  send(socket, packet.data(), packet.size(), MSG_NOSIGNAL);
}

std::string HelloReply() {
  shim::v1::Message message;
  message.mutable_reply()->set_id(1);
  return message.SerializeAsString();
}

// The agent's side: connects, asks for something, waits for the end.
void Ask(const std::string& path) {
  Heard heard;
  auto shim = shim_client::SocketShim::Connect(path, heard.Events());
  if (!shim.ok()) return;
  (*shim)->Send({}, [&heard](const absl::Status&) { ++heard.answers; });
  heard.lost.get_future().wait();
  shim->reset();
  CHECK(heard.answers == 1);
}

}  // namespace

void GiveToAgent(const std::vector<std::string>& packets, bool with_hello) {
  Scratch& scratch = Scratch::Get();
  const std::string path = scratch.play() + "/shim.sock";
  UniqueFd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  CHECK(BindUnixSocket(listener.get(), path).ok());
  CHECK(listen(listener.get(), 1) == 0);
  std::future<void> asked =
      std::async(std::launch::async, [&path] { Ask(path); });
  {
    UniqueFd socket(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char request[4096];
    // The hello. The answer to it, then the request that Ask makes.
    CHECK(recv(socket.get(), request, sizeof request, 0) > 0);
    if (!with_hello) SendPacket(socket.get(), HelloReply());
    for (const std::string& packet : packets) SendPacket(socket.get(), packet);
  }
  asked.get();
  scratch.CheckBystanders();
  scratch.Clear();
}

}  // namespace rollout::fuzz
