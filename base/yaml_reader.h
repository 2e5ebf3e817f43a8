// SPDX-License-Identifier: Apache-2.0
//
// Strict reading of YAML into our types: every error has its place, unknown
// keys are errors, and one pass finds several. Wrong values are reported to
// YamlErrors and read as the fallback, so that readers are straight lines:
//
//   YamlErrors errors("web.yaml");
//   {
//     YamlMap map(YamlValue(&document, &errors));
//     settings.name = map.Require("name").String();
//     settings.wait = map.Get("wait").Duration(absl::Seconds(5));
//   }  // here the keys nobody asked for are reported
//   RETURN_IF_ERROR(errors.status());
//
// Not thread-safe. The document and the errors must outlive the readers.

#ifndef BASE_YAML_READER_H_
#define BASE_YAML_READER_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/yaml_document.h"

namespace rollout {

// The errors of one file.
class YamlErrors {
 public:
  explicit YamlErrors(std::string file) : file_(std::move(file)) {}

  void Add(const YamlNode& place, absl::string_view message);

  bool empty() const { return errors_.empty(); }

  // All of them, in the order of the file.
  std::vector<YamlError> InOrder() const;

  // InvalidArgument with the first ten in the order of the file, one a line:
  // "FILE:LINE:COLUMN: message". OK: there are none.
  absl::Status status() const;

 private:
  const std::string file_;
  std::vector<YamlError> errors_;
};

// A value, or the lack of one where a key was not given.
class YamlValue {
 public:
  YamlValue(const YamlNode* document, YamlErrors* errors)
      : YamlValue(document, document, "", errors) {}

  // The key was given. A key without a value ("key:") counts as given.
  bool present() const { return node_ != nullptr; }
  // Keys from the top: "spec.service.command[0]".
  const std::string& path() const { return path_; }

  // Reports an error about this value, or where it is missing.
  void Error(absl::string_view message) const;

  // A scalar as written: 022 and "022" are the same text. Never holds NUL.
  std::string String(absl::string_view fallback = "") const;
  // true or false.
  bool Bool(bool fallback) const;
  // Decimal, from `least` to `most`.
  int64_t Integer(int64_t least, int64_t most, int64_t fallback) const;
  // "5m", "1m30s", "500ms"; not negative, at most a year.
  absl::Duration Duration(absl::Duration fallback) const;

  // The items of a list; none when absent.
  std::vector<YamlValue> List() const;
  std::vector<std::string> Strings() const;
  // The pairs of a map whose keys are the user's own.
  std::vector<std::pair<std::string, YamlValue>> Entries() const;

  // The meaning of one of a few words.
  template <typename T>
  T OneOf(const std::vector<std::pair<absl::string_view, T>>& words,
          T fallback) const;

 private:
  friend class YamlMap;
  YamlValue(const YamlNode* node, const YamlNode* place, std::string path,
            YamlErrors* errors)
      : node_(node), place_(place), path_(std::move(path)), errors_(errors) {}

  // The node, when it is of that kind; otherwise says what was expected.
  const YamlNode* As(YamlNode::Kind kind, absl::string_view expected) const;

  const YamlNode* node_;   // Null: absent.
  const YamlNode* place_;  // Where errors point to; never null.
  std::string path_;
  YamlErrors* errors_;
};

// A map whose keys are ours. An absent or empty value is an empty map.
class YamlMap {
 public:
  explicit YamlMap(YamlValue value);
  // Reports every key that was not asked for, with the nearest that was.
  ~YamlMap();
  YamlMap(const YamlMap&) = delete;
  YamlMap& operator=(const YamlMap&) = delete;

  YamlValue Get(absl::string_view key);
  // Reports a missing key; but not of a map that is absent itself.
  YamlValue Require(absl::string_view key);

  const YamlValue& value() const { return value_; }

 private:
  const YamlValue value_;
  const YamlNode* const map_;  // Null: not a map.
  std::set<std::string> known_;
};

// For messages: `"a", "b" or "c"`.
std::string OneOfText(const std::vector<absl::string_view>& words);

template <typename T>
T YamlValue::OneOf(const std::vector<std::pair<absl::string_view, T>>& words,
                   T fallback) const {
  if (!present()) return fallback;
  std::string text = String();
  std::vector<absl::string_view> known;
  for (const auto& [word, meaning] : words) {
    if (word == text) return meaning;
    known.push_back(word);
  }
  if (!text.empty()) {
    Error("\"" + text + "\" is none of " + OneOfText(known));
  }
  return fallback;
}

}  // namespace rollout

#endif  // BASE_YAML_READER_H_
