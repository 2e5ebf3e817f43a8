// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/generation_choice.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;

struct Alive {
  int64_t number;
  std::string revision;
  v1::GenerationPhase phase;
};

v1::Host HostWith(const std::vector<Alive>& generations) {
  v1::Host host;
  host.mutable_info()->set_name("h1");
  host.add_services()->set_plan("db");
  v1::ServiceObservation* web = host.add_services();
  web->set_plan("web");
  for (const Alive& alive : generations) {
    v1::GenerationObservation* generation = web->add_generations();
    generation->set_number(alive.number);
    generation->set_revision(alive.revision);
    generation->set_phase(alive.phase);
  }
  return host;
}

TEST(GenerationChoice, IsTheNewestThatListens) {
  struct Row {
    const char* name;
    std::vector<Alive> generations;
    std::string revision;
    int64_t chosen;
  };
  for (const Row& row : std::vector<Row>{
           {"the only one", {{1, "aa", v1::SERVING}}, "", 1},
           {"the candidate, dark and not ready yet",
            {{1, "aa", v1::SERVING}, {2, "bb", v1::LISTENING}},
            "",
            2},
           {"in whatever order they are told",
            {{2, "bb", v1::READY}, {1, "aa", v1::SERVING}},
            "",
            2},
           {"not one that does not listen yet",
            {{1, "aa", v1::SERVING}, {2, "bb", v1::STARTING}},
            "",
            1},
           {"not one that leaves",
            {{1, "aa", v1::DRAINING}, {2, "bb", v1::SERVING}},
            "",
            2},
           {"nor one that failed",
            {{1, "aa", v1::SERVING}, {2, "bb", v1::FAILED_GENERATION}},
            "",
            1},
           {"of the revision that is named",
            {{1, "aa", v1::WARM}, {2, "bb", v1::SERVING}},
            "aa",
            1},
           {"by how its id begins",
            {{1, "a1", v1::SERVING}, {2, "a2", v1::READY}},
            "a1",
            1},
           {"the newest of it",
            {{1, "aa", v1::WARM}, {3, "aa", v1::READY}, {2, "bb", v1::SERVING}},
            "aa",
            3},
       }) {
    SCOPED_TRACE(row.name);
    auto chosen =
        ChooseGeneration(HostWith(row.generations), "web", row.revision);
    ASSERT_TRUE(chosen.ok()) << chosen.status();
    EXPECT_EQ(chosen->number(), row.chosen);
  }
}

TEST(GenerationChoice, SaysWhatIsThereInstead) {
  auto none = ChooseGeneration(HostWith({}), "mail", "");
  EXPECT_TRUE(absl::IsNotFound(none.status()));
  EXPECT_EQ(none.status().message(),
            "host h1 has no service \"mail\"; it has: db, web");
  none = ChooseGeneration(HostWith({{3, "cc", v1::DRAINING}}), "web", "");
  EXPECT_EQ(none.status().message(),
            "no generation of web listens on host h1; generations there: 3 of "
            "revision cc (Draining)");
  none = ChooseGeneration(HostWith({}), "db", "ff");
  EXPECT_THAT(std::string(none.status().message()),
              HasSubstr("of revision ff listens on host h1; generations there: "
                        "none"));
}

}  // namespace
}  // namespace rollout::ctl
