// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/host_networks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <iostream>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::e2e {
namespace {

// Words of iproute2, in the network of the calling thread.
absl::Status Run(absl::string_view words) {
  Command command;
  command.arguments = absl::StrSplit(words, ' ');
  command.arguments[0].insert(0, "/usr/sbin/");
  command.timeout = absl::Seconds(10);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(command));
  if (result.end == CommandResult::End::kExited && result.wait_status == 0) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrCat(words, ": ", DescribeWaitStatus(result.wait_status), "\n",
                   result.output));
}

UniqueFd NetworkOfThread() {
  return UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

// The link's two ends, each as its own network names it.
constexpr char kEndThere[] = "uplink";
std::string EndHere(int host) { return absl::StrCat("link-", host); }

std::string MacThere(int host) {
  return absl::StrFormat("02:00:00:00:01:%02x", host);
}
std::string MacHere(int host) {
  return absl::StrFormat("02:00:00:00:00:%02x", host);
}

// One end of a link: what it says of the other one.
struct End {
  std::string device;
  std::string address;
  std::string other_address;
  std::string other_mac;
};

absl::Status BringUp(const End& end) {
  RETURN_IF_ERROR(Run(absl::StrCat("ip address add ", end.address, " peer ",
                                   end.other_address, " dev ", end.device)));
  RETURN_IF_ERROR(Run(absl::StrCat("ip link set ", end.device, " up")));
  // Known for good: a question that a cut link loses would end in "no route to
  // host".
  return Run(absl::StrCat("ip neighbour add ", end.other_address, " lladdr ",
                          end.other_mac, " dev ", end.device));
}

// A black hole takes every packet, sends none, and does not tell the sender, as
// a queue that is full would.
absl::Status SetSending(absl::string_view device, bool sends) {
  return Run(absl::StrCat("tc qdisc replace dev ", device, " root ",
                          sends ? "noqueue" : "blackhole"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostNetworks>> HostNetworks::Make(int hosts) {
  UniqueFd here = NetworkOfThread();
  if (!here.valid()) return absl::ErrnoToStatus(errno, "open a network");
  auto networks = absl::WrapUnique(new HostNetworks(std::move(here)));
  for (int host = 0; host < hosts; ++host) {
    RETURN_IF_ERROR(networks->AddHost(host));
  }
  return networks;
}

// At once: the kernel takes its time to end a network that nobody is in.
HostNetworks::~HostNetworks() {
  for (size_t host = 0; host < hosts_.size(); ++host) {
    absl::Status removed = Run(absl::StrCat("ip link delete ", EndHere(host)));
    if (!removed.ok()) std::cerr << removed << "\n";
  }
}

absl::Status HostNetworks::AddHost(int host) {
  if (unshare(CLONE_NEWNET) != 0) {
    return absl::ErrnoToStatus(errno, "make a network");
  }
  hosts_.push_back(NetworkOfThread());
  CHECK(setns(here_.get(), CLONE_NEWNET) == 0);
  RETURN_IF_ERROR(Run(absl::StrCat(
      "ip link add ", EndHere(host), " address ", MacHere(host),
      " type veth peer name ", kEndThere, " address ", MacThere(host),
      " netns /proc/", getpid(), "/fd/", hosts_.back().get())));
  RETURN_IF_ERROR(
      BringUp({EndHere(host), AddressHere(), Address(host), MacThere(host)}));
  const Visit there(*this, host);
  RETURN_IF_ERROR(Run("ip link set lo up"));
  return BringUp({kEndThere, Address(host), AddressHere(), MacHere(host)});
}

std::string HostNetworks::AddressHere() { return "10.77.0.1"; }

std::string HostNetworks::Address(int host) {
  return absl::StrCat("10.77.1.", host + 1);
}

absl::Status HostNetworks::Cut(int host, Way way) {
  RETURN_IF_ERROR(SetSending(EndHere(host), way == Way::kFromHost));
  const Visit there(*this, host);
  return SetSending(kEndThere, way == Way::kToHost);
}

absl::Status HostNetworks::Mend(int host) {
  RETURN_IF_ERROR(SetSending(EndHere(host), true));
  const Visit there(*this, host);
  return SetSending(kEndThere, true);
}

HostNetworks::Visit::Visit(const HostNetworks& networks, int host)
    : networks_(networks) {
  CHECK(setns(networks_.hosts_[host].get(), CLONE_NEWNET) == 0);
}

HostNetworks::Visit::~Visit() {
  CHECK(setns(networks_.here_.get(), CLONE_NEWNET) == 0);
}

}  // namespace rollout::e2e
