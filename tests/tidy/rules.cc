// SPDX-License-Identifier: Apache-2.0

#include "tests/tidy/rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rollout::tidy {
namespace {

// CONVENTIONS: "400 lines a file ... are the end".
constexpr size_t kMostLines = 400;

// Files below `room` include only what is below one of `allowed`, of our own
// tree. The first room that fits a path counts.
struct Arrow {
  const char* room;
  std::vector<absl::string_view> allowed;
};

const std::vector<Arrow>& Arrows() {
  static const auto* const arrows = new std::vector<Arrow>{
      {"tests/", {""}},
      {"base/", {"base/"}},
      {"controller/decide/", {"controller/decide/"}},
      {"controller/api/",
       {"controller/api/", "controller/decide/", "controller/fleet/",
        "controller/gitops/", "controller/manifest/", "controller/store/",
        "controller/view/", "proto/rollout/", "base/"}},
      {"controller/gitops/",
       {"controller/gitops/", "controller/manifest/", "controller/store/",
        "proto/rollout/", "base/"}},
      {"controller/manifest/reference/",
       {"controller/manifest/reference/", "proto/manifest/"}},
      {"controller/", {"controller/", "proto/rollout/", "base/"}},
      {"agent/decide/", {"agent/decide/"}},
      {"agent/shim/", {"agent/shim/", "proto/shim/", "base/"}},
      {"agent/", {"agent/", "proto/", "base/"}},
      {"rolloutctl/",
       {"rolloutctl/", "controller/manifest/manifest.h", "proto/rollout/",
        "base/"}},
  };
  return *arrows;
}

// Where headers of gRPC may be seen.
const std::vector<absl::string_view>& GrpcRooms() {
  static const auto* const rooms =
      new std::vector<absl::string_view>{"base/grpc_",
                                         "base/tls_",
                                         "controller/api/",
                                         "controller/main.cc",
                                         "agent/link/",
                                         "agent/main.cc",
                                         "agent/probe/grpc_question.cc",
                                         "rolloutctl/",
                                         "tests/"};
  return *rooms;
}

// Words that stand for work not done.
const std::vector<absl::string_view>& UnfinishedWords() {
  // In pieces, so that this file keeps the rule.
  static const auto* const words = new std::vector<absl::string_view>{
      "TO"
      "DO",
      "FIX"
      "ME"};
  return *words;
}

bool BeginsWithOneOf(absl::string_view text,
                     const std::vector<absl::string_view>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [text](absl::string_view beginning) {
                       return absl::StartsWith(text, beginning);
                     });
}

// "a/b.h" of `#include "a/b.h"` and <a/b.h>; empty: the line includes nothing.
absl::string_view Included(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, "#include ")) return "";
  line = absl::StripAsciiWhitespace(line);
  if (line.size() < 2) return "";
  return line.substr(1, line.find_first_of("\">", 1) - 1);
}

// In our tree, and not a header of the system.
bool IsOurs(absl::string_view included) {
  return BeginsWithOneOf(included, {"base/", "proto/", "controller/", "agent/",
                                    "rolloutctl/", "tests/"});
}

std::string InclusionComplaint(absl::string_view path,
                               absl::string_view included) {
  if (BeginsWithOneOf(included, {"grpcpp/", "grpc/"}) &&
      !BeginsWithOneOf(path, GrpcRooms())) {
    return "gRPC's headers are for api/ and link/: hide it behind an interface";
  }
  // Which turns off their checks, for gRPC.
  const bool takes_none = path == "base/grpc_settings.cc";
  if (included == "absl/synchronization/mutex.h" && !takes_none) {
    return "absl::Mutex confuses ThreadSanitizer: use base/mutex.h";
  }
  if (included == "CLI/CLI.hpp" && path != "base/command_parser.cc") {
    return "CLI11 takes seconds to compile: use base/command_parser.h";
  }
  if (!IsOurs(included)) return "";
  for (const Arrow& arrow : Arrows()) {
    if (!absl::StartsWith(path, arrow.room)) continue;
    if (BeginsWithOneOf(included, arrow.allowed)) return "";
    return absl::StrCat(arrow.room, " must not see ", included,
                        ", only: ", absl::StrJoin(arrow.allowed, ", "));
  }
  return "";
}

// AGENT_LINK_LINK_H_
std::string GuardOf(absl::string_view path) {
  return absl::StrCat(absl::AsciiStrToUpper(absl::StrReplaceAll(
                          path, {{"/", "_"}, {".", "_"}, {"-", "_"}})),
                      "_");
}

std::string LineComplaint(absl::string_view path, absl::string_view line) {
  for (absl::string_view word : UnfinishedWords()) {
    if (absl::StrContains(line, word)) {
      return absl::StrCat(word,
                          " stands for work not done: do it or open an "
                          "issue");
    }
  }
  return InclusionComplaint(path, Included(line));
}

}  // namespace

std::vector<std::string> Complaints(absl::string_view path,
                                    absl::string_view text) {
  std::vector<std::string> complaints;
  auto complain = [&](size_t line, absl::string_view what) {
    complaints.push_back(absl::StrCat(path, ":", line, ": ", what));
  };
  std::vector<absl::string_view> lines =
      absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');

  // The second line where the first names the interpreter.
  size_t licence = absl::StartsWith(text, "#!") ? 1 : 0;
  if (lines.size() <= licence ||
      !absl::EndsWith(lines[licence], "SPDX-License-Identifier: Apache-2.0")) {
    complain(licence + 1,
             "the licence is missing: begin the file with "
             "\"SPDX-License-Identifier: Apache-2.0\"");
  }
  if (absl::EndsWith(path, ".h") &&
      !absl::StrContains(text, absl::StrCat("\n#ifndef ", GuardOf(path)))) {
    complain(1, absl::StrCat("the guard is to be ", GuardOf(path)));
  }
  if (lines.size() > kMostLines) {
    complain(lines.size(), absl::StrCat("longer than ", kMostLines,
                                        " lines: this is more than one idea"));
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string what = LineComplaint(path, lines[i]);
    if (!what.empty()) complain(i + 1, what);
  }
  return complaints;
}

}  // namespace rollout::tidy
