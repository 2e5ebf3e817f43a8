// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/generation_choice.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rolloutctl/render/words.h"

namespace rollout::ctl {
namespace {

bool Listens(v1::GenerationPhase phase) {
  return phase == v1::LISTENING || phase == v1::READY || phase == v1::SERVING ||
         phase == v1::WARM;
}

std::string InWords(const std::vector<std::string>& things) {
  return things.empty() ? "none" : absl::StrJoin(things, ", ");
}

const v1::ServiceObservation* FindService(const v1::Host& host,
                                          const std::string& name) {
  for (const v1::ServiceObservation& service : host.services()) {
    if (service.plan() == name) return &service;
  }
  return nullptr;
}

absl::Status NoSuchService(const v1::Host& host, const std::string& name) {
  std::vector<std::string> names;
  for (const v1::ServiceObservation& service : host.services()) {
    names.push_back(service.plan());
  }
  return absl::NotFoundError(absl::StrCat("host ", host.info().name(),
                                          " has no service \"", name,
                                          "\"; it has: ", InWords(names)));
}

}  // namespace

absl::StatusOr<v1::GenerationObservation> ChooseGeneration(
    const v1::Host& host, const std::string& service,
    const std::string& revision) {
  const v1::ServiceObservation* found = FindService(host, service);
  if (found == nullptr) return NoSuchService(host, service);
  const v1::GenerationObservation* newest = nullptr;
  std::vector<std::string> others;
  for (const v1::GenerationObservation& generation : found->generations()) {
    if (Listens(generation.phase()) &&
        absl::StartsWith(generation.revision(), revision)) {
      if (newest == nullptr || generation.number() > newest->number()) {
        newest = &generation;
      }
    } else {
      others.push_back(absl::StrCat(
          generation.number(), " of revision ", generation.revision(), " (",
          render::PhaseWord(generation.phase()), ")"));
    }
  }
  if (newest != nullptr) return *newest;
  return absl::NotFoundError(absl::StrCat(
      "no generation of ", service, revision.empty() ? "" : " of revision ",
      revision, " listens on host ", host.info().name(),
      "; generations there: ", InWords(others)));
}

}  // namespace rollout::ctl
