// SPDX-License-Identifier: Apache-2.0
//
// Against a tree of files as the kernel would show it.

#include "agent/resources/memory_room.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Only reads, and only these files.
class FakeTree : public FileSystem {
 public:
  explicit FakeTree(std::map<std::string, std::string> files)
      : files_(std::move(files)) {}
  absl::StatusOr<std::string> Read(absl::string_view path) override {
    auto found = files_.find(std::string(path));
    if (found == files_.end()) return absl::NotFoundError(path);
    return found->second;
  }
  absl::Status WriteAtomically(absl::string_view, absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }
  absl::StatusOr<std::vector<std::string>> List(absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }
  absl::Status MakeDirectories(absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }
  absl::Status RemoveAll(absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }
  absl::Status Rename(absl::string_view, absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }
  absl::StatusOr<FileInfo> Stat(absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }
  absl::Status ReplaceLink(absl::string_view, absl::string_view) override {
    return absl::UnimplementedError("reads only");
  }

 private:
  std::map<std::string, std::string> files_;
};

std::vector<std::string> InWords(const std::vector<MemoryRoom>& rooms) {
  std::vector<std::string> words;
  for (const MemoryRoom& room : rooms) {
    words.push_back(absl::StrCat(room.where, " ", room.bytes));
  }
  return words;
}

TEST(ReadMemoryRooms, LooksAtTheHostAndAtEveryGroupAround) {
  FakeTree unified({
      {"/proc/meminfo", "MemTotal: 9 kB\nMemAvailable:    1000 kB\n"},
      {"/proc/self/cgroup", "0::/s/agent\n"},
      {"/proc/self/mountinfo", "24 18 0:21 / /cg rw - cgroup2 cgroup2 rw\n"},
      {"/cg/cgroup.procs", ""},
      {"/cg/s/cgroup.procs", ""},
      {"/cg/s/memory.max", "900000\n"},
      {"/cg/s/memory.current", "500000\n"},
      {"/cg/s/memory.stat", "anon 1\ninactive_file 100000\n"},
      {"/cg/s/agent/cgroup.procs", ""},
      {"/cg/s/agent/memory.max", "max\n"},
      {"/cg/s/agent/memory.current", "500\n"},
      {"/cg/s/agent/rollout-h/cgroup.procs", ""},
      {"/cg/s/agent/rollout-h/memory.max", "700\n"},
      {"/cg/s/agent/rollout-h/memory.current", "900\n"},
  });
  EXPECT_THAT(
      InWords(ReadMemoryRooms(unified, "/cg/s/agent/rollout-h")),
      ElementsAre("the host 1024000", "control group /cg/s/agent/rollout-h 0",
                  "control group /cg/s 500000"));

  FakeTree version_one({
      {"/proc/self/cgroup", "4:memory:/a\n0::/\n"},
      {"/proc/self/mountinfo",
       "24 18 0:21 / /m rw - cgroup cgroup rw,memory\n"},
      {"/m/cgroup.procs", ""},
      {"/m/memory.limit_in_bytes", "9223372036854771712\n"},
      {"/m/memory.usage_in_bytes", "5\n"},
      {"/m/a/cgroup.procs", ""},
      {"/m/a/memory.limit_in_bytes", "1000\n"},
      {"/m/a/memory.usage_in_bytes", "600\n"},
      {"/m/a/memory.stat", "inactive_file 1\ntotal_inactive_file 100\n"},
  });
  EXPECT_THAT(InWords(ReadMemoryRooms(version_one, "")),
              ElementsAre("control group /m/a 500"));

  FakeTree nothing({});
  EXPECT_THAT(ReadMemoryRooms(nothing, ""), IsEmpty());
}

}  // namespace
}  // namespace rollout::agent
