// SPDX-License-Identifier: Apache-2.0
//
// Any packets between agent and shim. An input is a letter for who gets them
// (s: a shim, after a hello; n: a shim, from the first; a: an agent, after a
// hello; h: an agent, the first as the answer to its hello), then the packets,
// each after its length in two bytes, the lower first.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/shim/v1/shim.pb.h"
#include "tests/fuzz/packets_to_agent.h"
#include "tests/fuzz/packets_to_shim.h"
#include "tests/fuzz/target.h"

namespace rollout::fuzz {
namespace {

using shim::v1::Message;
using shim::v1::Request;

constexpr size_t kMostPackets = 32;
// A length that stands for all the rest.
constexpr size_t kRest = 0xffff;

std::vector<std::string> Split(absl::string_view input) {
  std::vector<std::string> packets;
  while (input.size() >= 2 && packets.size() < kMostPackets) {
    size_t length = static_cast<unsigned char>(input[0]) |
                    static_cast<unsigned char>(input[1]) << 8;
    input.remove_prefix(2);
    if (length == kRest || length > input.size()) length = input.size();
    packets.emplace_back(input.substr(0, length));
    input.remove_prefix(length);
  }
  return packets;
}

template <typename Proto>
std::string Join(char receiver, const std::vector<Proto>& packets) {
  std::string input(1, receiver);
  for (const Proto& packet : packets) {
    std::string bytes = packet.SerializeAsString();
    const size_t length = bytes.size() < kRest ? bytes.size() : kRest;
    input += static_cast<char>(length & 0xff);
    input += static_cast<char>(length >> 8);
    input += bytes;
  }
  return input;
}

Request Hello() {
  Request request;
  request.set_id(1);
  request.mutable_hello()->set_version(1);
  return request;
}

Request Start() {
  Request request;
  request.set_id(2);
  shim::v1::StartRequest& start = *request.mutable_start();
  start.set_generation(1);
  start.set_revision("r1");
  start.set_attempt(1);
  start.add_command("/bin/x");
  start.add_command("--listen");
  start.add_environment("A=b");
  start.set_set_user(true);
  start.set_uid(33);
  start.set_gid(33);
  start.add_groups(33);
  start.set_directory("/srv");
  start.set_umask(022);
  start.add_resource_limits()->set_resource(7);
  for (const char* address : {"127.0.0.1:80", "[::1]:9090"}) {
    shim::v1::Endpoint& endpoint = *start.add_endpoints();
    endpoint.set_name("http");
    endpoint.set_address(address);
  }
  start.set_handover(shim::v1::INTERCEPT);
  start.set_private_directory("/private");
  start.set_output_file("/output");
  start.set_handshake_grace_ns(3'000'000'000);
  start.set_control_group("/sys/fs/cgroup/x");
  return request;
}

// With one field that is not as it should be.
template <typename Change>
std::string StartWith(Change change) {
  Request request = Start();
  change(*request.mutable_start());
  return Join<Request>('s', {request});
}

std::string Requests() {
  std::vector<Request> requests = {Hello(), Start(), {}};
  for (uint32_t permille : {250, 750}) {
    shim::v1::Weight& weight =
        *requests.emplace_back().mutable_set_weights()->add_weights();
    weight.set_generation(permille);
    weight.set_permille(permille);
  }
  shim::v1::DrainRequest& drain = *requests.emplace_back().mutable_drain();
  drain.set_generation(1);
  drain.set_signal(SIGTERM);
  drain.set_wait_ns(1'000'000'000);
  drain.set_timeout_ns(~uint64_t{0});
  requests.emplace_back().mutable_kill()->set_generation(1);
  requests.emplace_back().mutable_forget()->set_generation(1);
  requests.emplace_back().mutable_shutdown();
  return Join('n', requests);
}

std::string WeightsOfAll() {
  Request request;
  for (uint64_t generation : {1, 2}) {
    shim::v1::Weight& weight = *request.mutable_set_weights()->add_weights();
    weight.set_generation(generation);
    weight.set_permille(500);
  }
  return Join<Request>('s', {request});
}

std::string States(char receiver) {
  std::vector<Message> messages(3);
  messages[0].mutable_reply()->set_id(2);
  messages[1].mutable_reply()->set_error("no");
  messages[1].mutable_reply()->set_code(9);
  shim::v1::Status& status = *messages[2].mutable_status();
  status.set_version(1);
  for (uint64_t number : {1, 2}) {
    shim::v1::Generation& generation = *status.add_generations();
    generation.set_number(number);
    generation.set_revision("r");
    generation.set_pid(7);
    generation.set_weight(number == 2 ? 1000 : 0);
    generation.set_all_endpoints_listen(true);
    generation.set_notified_ready(true);
    generation.set_ended(number == 1);
    generation.set_exit_status(9);
    generation.set_problem("none");
    shim::v1::GenerationTimes& times = *generation.mutable_times();
    times.set_started_ns(1);
    times.set_listening_ns(2);
    times.set_flip_began_ns(3);
    times.set_flip_ended_ns(4);
    times.set_retired_ns(5);
    times.set_queue_empty_ns(6);
    times.set_drain_began_ns(7);
    times.set_signalled_ns(8);
    times.set_ended_ns(9);
    times.set_gone_ns(~uint64_t{0});
  }
  return Join(receiver, messages);
}

}  // namespace

const Target& GetTarget() {
  using StartRequest = shim::v1::StartRequest;
  static const auto* const target = new Target{
      {{"requests", Requests()},
       {"a start", Join<Request>('s', {Start()})},
       {"weights", WeightsOfAll()},
       {"a start that names no absolute output file",
        StartWith([](StartRequest& start) { start.set_output_file("here"); })},
       {"an endpoint with a NUL in its address",
        StartWith([](StartRequest& start) {
          start.mutable_endpoints(0)->set_address(
              std::string("127.0.0.1\0.evil:80", 18));
        })},
       {"an endpoint with spaces", StartWith([](StartRequest& start) {
          start.mutable_endpoints(0)->set_address("127.0.0.1: 80 ");
        })},
       {"an endpoint with half of its brackets",
        StartWith([](StartRequest& start) {
          start.mutable_endpoints(0)->set_address("[127.0.0.1:80");
        })},
       {"a command with a NUL", StartWith([](StartRequest& start) {
          start.set_command(0, std::string("/bin/x\0y", 8));
        })},
       {"an endpoint that fills its packet", StartWith([](StartRequest& start) {
          start.Clear();
          *start.add_command() = "/";
          start.set_private_directory("/");
          start.set_output_file("/");
          start.set_generation(1);
          start.set_handover(shim::v1::INTERCEPT);
          start.add_endpoints()->set_name(std::string(262'080, 'n'));
        })},
       {"other endpoints", StartWith([](StartRequest& start) {
          start.mutable_endpoints(0)->set_address("udp:127.0.0.1:53");
          start.mutable_endpoints(1)->set_address("unix:/run/app.sock");
        })},
       {"a path that leads up", StartWith([](StartRequest& start) {
          start.mutable_endpoints(0)->set_address("unix:/run/../app.sock");
        })},
       {"too large a packet", StartWith([](StartRequest& start) {
          start.set_directory(std::string(262'144, 'd'));
        })},
       {"no packet", "n:"},
       {"states", States('a')},
       {"a hello's answer", States('h')}},
      {std::string(1, '\0'),
       "\xff\xff",
       "\xff\xff\xff\xff\xff\xff\xff\xff\x01",
       "s",
       "n",
       "a",
       "h",
       "/",
       "127.0.0.1:80",
       "[::1]:80",
       "udp:",
       "unix:/",
       "[",
       "]",
       ":",
       " ",
       "\x80",
       "\x08\x01",
       "\x12\x02\x08\x01",
       "\x12\x00",
       "\x42"},
      1'500};
  return *target;
}

}  // namespace rollout::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ::rollout::fuzz::GiveToAgent;
  using ::rollout::fuzz::GiveToShim;
  if (size == 0) return 0;
  std::vector<std::string> packets =
      rollout::fuzz::Split({reinterpret_cast<const char*>(data) + 1, size - 1});
  switch (data[0]) {
    case 's':
      packets.insert(packets.begin(),
                     rollout::fuzz::Hello().SerializeAsString());
      GiveToShim(packets);
      break;
    case 'n':
      GiveToShim(packets);
      break;
    case 'a':
    case 'h':
      GiveToAgent(packets, data[0] == 'h');
      break;
    default:
      break;
  }
  return 0;
}
