// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/subject.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::pki {
namespace {

// X.509 allows a common name of 64 characters.
constexpr size_t kLongestName = 63;
constexpr size_t kLongestDnsName = 253;

bool AllOf(absl::string_view text, absl::string_view besides_alnum) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(c) ||
           besides_alnum.find(c) != absl::string_view::npos;
  });
}

absl::Status CheckName(absl::string_view name) {
  if (name == "ca") {
    return absl::InvalidArgumentError(
        "the name \"ca\" is kept for the authority's own files: choose another "
        "one");
  }
  if (name.empty() || name.size() > kLongestName ||
      !absl::ascii_isalnum(name[0]) || !AllOf(name, "._-@")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", name, "\" can't be a name: use 1 to ", kLongestName,
        " letters, digits, '.', '_', '-' and '@', the first a letter or a "
        "digit"));
  }
  return absl::OkStatus();
}

bool IsIpAddress(const std::string& address) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, address.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

absl::Status CheckAddress(const std::string& address) {
  if (IsIpAddress(address)) return absl::OkStatus();
  if (!address.empty() && address.size() <= kLongestDnsName &&
      absl::ascii_isalnum(address[0]) && AllOf(address, ".-")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", address,
                   "\" can't be an address: give a DNS name or an IP address, "
                   "without port and brackets"));
}

}  // namespace

absl::StatusOr<Role> ParseRole(absl::string_view text) {
  for (Role role : {Role::kController, Role::kHost, Role::kOperator}) {
    if (text == RoleName(role)) return role;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there are no certificates for a \"", text,
                   "\" (there are: controller, host, operator)"));
}

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kController:
      return "controller";
    case Role::kHost:
      return "host";
    case Role::kOperator:
      return "operator";
  }
  return "";
}

absl::StatusOr<Subject> Subject::Make(
    Role role, absl::string_view name,
    const std::vector<std::string>& addresses) {
  RETURN_IF_ERROR(CheckName(name));
  if (role != Role::kController && !addresses.empty()) {
    // Else the holder could pass for a controller at that address.
    return absl::InvalidArgumentError(
        absl::StrCat("a certificate for a ", RoleName(role),
                     " carries no address: leave --address out"));
  }
  std::vector<std::string> all;
  if (role == Role::kController) all = {"localhost", "127.0.0.1", "::1"};
  for (const std::string& address : addresses) {
    RETURN_IF_ERROR(CheckAddress(address));
    if (std::find(all.begin(), all.end(), address) == all.end()) {
      all.push_back(address);
    }
  }
  return Subject(role, std::string(name), std::move(all));
}

Subject::Subject(Role role, std::string name,
                 std::vector<std::string> addresses)
    : role_(role), name_(std::move(name)), addresses_(std::move(addresses)) {}

std::string Subject::Uri() const {
  return absl::StrCat("rollout://", RoleName(role_), "/", name_);
}

std::string Subject::AlternativeNames() const {
  std::string names = absl::StrCat("URI:", Uri());
  for (const std::string& address : addresses_) {
    absl::StrAppend(&names, IsIpAddress(address) ? ",IP:" : ",DNS:", address);
  }
  return names;
}

}  // namespace rollout::pki
