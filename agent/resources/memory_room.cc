// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/memory_room.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/resources/control_groups.h"

namespace rollout::agent {
namespace {

// The names of one version's files.
struct Files {
  const char* limit;
  const char* use;
  const char* inactive;  // in memory.stat, of the group with those below it
};

constexpr Files kVersionTwo = {"/memory.max", "/memory.current",
                               "inactive_file "};
constexpr Files kVersionOne = {
    "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file "};

std::optional<uint64_t> NumberIn(FileSystem& files, const std::string& path) {
  uint64_t number;
  auto text = files.Read(path);
  if (!text.ok() ||
      !absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &number)) {
    return std::nullopt;
  }
  return number;
}

// The N of the line "NAME N".
uint64_t NumberAfter(absl::string_view name, absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    uint64_t number;
    if (absl::ConsumePrefix(&line, name) &&
        absl::SimpleAtoi(absl::StripSuffix(line, " kB"), &number)) {
      return number;
    }
  }
  return 0;
}

void AddRoomsFrom(FileSystem& files, std::string group, const Files& names,
                  std::set<std::string>* seen, std::vector<MemoryRoom>* rooms) {
  // Up to where the hierarchy is mounted.
  while (files.Read(group + "/cgroup.procs").ok()) {
    const auto limit = NumberIn(files, group + names.limit);
    const auto use = NumberIn(files, group + names.use);
    // Version 1 writes "none" as a number that no memory has.
    constexpr uint64_t kNoLimit = uint64_t{1} << 60;
    if (limit && use && *limit < kNoLimit && seen->insert(group).second) {
      const uint64_t idle = NumberAfter(
          names.inactive, files.Read(group + "/memory.stat").value_or(""));
      const uint64_t held = *use - std::min(*use, idle);
      rooms->push_back({absl::StrCat("control group ", group),
                        *limit - std::min(*limit, held)});
    }
    group.resize(group.rfind('/'));
  }
}

}  // namespace

std::vector<MemoryRoom> ReadMemoryRooms(FileSystem& files,
                                        const std::string& group) {
  std::vector<MemoryRoom> rooms;
  auto memory = files.Read("/proc/meminfo");
  if (memory.ok()) {
    const uint64_t kib = NumberAfter("MemAvailable:", *memory);
    if (kib > 0) rooms.push_back({"the host", kib * 1024});
  }
  std::set<std::string> seen;
  if (!group.empty()) AddRoomsFrom(files, group, kVersionTwo, &seen, &rooms);
  auto own = OwnMemberships(files);
  if (!own.ok()) return rooms;
  auto unified = ControlGroupOf(*own);
  if (unified.ok()) AddRoomsFrom(files, *unified, kVersionTwo, &seen, &rooms);
  auto version_one = ControlGroupOf(*own, "memory");
  if (version_one.ok()) {
    AddRoomsFrom(files, *version_one, kVersionOne, &seen, &rooms);
  }
  return rooms;
}

}  // namespace rollout::agent
