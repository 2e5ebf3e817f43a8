// SPDX-License-Identifier: Apache-2.0

#include "controller/api/hello.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/net_address.h"
#include "base/tls_identity.h"
#include "controller/manifest/host_values.h"

namespace rollout::api {
namespace {

constexpr int kMaxLabels = 64;
constexpr size_t kMaxLabelBytes = 256;

bool IsIpAddress(const std::string& address) {
  bool v6 = absl::StrContains(address, ":");
  return NetAddress::Parse(v6 ? absl::StrCat("[", address, "]:0")
                              : absl::StrCat(address, ":0"))
      .ok();
}

}  // namespace

absl::Status CheckHello(const v1::Hello& hello) {
  const v1::HostInfo& host = hello.host();
  if (!ParseTlsIdentity(ToUri({"host", host.name()})).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", host.name(),
        "\" is not the name of a host: use letters, digits, '-', '_' and '.'"));
  }
  if (!IsIpAddress(host.address())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "host ", host.name(), ": its address \"", host.address(),
        "\" is not an IP address: set address in the agent's configuration"));
  }
  if (host.labels_size() > kMaxLabels) {
    return absl::InvalidArgumentError(absl::StrCat(
        "host ", host.name(), " has more than ", kMaxLabels, " labels"));
  }
  for (const auto& [name, value] : host.labels()) {
    if (manifest::IsLabelName(name) && value.size() <= kMaxLabelBytes) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "host ", host.name(), ": label \"", name,
        "\" has a name that is no label's, or a value of more than ",
        kMaxLabelBytes, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace rollout::api
