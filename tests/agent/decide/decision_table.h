// SPDX-License-Identifier: Apache-2.0
//
// Tables of decisions: what is wanted, what is there, what is decided, in
// words.

#ifndef TESTS_AGENT_DECIDE_DECISION_TABLE_H_
#define TESTS_AGENT_DECIDE_DECISION_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/decide/decide.h"
#include "gtest/gtest.h"

namespace rollout::agent {

inline constexpr absl::Duration kTimeout = absl::Seconds(15);

// Generations in the states a table names.
inline GenerationView Gen(int64_t number, std::string revision) {
  GenerationView generation;
  generation.number = number;
  generation.revision = revision;
  generation.alive = true;
  return generation;
}
inline GenerationView Starting(int64_t number, std::string revision) {
  return Gen(number, revision);
}
inline GenerationView Ready(int64_t number, std::string revision) {
  GenerationView generation = Gen(number, revision);
  generation.listens = generation.ready = true;
  return generation;
}
inline GenerationView Serving(int64_t number, std::string revision,
                              int weight = 1000) {
  GenerationView generation = Ready(number, revision);
  generation.weight = weight;
  generation.has_served = true;
  return generation;
}
inline GenerationView Warm(int64_t number, std::string revision) {
  return Serving(number, revision, 0);
}
inline GenerationView Unhealthy(GenerationView generation) {
  generation.ready = false;
  generation.problem = "GET / gave 503";
  return generation;
}
inline GenerationView Unwell(GenerationView generation) {
  generation.unhealthy = true;
  generation.problem = "liveness: GET /alive gave 503";
  return generation;
}
inline GenerationView Overspent(GenerationView generation) {
  generation.overspent = true;
  generation.problem = "more than 5 answers in 1m failed";
  return generation;
}
inline GenerationView Dead(GenerationView generation) {
  generation.alive = false;
  generation.gone = generation.ended = true;
  generation.ready = false;
  generation.problem = "exited with status 1";
  return generation;
}
// Its main process is dead, something of it is left.
inline GenerationView Dying(GenerationView generation) {
  generation = Dead(generation);
  generation.gone = generation.ended = false;
  return generation;
}
inline GenerationView Failed(GenerationView generation) {
  generation.failed = true;
  return generation;
}
inline GenerationView Draining(GenerationView generation) {
  generation.draining = true;
  return generation;
}
inline GenerationView Aged(GenerationView generation, absl::Duration age) {
  generation.age = age;
  return generation;
}

inline RevisionView Want(std::string revision, int weight,
                         ArtifactState artifact = ArtifactState::kPresent) {
  RevisionView wanted;
  wanted.revision = revision;
  wanted.weight = weight;
  wanted.artifact = artifact;
  wanted.startup_timeout = kTimeout;
  return wanted;
}
inline RevisionView Rejected(RevisionView wanted) {
  wanted.rejected = true;
  return wanted;
}
inline RevisionView ByUpgrade(RevisionView wanted) {
  wanted.by_upgrade = true;
  return wanted;
}
inline GenerationView Awaited(int64_t number, std::string revision) {
  GenerationView generation = Gen(number, revision);
  generation.awaited = true;
  return generation;
}
inline GenerationView Restless(GenerationView generation) {
  generation.restless = true;
  return generation;
}
inline RevisionView Delayed(RevisionView wanted, absl::Duration delay) {
  wanted.start_delay = delay;
  return wanted;
}

// Of a service that can't run twice; and while its clients wait.
inline ServiceView InTurns(std::vector<RevisionView> revisions,
                           std::vector<GenerationView> generations,
                           bool holding = false) {
  for (RevisionView& wanted : revisions) wanted.exclusive = true;
  for (GenerationView& generation : generations) generation.exclusive = true;
  return {std::move(revisions), std::move(generations), holding};
}
inline ServiceView Held(std::vector<RevisionView> revisions,
                        std::vector<GenerationView> generations) {
  return InTurns(std::move(revisions), std::move(generations), true);
}

// A decision in words: "weights 2:1000", "fail 2 final", "start R1".
inline std::string InWords(const Decision& decision) {
  std::vector<std::string> words;
  for (const Failure& failure : decision.failures) {
    words.push_back(absl::StrCat("fail ", failure.generation,
                                 failure.final ? " final" : ""));
  }
  if (decision.weights) {
    words.push_back(absl::StrCat(
        "weights ",
        absl::StrJoin(*decision.weights, " ", absl::PairFormatter(":"))));
  }
  if (decision.hold_for) {
    words.push_back(absl::StrCat("hold for ", *decision.hold_for));
  }
  for (int64_t number : decision.forget) {
    words.push_back(absl::StrCat("forget ", number));
  }
  for (int64_t number : decision.drain) {
    words.push_back(absl::StrCat("drain ", number));
  }
  for (const std::string& revision : decision.fetch) {
    words.push_back(absl::StrCat("fetch ", revision));
  }
  for (const std::string& revision : decision.start) {
    words.push_back(absl::StrCat("start ", revision));
  }
  if (decision.end_shim) words.push_back("end the shim");
  return absl::StrJoin(words, ", ");
}

struct Case {
  const char* name;
  std::vector<RevisionView> revisions;
  std::vector<GenerationView> generations;
  const char* decision;
};

inline void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(InWords(Decide({c.revisions, c.generations})), c.decision);
  }
}

}  // namespace rollout::agent

#endif  // TESTS_AGENT_DECIDE_DECISION_TABLE_H_
