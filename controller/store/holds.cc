// SPDX-License-Identifier: Apache-2.0

#include "controller/store/holds.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/manifest/host_selector.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::store {
namespace {

std::string WhoAndWhy(const v1::Cause& cause) {
  return cause.message().empty()
             ? absl::StrCat("by ", cause.user())
             : absl::StrCat("by ", cause.user(), ": ", cause.message());
}

}  // namespace

const v1::Cordon* Holds::CordonOf(const std::string& host) const {
  auto found = cordons.find(host);
  return found == cordons.end() ? nullptr : &found->second.record;
}

const v1::Freeze* Holds::FreezeOf(const v1::HostInfo& host) const {
  for (const auto& [hosts, freeze] : freezes) {
    if (manifest::Selects(freeze.record.hosts(), host)) return &freeze.record;
  }
  return nullptr;
}

std::string SelectorText(const v1::HostSelector& hosts) {
  const std::map<std::string, std::string> labels(hosts.match_labels().begin(),
                                                  hosts.match_labels().end());
  return absl::StrJoin(labels, ",", absl::PairFormatter("="));
}

std::string TextOf(const v1::Cordon& cordon) {
  return absl::StrCat("cordoned ", WhoAndWhy(cordon.cause()));
}

std::string TextOf(const v1::Freeze& freeze) {
  const std::string hosts = SelectorText(freeze.hosts());
  return absl::StrCat(
      hosts.empty() ? "" : absl::StrCat("all with ", hosts, " "), "frozen ",
      WhoAndWhy(freeze.cause()));
}

}  // namespace rollout::store
