// SPDX-License-Identifier: Apache-2.0

#include "base/yaml_document.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace rollout {
namespace {

absl::Status ErrorAt(absl::string_view file, int line, int column,
                     absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", line, ":", column, ": ", message));
}

// Builds the tree from the parser's events; after the first error it ignores
// the rest.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(absl::string_view file) : file_(file) {}

  // The document just parsed. Once.
  YamlNode Take() { return std::move(root_); }
  const absl::Status& status() const { return status_; }

  void OnDocumentStart(const YAML::Mark&) override {
    open_.clear();
    root_ = YamlNode();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Add(NewNode(YamlNode::Kind::kNull, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(NewNode(YamlNode::Kind::kNull, mark),
         "aliases (*name) are not supported: write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    YamlNode node = NewNode(YamlNode::Kind::kScalar, mark);
    CheckTag(node, tag);
    node.text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t, YAML::EmitterStyle::value) override {
    Open(NewNode(YamlNode::Kind::kList, mark), tag);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t, YAML::EmitterStyle::value) override {
    Open(NewNode(YamlNode::Kind::kMap, mark), tag);
  }
  void OnMapEnd() override {
    if (status_.ok()) CheckKeys(open_.back());
    Close();
  }

 private:
  static YamlNode NewNode(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void Fail(const YamlNode& place, absl::string_view message) {
    if (!status_.ok()) return;
    status_ = ErrorAt(file_, place.line, place.column, message);
  }

  // "?" is a plain value and "!" a quoted one.
  void CheckTag(const YamlNode& node, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    Fail(node,
         absl::StrCat("tags (", tag, ") are not supported: leave it out"));
  }

  void CheckKeys(const YamlNode& map) {
    std::set<absl::string_view> keys;
    for (size_t i = 0; i < map.children.size(); i += 2) {
      const YamlNode& key = map.children[i];
      if (key.kind != YamlNode::Kind::kScalar) {
        Fail(key, "a key must be a word");
      } else if (!keys.insert(key.text).second) {
        Fail(key,
             absl::StrCat("\"", key.text, "\" is given twice: take one away"));
      }
    }
  }

  void Open(YamlNode node, const std::string& tag) {
    CheckTag(node, tag);
    if (open_.size() >= kMaxYamlDepth) {
      Fail(node, absl::StrCat("nested more than ", kMaxYamlDepth, " deep"));
    }
    if (status_.ok()) open_.push_back(std::move(node));
  }

  void Close() {
    if (!status_.ok()) return;
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(YamlNode node) {
    if (++values_ > kMaxYamlValues) {
      Fail(node, absl::StrCat("more than ", kMaxYamlValues, " values"));
    }
    if (!status_.ok()) return;
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }

  const absl::string_view file_;
  absl::Status status_;
  YamlNode root_;
  // Lists and maps that have begun and not ended, the outermost first.
  std::vector<YamlNode> open_;
  size_t values_ = 0;
};

absl::Status CheckText(absl::string_view file, absl::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return ErrorAt(
        file, 1, 1,
        absl::StrCat("the file has ", text.size(), " bytes, and at most ",
                     kMaxYamlBytes, " are allowed"));
  }
  size_t good = std::min(ValidUtf8Prefix(text), text.find('\0'));
  if (good >= text.size()) return absl::OkStatus();
  absl::string_view before = text.substr(0, good);
  int line = 1 + std::count(before.begin(), before.end(), '\n');
  return ErrorAt(file, line, good - (before.rfind('\n') + 1) + 1,
                 "this byte is not text: save the file as UTF-8");
}

}  // namespace

absl::StatusOr<std::vector<YamlNode>> ParseYaml(absl::string_view file,
                                                absl::string_view text) {
  absl::Status readable = CheckText(file, text);
  if (!readable.ok()) return readable;
  std::vector<YamlNode> documents;
  TreeBuilder builder(file);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
      if (!builder.status().ok()) return builder.status();
      YamlNode document = builder.Take();
      if (document.kind != YamlNode::Kind::kNull) {
        documents.push_back(std::move(document));
      }
    }
  } catch (const YAML::Exception& error) {
    return ErrorAt(file, error.mark.line + 1, error.mark.column + 1,
                   absl::StrCat("not YAML: ", error.msg));
  }
  return documents;
}

}  // namespace rollout
