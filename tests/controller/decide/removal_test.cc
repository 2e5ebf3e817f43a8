// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/removal.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/controller/documented_words.h"

namespace rollout::decide {
namespace {

// "a" assigned, "h" says that it has it, "e" has ended it, "c" connected, "t"
// takes removals.
RemovingHost Host(const std::string& facts) {
  auto is = [&](char fact) { return facts.find(fact) != std::string::npos; };
  return {facts, is('a'), is('h'), is('e'), is('c'), is('t')};
}

TEST(DecideRemoval, LetsGoAndWaitsForTheRest) {
  struct Case {
    const char* name;
    bool stop;
    std::vector<std::string> hosts;
    // Who is released, and whether the plan goes.
    const char* decision;
  };
  const Case kCases[] = {
      {"no hosts", true, {}, "finished"},
      {"without stop all go", false, {"ahct", "a"}, "ahct a"},
      {"and nobody is waited for", false, {"hct"}, "finished"},
      {"with stop they are waited for", true, {"ahct", "a"}, ""},
      {"one has ended", true, {"aect", "ahct"}, "aect"},
      {"the last one has", true, {"aect"}, "aect"},
      {"one that was never asked has it", true, {"hct"}, ""},
      {"and has ended it", true, {"ect"}, "finished"},
      {"away, and had it", true, {"a"}, ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    RemovalView view;
    view.stop = c.stop;
    for (const std::string& host : c.hosts) view.hosts.push_back(Host(host));
    const RemovalDecision decision = DecideRemoval(view);
    std::vector<std::string> words;
    for (size_t host : decision.release) words.push_back(view.hosts[host].name);
    if (decision.finished) words.push_back("finished");
    EXPECT_EQ(absl::StrJoin(words, " "), c.decision);
  }
}

TEST(WhyNotRemoved, NamesTheRule) {
  struct Case {
    const char* host;
    const char* rule;
  };
  const Case kCases[] = {
      {"ahct", "Removing"},    {"act", "Removing"}, {"ahc", "AgentTooOld"},
      {"aht", "Disconnected"}, {"aect", ""},        {"ae", ""},
  };
  std::set<std::string> rules;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.host);
    const HostWhy why = WhyNotRemoved({true, {}}, Host(c.host));
    EXPECT_EQ(why.rule, c.rule);
    EXPECT_EQ(why.message.empty(), why.rule.empty());
    if (!why.rule.empty()) rules.insert(why.rule);
    EXPECT_EQ(WhyNotRemoved({false, {}}, Host(c.host)).rule, "");
  }
  EXPECT_EQ(rules, DocumentedWords("Rules of a removal"));
}

}  // namespace
}  // namespace rollout::decide
