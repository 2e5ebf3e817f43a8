// SPDX-License-Identifier: Apache-2.0

#include "controller/api/host_status.h"

#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/controller/documented_words.h"

namespace rollout::api {
namespace {

// The rollout, of plan web from revision r0 to r1, began at 1000; it is 1100.
constexpr char kRollout[] =
    "number: 2 revision: 'r1' stable_revision: 'r0' phase: PROGRESSING "
    "created { seconds: 1000 } ";

struct Case {
  const char* name;
  // Added to kRollout.
  const char* rollout;
  bool connected;
  // An AssignmentRecord; empty: none.
  const char* assignment;
  // The service's generations.
  const char* generations;
  // What holds it back: nothing, or a rule with the message "why".
  const char* rule;
  const char* state;
  const char* reason;
  int age;
};

constexpr char kBothDark[] =
    "revisions { revision: 'r0' weight: 1000 attempt: 1 } "
    "revisions { revision: 'r1' attempt: 2 } "
    "began { seconds: 1040 } changed { seconds: 1040 }";
constexpr char kOldOnly[] =
    "revisions { revision: 'r0' weight: 1000 attempt: 1 } "
    "changed { seconds: 900 } settled { seconds: 950 }";
constexpr char kNewOnly[] =
    "revisions { revision: 'r1' weight: 1000 attempt: 2 } "
    "changed { seconds: 1050 } settled { seconds: 1060 }";
constexpr char kNewUnsettled[] =
    "revisions { revision: 'r0' attempt: 1 } "
    "revisions { revision: 'r1' weight: 1000 attempt: 2 } "
    "changed { seconds: 1050 }";
constexpr char kBack[] =
    "revisions { revision: 'r1' attempt: 2 } "
    "revisions { revision: 'r0' weight: 1000 attempt: 1 } "
    "changed { seconds: 1080 }";

const Case kCases[] = {
    {"not connected", "", false, kBothDark, "", "Disconnected", "Disconnected",
     "why", 42},
    {"never asked", "", true, "", "", "MaxSurge", "Pending", "why", 100},
    {"never asked by a rollout that failed", "phase: FAILED", true, "", "",
     "RolloutOver", "Pending", "why", 100},
    {"on the old one", "", true, kOldOnly,
     "generations { number: 1 revision: 'r0' attempt: 1 phase: SERVING "
     "message: 'said' }",
     "MaxSurge", "Pending", "why", 100},
    {"asked, not taken up", "", true, kBothDark, "", "Starting", "Starting",
     "why", 60},
    {"fetching", "", true, kBothDark,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: FETCHING }",
     "Starting", "Fetching", "why", 60},
    {"listening", "", true, kBothDark,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: LISTENING }",
     "Starting", "Starting", "why", 60},
    {"ready and dark", "", true, kBothDark,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: READY }",
     "Frozen", "Ready", "why", 60},
    {"serving, not long enough", "", true, kNewUnsettled,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: SERVING }",
     "MinReady", "Serving", "why", 50},
    {"done", "", true, kNewOnly,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: SERVING }", "",
     "Updated", "", 40},
    {"done, and has something to say", "", true, kNewOnly,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: SERVING "
     "message: 'said' }",
     "", "Updated", "said", 40},
    {"done, and the step bakes", "", true, kNewOnly,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: SERVING "
     "message: 'said' }",
     "Baking", "Updated", "why", 40},
    {"done, after the rollout", "phase: COMPLETE", true, kNewOnly,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: SERVING }", "",
     "Updated", "", 40},
    {"failed", "", true, kBothDark,
     "generations { number: 2 revision: 'r1' attempt: 2 "
     "phase: FAILED_GENERATION message: 'exited with 1' }",
     "HostFailed", "Failed", "exited with 1", 60},
    {"failed, and is asked again", "", true, kBothDark,
     "generations { number: 2 revision: 'r1' attempt: 2 "
     "phase: FAILED_GENERATION message: 'exited with 1' }",
     "MaxSurge", "Failed", "exited with 1", 60},
    {"an earlier attempt failed, this one starts", "", true, kBothDark,
     "generations { number: 1 revision: 'r1' attempt: 1 "
     "phase: FAILED_GENERATION message: 'old' } "
     "generations { number: 2 revision: 'r1' attempt: 2 phase: STARTING }",
     "Starting", "Starting", "why", 60},
    {"the newest generation of the attempt counts", "", true, kBothDark,
     "generations { number: 3 revision: 'r1' attempt: 2 phase: READY } "
     "generations { number: 2 revision: 'r1' attempt: 2 phase: EXITED }",
     "Starting", "Ready", "why", 60},
    {"going back", "phase: ROLLING_BACK", true, kBack,
     "generations { number: 2 revision: 'r1' attempt: 2 "
     "phase: FAILED_GENERATION message: 'never ready' } "
     "generations { number: 1 revision: 'r0' attempt: 1 phase: SERVING }",
     "MinReady", "RollingBack", "never ready", 20},
    {"going back, itself well", "phase: ROLLING_BACK", true, kBack,
     "generations { number: 1 revision: 'r0' attempt: 1 phase: STARTING }",
     "Starting", "RollingBack", "why", 20},
    {"waits to go back", "phase: ROLLING_BACK", true, kNewOnly,
     "generations { number: 2 revision: 'r1' attempt: 2 phase: SERVING }",
     "MaxSurge", "Pending", "why", 100},
    {"is back", "phase: ROLLED_BACK", true, kOldOnly,
     "generations { number: 1 revision: 'r0' attempt: 1 phase: SERVING }", "",
     "Serving", "", 150},
};

