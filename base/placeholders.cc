// SPDX-License-Identifier: Apache-2.0

#include "base/placeholders.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout {
namespace {

struct Piece {
  // Stands before the placeholder.
  std::string literal;
  // Meaningless in the last piece.
  std::string name;
};

// All pieces; the last one is literal only.
absl::StatusOr<std::vector<Piece>> Split(absl::string_view text) {
  std::vector<Piece> pieces;
  for (;;) {
    size_t start = text.find("${");
    if (start == absl::string_view::npos) break;
    size_t end = text.find('}', start);
    if (end == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text.substr(start), "\" has no closing brace"));
    }
    pieces.push_back({std::string(text.substr(0, start)),
                      std::string(text.substr(start + 2, end - start - 2))});
    text.remove_prefix(end + 1);
  }
  pieces.push_back({std::string(text), ""});
  return pieces;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindPlaceholders(
    absl::string_view text) {
  ASSIGN_OR_RETURN(std::vector<Piece> pieces, Split(text));
  pieces.pop_back();
  std::vector<std::string> names;
  for (Piece& piece : pieces) names.push_back(std::move(piece.name));
  return names;
}

absl::StatusOr<std::string> ReplacePlaceholders(
    absl::string_view text, const std::map<std::string, std::string>& values) {
  ASSIGN_OR_RETURN(std::vector<Piece> pieces, Split(text));
  std::string last = std::move(pieces.back().literal);
  pieces.pop_back();
  std::string replaced;
  for (const Piece& piece : pieces) {
    auto value = values.find(piece.name);
    if (value == values.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no ${", piece.name, "}"));
    }
    absl::StrAppend(&replaced, piece.literal, value->second);
  }
  return replaced + last;
}

}  // namespace rollout
