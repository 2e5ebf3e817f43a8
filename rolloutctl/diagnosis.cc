// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/diagnosis.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/host_port.h"
#include "base/unique_fd.h"
#include "rolloutctl/tls_diagnosis.h"

namespace rollout::ctl {
namespace {

constexpr timeval kTimeout = {3, 0};

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string WhyNotConnected(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "connection refused: is rollout-controller running there, and "
             "listening on that port?";
    case EINPROGRESS:  // SO_SNDTIMEO went by.
    case ETIMEDOUT:
      return "no answer: is the address right, and the port open in every "
             "firewall on the way?";
    default:
      return absl::StrCat(strerror(error), ": is the address right?");
  }
}

// A connected socket; invalid: none, and errno of the last try is in `error`.
UniqueFd Connect(const addrinfo* addresses, int* error) {
  for (const addrinfo* each = addresses; each != nullptr;
       each = each->ai_next) {
    UniqueFd fd(socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd.valid()) {
      // The first one bounds connect as well.
      setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof kTimeout);
      setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof kTimeout);
      if (connect(fd.get(), each->ai_addr, each->ai_addrlen) == 0) return fd;
    }
    *error = errno;
  }
  return UniqueFd();
}

}  // namespace

std::optional<std::string> WhyUnreachable(const std::string& address,
                                          const TlsFiles& tls) {
  absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  if (!parsed.ok()) return std::string(parsed.status().message());
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int failure = getaddrinfo(parsed->host.c_str(),
                            absl::StrCat(parsed->port).c_str(), &hints, &found);
  std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  if (failure != 0) {
    return absl::StrCat("the name \"", parsed->host, "\" can't be resolved (",
                        gai_strerror(failure), "): is it spelled right?");
  }
  int error = 0;
  UniqueFd fd = Connect(addresses.get(), &error);
  if (!fd.valid()) return WhyNotConnected(error);
  if (!tls.ca.empty()) return WhyNoTls(fd.get(), parsed->host, tls);
  return "something listens there, but it is no controller without TLS: if the "
         "controller uses TLS, give --ca, --certificate and --key in place of "
         "--insecure-loopback";
}

}  // namespace rollout::ctl
