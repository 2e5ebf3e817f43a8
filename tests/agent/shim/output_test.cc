// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/output.h"

#include <stdio.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

class OutputTest : public ShimTest {
 protected:
  bool AwaitLines(size_t count) {
    return Eventually(
        [&] { return Lines(ReadFile(OutputPath())).size() >= count; });
  }
};

TEST_F(OutputTest, NumbersLinesOverGenerationsAndRotations) {
  const char* prints = R"(
for i in range(2000):
    print("line", i)
sys.stdout.write("no end")
sys.stdout.flush()
)";
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + prints)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  std::vector<std::string> lines = Lines(ReadFile(OutputPath()));
  ASSERT_EQ(lines.size(), 2001u);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(lines[i], absl::StrCat(i + 1, " 1 line ", i));
  }
  EXPECT_EQ(lines[2000], "2001 1 no end");

  std::string rotated = OutputPath() + ".1";
  ASSERT_EQ(rename(OutputPath().c_str(), rotated.c_str()), 0);
  ASSERT_TRUE(Start(Program(2, std::string(kPrelude) + "print('again')")).ok());
  ASSERT_TRUE(AwaitEnded(2));
  EXPECT_EQ(ReadFile(OutputPath()), "2002 2 again\n");
  EXPECT_EQ(State().lost_output_lines(), 0u);
}

TEST_F(OutputTest, TakesLineAfterLineWhileItsServiceGoesOn) {
  const char* prints = R"(
for i in range(5000):
    os.write(1, b"line %d\n" % i)
threading.Event().wait()
)";
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + prints)).ok());
  ASSERT_TRUE(AwaitLines(5000));
  std::vector<std::string> lines = Lines(ReadFile(OutputPath()));
  ASSERT_EQ(lines.size(), 5000u);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(lines[i], absl::StrCat(i + 1, " 1 line ", i));
  }
}

TEST_F(OutputTest, CutsEndlessLines) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
sys.stdout.write("x" * 40000 + "\nshort\n")
sys.stdout.flush()
)"))
                  .ok());
  ASSERT_TRUE(AwaitEnded(1));
  std::string text;
  for (const std::string& line : Lines(ReadFile(OutputPath()))) {
    EXPECT_LE(line.size(), OutputPipe::kMaxLine + 10);
    text += line.substr(line.rfind(' ') + 1);
  }
  EXPECT_EQ(text, std::string(40000, 'x') + "short");
}

TEST_F(OutputTest, CountsWhatADiskCannotTake) {
  v1::StartRequest request =
      Program(1, std::string(kPrelude) + "print('a'); print('b')");
  request.set_output_file("/dev/full");
  ASSERT_TRUE(Start(request).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State().lost_output_lines(), 2u);
}

TEST(OutputFile, GoesOnAfterTheLastLineThatIsThere) {
  std::string path = absl::StrCat(testing::TempDir(), "/output.log");
  unlink(path.c_str());
  {
    OutputFile file;
    ASSERT_TRUE(file.Open(path).ok());
    file.Append(1, "one\ntwo");
  }
  OutputFile file;
  ASSERT_TRUE(file.Open(path).ok());
  file.Append(2, "three");
  FILE* stream = fopen(path.c_str(), "r");
  char text[100] = "";
  size_t size = fread(text, 1, sizeof text, stream);
  fclose(stream);
  EXPECT_THAT(Lines(std::string(text, size)),
              ElementsAre("1 1 one", "2 1 two", "3 2 three"));
}

TEST(OutputFile, StaysWhereItIsWhenTheNextCannotBeOpened) {
  std::string path = absl::StrCat(testing::TempDir(), "/kept.log");
  unlink(path.c_str());
  OutputFile file;
  ASSERT_TRUE(file.Open(path).ok());
  EXPECT_FALSE(file.Open("/nonexistent/output.log").ok());
  file.Append(1, "one");
  EXPECT_EQ(file.lost_lines(), 0u);
}

}  // namespace
}  // namespace rollout::shim
