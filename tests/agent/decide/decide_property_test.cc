// SPDX-License-Identifier: Apache-2.0
//
// Decisions under thousands of random histories of one service: assignments
// come, generations start, fail, recover and crash, in any order. After every
// step the promises to the clients are checked.

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/decide/decide.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

// A host with one service, and everything that can happen to it.
class World {
 public:
  // `exclusive`: its generations must not run at once.
  World(uint32_t seed, bool exclusive) : exclusive_(exclusive), random_(seed) {
    Assign({{"R0", 1000}});
    newest_ = 0;
  }

  // Something happens, or nothing.
  void Happen() {
    switch (Draw(9)) {
      case 0:
        AssignNext();
        break;
      case 1:
        if (GenerationView* some = Some()) Crash(some);
        break;
      case 2:
        if (GenerationView* some = Some()) some->ready = false;
        break;
      case 3:
        if (GenerationView* some = Some()) some->overspent = true;
        break;
      case 4:
        time_ += absl::Seconds(Draw(20));
        break;
      default:
        Progress();
    }
  }

  // Every generation that runs comes a step further, and is well.
  void Progress() {
    time_ += absl::Milliseconds(10);
    for (GenerationView& generation : view_.generations) {
      if (!generation.alive) {
        generation.gone = generation.ended = true;
      } else if (generation.draining) {
        Crash(&generation);
      } else if (!generation.listens) {
        generation.listens = true;
      } else {
        generation.ready = true;
        generation.overspent = false;
        generation.problem.clear();
      }
    }
  }

  // One pass. False: nothing was to be done.
  bool Pass() {
    for (GenerationView& generation : view_.generations) {
      generation.age = time_ - born_[generation.number];
    }
    for (RevisionView& wanted : view_.revisions) {
      wanted.start_delay =
          std::max(not_before_[wanted.revision] - time_, absl::ZeroDuration());
    }
    const bool served = SomeAbleServes();
    Decision decision = Decide(view_);
    Carry(decision);
    // What serves is never ended by a decision, but to let another have its
    // turn.
    EXPECT_TRUE(!served || SomeAbleServes() || !decision.failures.empty() ||
                (exclusive_ && decision.hold_for));
    return !decision.failures.empty() || decision.weights.has_value() ||
           decision.hold_for.has_value() || !decision.forget.empty() ||
           !decision.drain.empty() || !decision.fetch.empty() ||
           !decision.start.empty();
  }

  // What is wanted, and not given up, has what was asked for; nothing else is
  // alive.
  void ExpectSettled() {
    bool all_tried = true;
    for (const RevisionView& wanted : view_.revisions) {
      all_tried = all_tried && !wanted.rejected;
    }
    int sum = 0;
    for (const GenerationView& generation : view_.generations) {
      sum += generation.weight;
      const RevisionView* wanted = Find(generation.revision);
      if (all_tried) {
        ASSERT_NE(wanted, nullptr) << generation.revision << " lives on";
        if (!exclusive_) {
          EXPECT_EQ(generation.weight, wanted->weight) << generation.revision;
        }
      }
    }
    EXPECT_EQ(sum, 1000);
    EXPECT_FALSE(view_.holding);
    if (!exclusive_) return;
    EXPECT_EQ(view_.generations.size(), 1u);
    const RevisionView* wanted = Find(view_.generations[0].revision);
    for (const RevisionView& other : view_.revisions) {
      if (all_tried && wanted != nullptr) {
        EXPECT_GE(wanted->weight, other.weight);
      }
    }
  }

  // Clients wait in a dead or given-up generation's queue only while there is
  // none that could take them.
  void ExpectClientsWithTheLiving() {
    bool waiting = false;
    bool somebody_could = false;
    for (const GenerationView& generation : view_.generations) {
      waiting = waiting || (generation.weight > 0 && !IsLive(generation));
      somebody_could =
          somebody_could ||
          (IsAble(generation) && RevisionHasServed(generation.revision));
    }
    // One that can't run twice is ended before it is tried again.
    if (!exclusive_) {
      EXPECT_FALSE(waiting && somebody_could);
    }
  }

  // Failures from here on would be ours.
  void ForgetFailures() {
    std::vector<std::pair<std::string, int>> again;
    for (const RevisionView& wanted : view_.revisions) {
      again.emplace_back(wanted.revision, wanted.weight);
    }
    Assign(again);
    time_ += absl::Minutes(1);
  }

 private:
  int Draw(int sides) {
    return std::uniform_int_distribution<int>(0, sides - 1)(random_);
  }

  GenerationView* Some() {
    if (view_.generations.empty()) return nullptr;
    return &view_.generations[Draw(static_cast<int>(view_.generations.size()))];
  }

  const RevisionView* Find(const std::string& revision) const {
    for (const RevisionView& wanted : view_.revisions) {
      if (wanted.revision == revision) return &wanted;
    }
    return nullptr;
  }

  GenerationView* Generation(int64_t number) {
    for (GenerationView& generation : view_.generations) {
      if (generation.number == number) return &generation;
    }
    return nullptr;
  }

  static void Crash(GenerationView* generation) {
    generation->alive = generation->ready = false;
    generation->problem = "exited with status 1";
  }

  bool RevisionHasServed(const std::string& revision) const {
    return std::any_of(view_.generations.begin(), view_.generations.end(),
                       [&](const GenerationView& generation) {
                         return generation.revision == revision &&
                                generation.has_served;
                       });
  }

  bool SomeAbleServes() const {
    return std::any_of(view_.generations.begin(), view_.generations.end(),
                       [](const GenerationView& generation) {
                         return generation.weight > 0 && IsAble(generation);
                       });
  }

