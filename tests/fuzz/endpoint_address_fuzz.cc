// SPDX-License-Identifier: Apache-2.0
//
// Any text as an endpoint's address: what is read as one is written as it was
// read, and what it is was told by other means as well.

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/endpoint_address.h"
#include "tests/fuzz/target.h"

namespace rollout::fuzz {
namespace {

// A file that a generation's socket may have for its name.
bool IsPath(absl::string_view path) {
  if (path.size() > EndpointAddress::kMaxPath || absl::EndsWith(path, "/") ||
      path.find('\0') != absl::string_view::npos ||
      !absl::ConsumePrefix(&path, "/")) {
    return false;
  }
  const std::string whole = absl::StrCat("/", path, "/");
  return !absl::StrContains(whole, "//") && !absl::StrContains(whole, "/./") &&
         !absl::StrContains(whole, "/../");
}

// As the C library reads the host of "HOST:PORT".
bool IsHost(int family, absl::string_view text) {
  text = text.substr(0, text.rfind(':'));
  if (family == AF_INET6) {
    CHECK(absl::ConsumePrefix(&text, "[") && absl::ConsumeSuffix(&text, "]"));
  }
  in6_addr any;
  return inet_pton(family, std::string(text).c_str(), &any) == 1;
}

void CheckParsed(absl::string_view text, const EndpointAddress& address) {
  const std::string written = address.ToString();
  auto again = EndpointAddress::Parse(written);
  CHECK(again.ok() && *again == address && again->ToString() == written);
  if (absl::ConsumePrefix(&text, "unix:")) {
    CHECK(address.transport() == Transport::kUnix && !address.ip());
    CHECK(address.path() == std::string(text));
    const std::string directory = address.directory();
    CHECK(directory == "/"
              ? address.path() == "/" + address.file_name()
              : address.path() == directory + "/" + address.file_name());
    return;
  }
  const bool is_udp = absl::ConsumePrefix(&text, "udp:");
  CHECK(address.transport() == (is_udp ? Transport::kUdp : Transport::kTcp));
  CHECK(address.path().empty() && IsHost(address.ip()->family(), text));
}

}  // namespace

const Target& GetTarget() {
  static const auto* const target = [] {
    const std::string longest =
        absl::StrCat("/", std::string(EndpointAddress::kMaxPath - 1, 'x'));
    return new Target{{{"IPv4", "127.0.0.1:8080"},
                       {"IPv6", "[2001:db8::1]:443"},
                       {"mapped", "[::ffff:10.0.0.1]:80"},
                       {"anywhere", "[::]:0"},
                       {"datagrams", "udp:0.0.0.0:53"},
                       {"a path", "unix:/run/web/web.sock"},
                       {"the longest path", absl::StrCat("unix:", longest)},
                       {"too long a path", absl::StrCat("unix:", longest, "x")},
                       {"up and down", "unix:/run/../web.sock"},
                       {"abstract", "unix:@web"},
                       {"a NUL", std::string("unix:/run/a\0b", 13)},
                       {"a name", "localhost:80"},
                       {"a scope", "[fe80::1%lo]:80"},
                       {"twice", "udp:udp:127.0.0.1:53"},
                       {"too large a port", "127.0.0.1:65536"},
                       {"a sign", "127.0.0.1:+80"}},
                      {"unix:", "udp:",      "tcp:", "[", "]",
                       ":",     "::",        ".",    "/", "/../",
                       "/./",   "//",        "%",    "@", "0",
                       "65535", "127.0.0.1", "::1",  " ", std::string(1, '\0'),
                       "\xff",  longest},
                      20'000};
  }();
  return *target;
}

}  // namespace rollout::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  auto address = ::rollout::EndpointAddress::Parse(text);
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix:")) {
    CHECK(address.ok() == ::rollout::fuzz::IsPath(path));
  }
  if (address.ok()) ::rollout::fuzz::CheckParsed(text, *address);
  return 0;
}
