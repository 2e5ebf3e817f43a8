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

// Builds the tree from the parser's events; after the first error it ignores
// the rest.
class TreeBuilder : public YAML::EventHandler {
 public:
  // The document just parsed. Once.
  YamlNode Take() { return std::move(root_); }
  const std::optional<YamlError>& error() const { return error_; }

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
    if (!error_) CheckKeys(open_.back());
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
    if (error_) return;
    error_ = YamlError{place.line, place.column, std::string(message)};
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
    if (!error_) open_.push_back(std::move(node));
  }

  void Close() {
    if (error_) return;
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(YamlNode node) {
    if (++values_ > kMaxYamlValues) {
      Fail(node, absl::StrCat("more than ", kMaxYamlValues, " values"));
    }
    if (error_) return;
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }

  std::optional<YamlError> error_;
  YamlNode root_;
  // Lists and maps that have begun and not ended, the outermost first.
  std::vector<YamlNode> open_;
  size_t values_ = 0;
};

std::optional<YamlError> CheckText(absl::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return YamlError{
        1, 1,
        absl::StrCat("the file has ", text.size(), " bytes, and at most ",
                     kMaxYamlBytes, " are allowed")};
  }
  size_t good = std::min(ValidUtf8Prefix(text), text.find('\0'));
  if (good >= text.size()) return std::nullopt;
  absl::string_view before = text.substr(0, good);
  int line = 1 + std::count(before.begin(), before.end(), '\n');
  int column = good - (before.rfind('\n') + 1) + 1;
  return YamlError{line, column,
                   "this byte is not text: save the file as UTF-8"};
}

}  // namespace

YamlText ReadYaml(absl::string_view text) {
  YamlText read;
  read.error = CheckText(text);
  if (read.error) return read;
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
      read.error = builder.error();
      if (read.error) return read;
      YamlNode document = builder.Take();
      if (document.kind != YamlNode::Kind::kNull) {
        read.documents.push_back(std::move(document));
      }
    }
  } catch (const YAML::Exception& error) {
    read.error = YamlError{error.mark.line + 1, error.mark.column + 1,
                           absl::StrCat("not YAML: ", error.msg)};
  }
  return read;
}

absl::StatusOr<std::vector<YamlNode>> ParseYaml(absl::string_view file,
                                                absl::string_view text) {
  YamlText read = ReadYaml(text);
  if (!read.error) return std::move(read.documents);
  return absl::InvalidArgumentError(absl::StrCat(file, ":", read.error->line,
                                                 ":", read.error->column, ": ",
                                                 read.error->message));
}

}  // namespace rollout
