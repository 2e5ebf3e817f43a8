// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/packets_to_shim.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "agent/shim/control.h"
#include "agent/shim/drain_terms.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/keeper.h"
#include "agent/shim/kept_memory.h"
#include "agent/shim/launch.h"
#include "agent/shim/service.h"
#include "agent/shim/weights.h"
#include "base/check.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"
#include "base/unix_socket.h"
#include "proto/shim/v1/shim.pb.h"
#include "tests/fuzz/scratch.h"

namespace rollout::fuzz {
namespace {

using shim::v1::Request;

// shim-protocol.md.
constexpr size_t kMaxPacket = 256 * 1024;
constexpr uint64_t kPatienceNs = 10'000'000'000;
constexpr uint64_t kEndOfTime = std::numeric_limits<uint64_t>::max();

bool IsCString(absl::string_view text) {
  return text.find('\0') == absl::string_view::npos;
}

// What is read as an address is one, to the last character.
void CheckEndpoint(absl::string_view text) {
  auto address = EndpointAddress::Parse(text);
  CHECK(address.ok());
  CHECK(*EndpointAddress::Parse(address->ToString()) == *address);
  if (address->transport() == Transport::kUnix) {
    CHECK(absl::StartsWith(address->path(), "/") && IsCString(text));
    CHECK(!address->file_name().empty() && address->file_name() != "..");
    return;
  }
  const bool is_udp = absl::ConsumePrefix(&text, "udp:");
  CHECK(is_udp == (address->transport() == Transport::kUdp));
  CHECK(text.find_first_not_of("0123456789abcdefABCDEF.:[]") ==
        absl::string_view::npos);
  CHECK(absl::StartsWith(text, "[") == (address->ip()->family() == AF_INET6));
}

void CheckStart(const shim::v1::StartRequest& request, shim::EpollLoop& loop) {
  shim::EndpointGroups groups(loop);
  auto made = shim::MakeGeneration(request, groups);
  if (!made.ok()) {
    CHECK(absl::IsInvalidArgument(made.status()));
    return;
  }
  CHECK(absl::StartsWith(request.command(0), "/"));
  for (const std::string& word : request.command()) CHECK(IsCString(word));
  for (const std::string& entry : request.environment()) {
    CHECK(IsCString(entry));
  }
  for (const std::string& path :
       {request.directory(), request.private_directory(), request.output_file(),
        request.control_group()}) {
    CHECK(IsCString(path));
  }
  for (const shim::v1::Endpoint& endpoint : request.endpoints()) {
    CheckEndpoint(endpoint.address());
  }
}

void CheckWeights(const shim::v1::SetWeightsRequest& request) {
  auto weights = shim::ReadWeights(request);
  if (!weights.ok()) {
    CHECK(absl::IsInvalidArgument(weights.status()));
    return;
  }
  CHECK(static_cast<int>(weights->size()) == request.weights_size());
  uint64_t sum = 0;
  for (const auto& [generation, permille] : *weights) sum += permille;
  CHECK(sum == (weights->empty() ? 0 : 1000));
}

void CheckDrain(const shim::v1::DrainRequest& request) {
  const uint64_t now = shim::NowNs();
  auto terms = shim::MakeDrainTerms(request, now);
  if (!terms.ok()) {
    CHECK(absl::IsInvalidArgument(terms.status()));
    return;
  }
  CHECK(terms->signal > 0);
  CHECK(now <= terms->signal_at_ns && terms->signal_at_ns <= terms->kill_at_ns);
  CHECK(terms->signal_at_ns - now <= request.wait_ns());
  CHECK(terms->kill_at_ns - now == request.timeout_ns() ||
        terms->kill_at_ns == kEndOfTime);
}

// The service, with a start's paths where they do no harm: its process is never
// reached, because its private directory can't be.
//
// No keeper is beside it, and it goes on in no other program.
class HarmlessService : public shim::ControlHandler {
 public:
  explicit HarmlessService(shim::EpollLoop& loop)
      : loop_(loop), service_(/*mark_base=*/0x52000000, Unkept(), loop) {}

