// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"

namespace rollout::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LogsTest : public ProgramTest {
 protected:
  LogsTest() {
    controller_ = fake_.address();
    Add(7, 1, "one", 0);
    Add(11, 2, "two", 3);
    Add(13, 2, "three", 1);
    fake_.SetLines(lines_);
  }

  void Add(uint64_t sequence, int64_t generation, const std::string& text,
           uint64_t lost) {
    v1::LogLine* line = lines_.add_lines();
    line->set_sequence(sequence);
    line->set_generation(generation);
    line->set_text(text);
    line->set_lost_before(lost);
  }

  FakeOperator fake_;
  v1::LogLines lines_;
};

TEST_F(LogsTest, ShowsLinesWithTheirGenerationAndWhatIsMissing) {
  Ran ran = Call({"logs", "h1", "web"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "[1] one\n-- 3 lines lost --\n[2] two\n-- 1 line lost --\n"
            "[2] three\n");
  EXPECT_THAT(fake_.calls(),
              ElementsAre("Channel {\"host\":\"h1\",\"target\":{\"service\":"
                          "\"web\",\"log\":{}}}"));
}

TEST_F(LogsTest, AsksForWhatTheFlagsSay) {
  Ran ran = Call(
      {"logs", "h1", "web", "--generation", "2", "--tail", "5", "--follow"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\ntwo\n"));
  EXPECT_THAT(fake_.calls().at(0),
              HasSubstr("{\"generation\":\"2\",\"tail\":\"5\",\"follow\":"
                        "true}"));
}

TEST_F(LogsTest, GivesEveryByteToAFileAndNoneToATerminalThatItWouldObey) {
  lines_.Clear();
  Add(1, 1, "a\x1b[2Jb\xff", 0);
  fake_.SetLines(lines_);
  EXPECT_EQ(Call({"logs", "h1", "web"}).out, "[1] a\x1b[2Jb\xff\n");
  window_ = WindowSize{};
  EXPECT_EQ(Call({"logs", "h1", "web"}).out.find('\x1b'), std::string::npos);
}

TEST_F(LogsTest, GoesOnWhereItWasWhenTheHostComesBack) {
  fake_.BreakNextChannel();
  Ran ran = Call({"logs", "h1", "web", "--tail", "3", "-f"});
  EXPECT_EQ(ran.err,
            "rolloutctl: lost the host, trying again: host h1 went away\n");
  ASSERT_EQ(fake_.calls().size(), 2u);
  EXPECT_THAT(fake_.calls()[0], Not(HasSubstr("after")));
  EXPECT_THAT(fake_.calls()[1], HasSubstr("\"after\":\"13\""));
  // Without -f that is the end.
  fake_.BreakNextChannel();
  ran = Call({"logs", "h1", "web"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "rolloutctl: host h1 went away\n");
}

TEST_F(LogsTest, SaysWhyThereAreNone) {
  fake_.FailWith({grpc::StatusCode::UNAVAILABLE, "host h1 is not connected"});
  Ran ran = Call({"logs", "h1", "web"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "rolloutctl: host h1 is not connected\n");
}

}  // namespace
}  // namespace rollout::ctl