  void Assign(const std::vector<std::pair<std::string, int>>& weights) {
    view_.revisions.clear();
    not_before_.clear();
    for (const auto& [revision, weight] : weights) {
      RevisionView wanted;
      wanted.revision = revision;
      wanted.weight = weight;
      wanted.artifact = ArtifactState::kPresent;
      wanted.startup_timeout = absl::Seconds(15);
      wanted.exclusive = exclusive_;
      view_.revisions.push_back(wanted);
    }
  }

  // Any step a controller may take from anywhere.
  void AssignNext() {
    const std::string old = absl::StrCat("R", newest_);
    switch (Draw(5)) {
      case 0:
        return Assign({{old, 1000}, {absl::StrCat("R", newest_ + 1), 0}});
      case 1:
        return Assign({{old, 950}, {absl::StrCat("R", newest_ + 1), 50}});
      case 2:
        return Assign({{old, 0}, {absl::StrCat("R", newest_ + 1), 1000}});
      case 3:
        ++newest_;
        return Assign({{absl::StrCat("R", newest_), 1000}});
      default:
        return Assign({{old, 1000}});
    }
  }

  void Carry(const Decision& decision) {
    for (const Failure& failure : decision.failures) {
      GenerationView* generation = Generation(failure.generation);
      ASSERT_NE(generation, nullptr);
      generation->failed = true;
      generation->ready = false;
      for (RevisionView& wanted : view_.revisions) {
        if (wanted.revision == failure.revision && failure.final) {
          wanted.rejected = true;
        }
      }
      not_before_[failure.revision] = time_ + absl::Milliseconds(100);
    }
    if (decision.weights) SetWeights(*decision.weights);
    if (decision.hold_for) Hold();
    for (int64_t number : decision.forget) Forget(number);
    for (int64_t number : decision.drain) {
      ASSERT_EQ(Generation(number)->weight, 0) << "drained while it serves";
      Generation(number)->draining = true;
    }
    for (const std::string& revision : decision.start) Start(revision);
  }

  void Hold() {
    ASSERT_TRUE(exclusive_);
    ASSERT_FALSE(view_.holding);
    view_.holding = true;
    for (GenerationView& generation : view_.generations) generation.weight = 0;
  }

  void SetWeights(const Weights& weights) {
    view_.holding = false;
    // As after a reboot: one that is not the last of the assignment has been
    // where clients were.
    const bool nobody_has =
        std::all_of(view_.generations.begin(), view_.generations.end(),
                    [](const GenerationView& g) { return g.weight == 0; });
    int sum = 0;
    for (const auto& [number, weight] : weights) {
      sum += weight;
      const GenerationView& generation = *Generation(number);
      ASSERT_TRUE(IsAble(generation)) << "clients led to one that can't";
      const RevisionView* wanted = Find(generation.revision);
      ASSERT_TRUE(RevisionHasServed(generation.revision) ||
                  (wanted != nullptr && wanted->weight > 0) || exclusive_ ||
                  (nobody_has && wanted != nullptr &&
                   wanted != &view_.revisions.back()))
          << "clients led to a dark candidate";
    }
    ASSERT_EQ(sum, 1000);
    for (GenerationView& generation : view_.generations) {
      auto weight = weights.find(generation.number);
      generation.weight = weight == weights.end() ? 0 : weight->second;
      if (generation.weight > 0) generation.has_served = true;
    }
  }

  void Forget(int64_t number) {
    auto found = std::find_if(
        view_.generations.begin(), view_.generations.end(),
        [&](const GenerationView& other) { return other.number == number; });
    ASSERT_NE(found, view_.generations.end());
    ASSERT_TRUE(found->ended && found->weight == 0);
    view_.generations.erase(found);
  }

  void Start(const std::string& revision) {
    for (const GenerationView& generation : view_.generations) {
      ASSERT_FALSE(generation.revision == revision && IsLive(generation))
          << "two live generations of " << revision;
      ASSERT_TRUE(!exclusive_ || generation.gone)
          << revision << " started beside " << generation.revision;
    }
    GenerationView started;
    started.number = ++last_number_;
    started.revision = revision;
    started.alive = true;
    started.exclusive = exclusive_;
    born_[started.number] = time_;
    view_.generations.push_back(started);
  }

  const bool exclusive_;
  std::mt19937 random_;
  ServiceView view_;
  absl::Duration time_ = absl::Hours(1);
  std::map<int64_t, absl::Duration> born_;
  std::map<std::string, absl::Duration> not_before_;
  int64_t last_number_ = 0;
  int newest_ = 0;
};

void LiveThrough(bool exclusive) {
  for (uint32_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    World world(seed, exclusive);
    for (int step = 0; step < 120; ++step) {
      world.Happen();
      for (int pass = 0; pass < 4 && world.Pass(); ++pass) continue;
      world.ExpectClientsWithTheLiving();
      if (::testing::Test::HasFailure()) return;
    }
    // Left in peace it settles, and on what was asked for.
    world.ForgetFailures();
    int passes = 0;
    for (int idle = 0; idle < 20 && passes < 400; ++passes) {
      world.Progress();
      idle = world.Pass() ? 0 : idle + 1;
    }
    ASSERT_LT(passes, 400) << "it never settles";
    world.ExpectSettled();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(DecideProperty, KeepsItsPromisesThroughAnyHistory) { LiveThrough(false); }

TEST(DecideProperty, NeverRunsTwoThatMustNotMeet) { LiveThrough(true); }

}  // namespace
}  // namespace rollout::agent
