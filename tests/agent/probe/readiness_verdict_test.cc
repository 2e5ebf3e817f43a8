// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/readiness_verdict.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::probe {
namespace {

// Answers: "+" is good, anything else a reason why not. Verdicts: "" nothing
// new, "ready", or "not ready: " and the message.
TEST(ReadinessVerdict, FollowsTheThresholds) {
  struct Case {
    const char* name;
    bool ready;
    uint32_t success, failure;
    std::vector<std::string> answers, verdicts;
  };
  const Case kCases[] = {
      {"one good answer is enough", false, 1, 3, {"+"}, {"ready"}},
      {"what stays good is told once",
       false,
       1,
       3,
       {"+", "+", "+"},
       {"ready", "", ""}},
      {"three good ones in a row",
       false,
       3,
       1,
       {"+", "+", "503", "+", "+", "+"},
       {"", "", "not ready: 503", "", "", "ready"}},
      {"single failures are forgiven",
       false,
       1,
       3,
       {"+", "a", "a", "+", "a", "a", "+"},
       {"ready", "", "", "", "", "", ""}},
      {"three in a row are not",
       false,
       1,
       3,
       {"+", "a", "b", "c", "+"},
       {"ready", "", "", "not ready: c", "ready"}},
      {"reasons are told when they change",
       false,
       2,
       3,
       {"refused", "refused", "503", "+", "503", "refused"},
       {"not ready: refused", "", "not ready: 503", "", "",
        "not ready: refused"}},
      {"after a fall the old reason is new again",
       false,
       1,
       1,
       {"a", "+", "a"},
       {"not ready: a", "ready", "not ready: a"}},
      {"believed until it fails",
       true,
       1,
       2,
       {"+", "a", "+", "a", "a", "+"},
       {"", "", "", "", "not ready: a", "ready"}},
      {"no thresholds: one is enough",
       false,
       0,
       0,
       {"+", "a", "+"},
       {"ready", "not ready: a", "ready"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    ReadinessVerdict verdict(c.ready, c.success, c.failure);
    std::vector<std::string> verdicts;
    for (const std::string& answer : c.answers) {
      auto told = verdict.Add({answer == "+", answer == "+" ? "" : answer});
      verdicts.push_back(!told         ? ""
                         : told->ready ? "ready"
                                       : "not ready: " + told->message);
    }
    EXPECT_EQ(verdicts, c.verdicts);
  }
}

TEST(ReadinessVerdict, TellsEachFailureWhereThereIsABudget) {
  ReadinessVerdict verdict(false, 1, 3, true);
  std::vector<std::string> told;
  for (const char* answer : {"a", "+", "b", "+", "b", "c", "d", "e", "+"}) {
    const bool good = std::string(answer) == "+";
    auto next = verdict.Add({good, good ? "" : answer});
    told.push_back(next ? (next->ready ? "ready, " : "not ready, ") +
                              next->failed_answer
                        : "");
  }
  // Before it was ready for the first time an answer is none that failed.
  EXPECT_THAT(told, ::testing::ElementsAre(
                        "not ready, ", "ready, ", "ready, b", "", "ready, b",
                        "ready, c", "not ready, d", "not ready, e", "ready, "));
}

}  // namespace
}  // namespace rollout::probe