template <typename Message>
Message Parse(absl::string_view text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text),
                                                            &message))
      << text;
  return message;
}

// Of a host that serves, and of one that has ended the service.
std::string StateInRemoval(bool ended) {
  const auto plan = Parse<v1::PlanStatus>(
      "plan { name: 'web' } rollout { phase: COMPLETE } "
      "removal { since { seconds: 1000 } stop: true }");
  fleet::HostSnapshot host;
  host.connected = host.reported = true;
  const decide::HostWhy why{ended ? "" : "Removing", ended ? "" : "why"};
  const auto status =
      MakeHostStatus({plan, host, nullptr, why, absl::FromUnixSeconds(1100)});
  EXPECT_EQ(status.reason(), why.message);
  EXPECT_EQ(status.state_age().seconds(), 100);
  return status.state();
}

TEST(MakeHostStatus, PutsRequestAndReportTogether) {
  const auto kPlan = Parse<v1::Plan>("name: 'web'");
  std::set<std::string> states;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    // A field given twice: the later one holds.
    auto rollout = Parse<v1::Rollout>(kRollout);
    rollout.MergeFrom(Parse<v1::Rollout>(c.rollout));
    fleet::HostSnapshot host;
    host.info.set_name("h1");
    host.connected = c.connected;
    host.reported = true;
    host.silent_for = absl::Seconds(42);
    auto observation = std::make_shared<v1::Observation>();
    *observation->add_services() = Parse<v1::ServiceObservation>(
        std::string("plan: 'web' ") + c.generations);
    observation->add_services()->set_plan("other");
    host.observation = observation;
    std::optional<store::AssignmentRecord> assignment;
    if (*c.assignment != '\0') {
      assignment = Parse<store::AssignmentRecord>(c.assignment);
    }
    const decide::HostWhy why{c.rule, *c.rule == '\0' ? "" : "why"};
    v1::PlanStatus of_plan;
    *of_plan.mutable_plan() = kPlan;
    *of_plan.mutable_rollout() = rollout;
    v1::PlanHostStatus status =
        MakeHostStatus({of_plan, host, assignment ? &*assignment : nullptr, why,
                        absl::FromUnixSeconds(1100)});
    EXPECT_EQ(status.rule(), c.rule);
    EXPECT_EQ(status.state(), c.state);
    EXPECT_EQ(status.reason(), c.reason);
    EXPECT_EQ(status.state_age().seconds(), c.age);
    EXPECT_EQ(status.host(), "h1");
    states.insert(status.state());
  }
  for (bool ended : {false, true}) {
    states.insert(StateInRemoval(ended));
  }
  EXPECT_EQ(states, DocumentedWords("States of a host"));
}

TEST(MakeHostStatus, OfAPlanThatIsBeingRemoved) {
  EXPECT_EQ(StateInRemoval(false), "Removing");
  EXPECT_EQ(StateInRemoval(true), "Removed");
}

}  // namespace
}  // namespace rollout::api