  absl::Status Handle(const Request& request) override {
    if (request.has_set_weights()) CheckWeights(request.set_weights());
    if (request.has_drain()) CheckDrain(request.drain());
    if (request.has_renew()) return Renew(request);
    if (!request.has_start()) return service_.Handle(request);
    CheckStart(request.start(), loop_);
    Request harmless = request;
    shim::v1::StartRequest& start = *harmless.mutable_start();
    if (absl::StartsWith(start.output_file(), "/")) {
      start.set_output_file(Scratch::Get().play() + "/output");
    }
    if (absl::StartsWith(start.private_directory(), "/")) {
      start.set_private_directory("/dev/null/none");
    }
    absl::Status status = service_.Handle(harmless);
    CHECK(!status.ok());
    return status;
  }

  shim::v1::Status Snapshot() const override {
    shim::v1::Status status = service_.Snapshot();
    CHECK(status.generations_size() == 0 && status.last_generation() == 0);
    return status;
  }

 private:
  static shim::Kept Unkept() {
    static shim::KeptMemory& memory = *shim::KeptMemory::Create();
    return shim::Kept{memory};
  }

  absl::Status Renew(Request request) {
    request.mutable_renew()->set_program("/dev/null/none");
    absl::Status status = service_.Handle(request);
    CHECK(absl::IsFailedPrecondition(status));
    return status;
  }

  shim::EpollLoop& loop_;
  shim::Service service_;
};

// The other end, on the same loop.
class Client {
 public:
  Client(const std::vector<std::string>& packets, const std::string& path,
         shim::EpollLoop& loop)
      : packets_(packets),
        loop_(loop),
        socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
                         0)) {
    int size = 4 * kMaxPacket;
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    CHECK(ConnectUnixSocket(socket_.get(), path).ok());
    CHECK(
        loop.Watch(socket_.get(), EPOLLIN, [this](uint32_t) { Hear(); }).ok());
    SendNext();
  }
  ~Client() { loop_.Unwatch(socket_.get()); }

 private:
  void SendNext() {
    if (next_ == packets_.size()) return loop_.Stop();
    const std::string& packet = packets_[next_++];
    CHECK(send(socket_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(packet.size()));
    Request request;
    awaited_.reset();
    // A connection says hello first.
    if (!packet.empty() && packet.size() <= kMaxPacket &&
        request.ParseFromString(packet) && (next_ > 1 || request.has_hello())) {
      awaited_ = request.id();
    }
  }

  void Hear() {
    // To make one takes longer than all the rest.
    static std::string buffer(4 * kMaxPacket, '\0');
    ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      CHECK(!awaited_.has_value());
      return loop_.Stop();
    }
    CHECK(size <= static_cast<ssize_t>(kMaxPacket));
    shim::v1::Message message;
    CHECK(message.ParseFromArray(buffer.data(), static_cast<int>(size)));
    CHECK(message.has_status() || message.has_reply());
    if (message.has_status()) return;
    CHECK(awaited_.has_value() && message.reply().id() == *awaited_);
    SendNext();
  }

  const std::vector<std::string>& packets_;
  shim::EpollLoop& loop_;
  const UniqueFd socket_;
  size_t next_ = 0;
  // Id of the request that is to be answered; none: it ends the connection.
  std::optional<uint64_t> awaited_;
};

}  // namespace

void GiveToShim(const std::vector<std::string>& packets) {
  if (packets.empty()) return;
  Scratch& scratch = Scratch::Get();
  {
    const std::string path = scratch.play() + "/shim.sock";
    shim::EpollLoop loop;
    HarmlessService service(loop);
    auto control = shim::Control::Create(path, service, loop);
    CHECK(control.ok());
    Client client(packets, path, loop);
    bool hangs = false;
    loop.SetTimer(&hangs, shim::NowNs() + kPatienceNs, [&] {
      hangs = true;
      loop.Stop();
    });
    loop.Run([&control] { (*control)->PushStatus(); });
    CHECK(!hangs);
  }
  scratch.CheckBystanders();
  scratch.Clear();
}

}  // namespace rollout::fuzz
