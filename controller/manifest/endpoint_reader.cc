// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/endpoint_reader.h"

#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/endpoint_address.h"
#include "controller/manifest/host_values.h"
#include "controller/manifest/names.h"

namespace rollout::manifest {
namespace {

constexpr int kMaxEndpoints = 16;

bool IsPort(absl::string_view port) {
  int number;
  return !port.empty() && absl::ascii_isdigit(port[0]) &&
         absl::SimpleAtoi(port, &number) && number >= 1 && number <= 65535;
}

constexpr char kForms[] =
    "IPV4:PORT or [IPV6]:PORT, udp: before one of these, or unix:/PATH";

// "unix:PATH": what host values are in it is known on the hosts.
void CheckPath(const YamlValue& value, const std::string& address) {
  if (absl::StrContains(address, "${")) return;
  auto parsed = EndpointAddress::Parse(address);
  if (!parsed.ok()) value.Error(std::string(parsed.status().message()));
}

std::string ReadAddress(const YamlValue& value) {
  std::string address = value.String();
  if (address.empty()) return address;
  CheckHostValues(value, address, HostValueScope::kHost);
  if (absl::StartsWith(address, "unix:")) {
    CheckPath(value, address);
    return address;
  }
  absl::string_view ip_and_port = absl::StripPrefix(address, "udp:");
  size_t colon = ip_and_port.rfind(':');
  if (colon == absl::string_view::npos ||
      absl::StrContains(address, "${host.name}")) {
    value.Error(absl::StrCat("\"", address, "\" is not ", kForms));
    return address;
  }
  if (!IsPort(ip_and_port.substr(colon + 1))) {
    value.Error(absl::StrCat("the port of \"", address,
                             "\" must be a number from 1 to 65535: clients "
                             "know it"));
    return address;
  }
  if (absl::StrContains(address, "${")) return address;
  auto parsed = EndpointAddress::Parse(address);
  if (parsed.ok()) return parsed->ToString();
  value.Error(absl::StrCat("\"", address, "\" is not ", kForms,
                           " (names are not looked up)"));
  return address;
}

}  // namespace

Endpoints ReadEndpoints(const YamlValue& value) {
  Endpoints endpoints;
  // What was seen, to the path where.
  std::map<std::string, std::string> names, addresses;
  for (const YamlValue& item : value.List()) {
    YamlMap map(item);
    YamlValue name = map.Require("name");
    YamlValue address = map.Require("address");
    v1::Endpoint* endpoint = endpoints.Add();
    endpoint->set_name(ReadName(name));
    endpoint->set_address(ReadAddress(address));
    auto [same_name, new_name] = names.emplace(endpoint->name(), item.path());
    if (!new_name && !endpoint->name().empty()) {
      name.Error(absl::StrCat("\"", endpoint->name(), "\" is the name of ",
                              same_name->second, " too"));
    }
    auto [same_address, new_address] =
        addresses.emplace(endpoint->address(), item.path());
    if (!new_address && !endpoint->address().empty()) {
      address.Error(absl::StrCat("\"", endpoint->address(),
                                 "\" is the address of ", same_address->second,
                                 " too"));
    }
  }
  if (value.present() && endpoints.empty()) {
    value.Error("a service needs at least one endpoint");
  }
  if (endpoints.size() > kMaxEndpoints) {
    value.Error(absl::StrCat("at most ", kMaxEndpoints, " endpoints"));
  }
  return endpoints;
}

bool TakesConnections(const v1::Endpoint& endpoint) {
  return !absl::StartsWith(endpoint.address(), "udp:");
}

}  // namespace rollout::manifest
