// SPDX-License-Identifier: Apache-2.0

#include "base/endpoint_address.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace rollout {
namespace {

// What is wrong with it; empty: nothing.
std::string PathProblem(absl::string_view path) {
  if (absl::StartsWith(path, "@")) {
    return "an abstract socket has no file that could be moved from one "
           "generation to the next: give it a path";
  }
  if (!absl::StartsWith(path, "/")) return "the path is not absolute";
  if (path.size() > EndpointAddress::kMaxPath) {
    return absl::StrCat("the path is longer than ", EndpointAddress::kMaxPath,
                        " bytes");
  }
  std::vector<absl::string_view> parts = absl::StrSplit(path.substr(1), '/');
  const bool plain =
      std::none_of(parts.begin(), parts.end(), [](absl::string_view part) {
        return part.empty() || part == "." || part == "..";
      });
  if (!plain || path.find('\0') != absl::string_view::npos) {
    return "the path has an empty part, \".\", \"..\" or a NUL in it";
  }
  return "";
}

}  // namespace

absl::string_view TransportName(Transport transport) {
  switch (transport) {
    case Transport::kTcp:
      return "tcp";
    case Transport::kUdp:
      return "udp";
    case Transport::kUnix:
      return "unix";
  }
  return "";
}

absl::StatusOr<EndpointAddress> EndpointAddress::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    const std::string problem = PathProblem(rest);
    if (problem.empty()) return EndpointAddress(std::string(rest));
    return absl::InvalidArgumentError(
        absl::StrCat("address \"", text, "\": ", problem));
  }
  const bool is_udp = absl::ConsumePrefix(&rest, "udp:");
  ASSIGN_OR_RETURN(NetAddress ip, NetAddress::Parse(rest));
  return EndpointAddress(is_udp ? Transport::kUdp : Transport::kTcp, ip);
}

std::string EndpointAddress::directory() const {
  return path_.substr(0, std::max<size_t>(path_.rfind('/'), 1));
}

std::string EndpointAddress::file_name() const {
  return path_.substr(path_.rfind('/') + 1);
}

std::string EndpointAddress::ToString() const {
  switch (transport_) {
    case Transport::kTcp:
      return ip_->ToString();
    case Transport::kUdp:
      return absl::StrCat("udp:", ip_->ToString());
    case Transport::kUnix:
      return absl::StrCat("unix:", path_);
  }
  return "";
}

bool EndpointAddress::operator==(const EndpointAddress& other) const {
  return transport_ == other.transport_ && ip_ == other.ip_ &&
         path_ == other.path_;
}

}  // namespace rollout
