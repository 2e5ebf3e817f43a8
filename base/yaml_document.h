// SPDX-License-Identifier: Apache-2.0
//
// YAML text as a tree of values with their places. Hostile input is met here:
// size, depth, aliases, encodings and duplicate keys.
//
// Pure values and functions, safe from any thread.

#ifndef BASE_YAML_DOCUMENT_H_
#define BASE_YAML_DOCUMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

inline constexpr size_t kMaxYamlBytes = 1 << 20;
inline constexpr int kMaxYamlDepth = 32;
inline constexpr size_t kMaxYamlValues = 100'000;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  // Counted from 1.
  int line = 1;
  int column = 1;
  // Of a scalar, as written; quotes and escapes are resolved.
  std::string text;
  // Of a list its items; of a map each key, a scalar, followed by its value.
  std::vector<YamlNode> children;
};

// What is wrong with a text, and what is right, at a place in it.
struct YamlError {
  // Counted from 1; columns in bytes.
  int line = 1;
  int column = 1;
  std::string message;
};

struct YamlText {
  // Those that are not empty, in order; up to the error.
  std::vector<YamlNode> documents;
  // The first one; none: it is all YAML.
  std::optional<YamlError> error;
};

// Aliases (*name) are refused: a few of them make a small file a huge value.
YamlText ReadYaml(absl::string_view text);

// The documents of a file. InvalidArgument: "FILE:LINE:COLUMN: what is wrong,
// and what is right". `file` is what the user calls it.
absl::StatusOr<std::vector<YamlNode>> ParseYaml(absl::string_view file,
                                                absl::string_view text);

}  // namespace rollout

#endif  // BASE_YAML_DOCUMENT_H_
