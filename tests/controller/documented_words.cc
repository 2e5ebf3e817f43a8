// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/documented_words.h"

#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace rollout {
namespace {

constexpr char kPage[] = "docs/formats/conditions.md";

std::string WordsOf(absl::string_view row) {
  std::vector<std::string> words;
  for (absl::string_view cell : absl::StrSplit(row, " | ")) {
    words.push_back(absl::StrReplaceAll(cell, {{"| ", ""}, {"`", ""}}));
  }
  words.pop_back();
  return absl::StrJoin(words, " ");
}

}  // namespace

std::set<std::string> DocumentedWords(absl::string_view section) {
  std::set<std::string> words;
  std::ifstream page(kPage);
  bool is_there = false;
  for (std::string line; std::getline(page, line);) {
    if (absl::StartsWith(line, "## ")) {
      is_there = line == absl::StrCat("## ", section);
    }
    if (is_there && absl::StartsWith(line, "| `")) words.insert(WordsOf(line));
  }
  return words;
}

}  // namespace rollout
