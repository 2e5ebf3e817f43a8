// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/bare_site.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "tests/load/conversation.h"

namespace rollout::bench {
namespace {

constexpr char kAddress[] = "127.0.1.1";

// Free again: the namespace is ours alone, so nobody takes it before it is
// used.
int FreePort() {
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  bind(listener.get(), generic, size);
  getsockname(listener.get(), generic, &size);
  return ntohs(address.sin_port);
}

load::Answer Ask(const BareSite& site) {
  auto peer = load::MakePeer(site.Target(), absl::Seconds(2));
  load::Conversation conversation(*peer, site.made().protocol);
  return conversation.Ask(site.made().protocol.only_request);
}

}  // namespace

absl::StatusOr<BareSite> BareSite::Make(
    std::unique_ptr<programs::Program> program, const std::string& directory) {
  BareSite site(std::move(program), directory);
  site.place_.address = kAddress;
  site.place_.port = FreePort();
  RETURN_IF_ERROR(site.MakeNext());
  return site;
}

absl::Status BareSite::MakeNext() {
  ASSIGN_OR_RETURN(made_,
                   program_->Make(number_ + 1, place_.address, place_.port));
  place_.directory = absl::StrCat(directory_, "/", ++number_);
  std::filesystem::create_directories(place_.directory);
  return absl::OkStatus();
}

std::vector<std::string> BareSite::Command() const {
  return programs::BareProgram(made_, place_).command();
}

std::string BareSite::Target() const {
  return absl::StrCat(place_.address, ":", place_.port);
}

bool Answers(const BareSite& site) {
  return Ask(site).outcome == load::Outcome::kOk;
}

bool AnswersAs(const BareSite& site, const programs::Version& version) {
  return absl::StripAsciiWhitespace(Ask(site).body) ==
         absl::StripAsciiWhitespace(version.answer);
}

std::vector<std::string> PlainEnvironment() {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
}

}  // namespace rollout::bench
