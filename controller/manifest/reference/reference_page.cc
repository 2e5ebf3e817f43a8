// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/reference/reference_page.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace rollout::manifest {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::OneofDescriptor;

constexpr char kIntroduction[] = R"(# Manifest

Every key of a manifest: how its value is written, its unit and its default, and
what it means. Made of [manifest.proto](../../proto/manifest/v1/manifest.proto),
as is [manifest.schema.json](manifest.schema.json) for editors; what stands
between the keys is in [the format](../formats/manifest.md).

`*` marks what must be there, where the map it stands in is there. `[]` is an
item of a list.

## How values are written

| value | |
|---|---|
)";
constexpr char kTable[] =
    "\n| key | value | default | meaning |\n|---|---|---|---|\n";
// Maps nearer to the top than that are rows among their keys; one at that
// depth, spec.service say, has a section of its own.
constexpr size_t kSectionDepth = 2;

std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}});
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("`", text, "`");
}

bool IsList(const FieldDescriptor& field) {
  return field.is_repeated() && !field.is_map();
}

bool IsObject(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_MESSAGE && !field.is_map();
}

// "1 to 1000 answers".
std::string RangeOf(const v1::Value& value) {
  return absl::StrCat(value.least(), " to ",
                      absl::StrFormat("%.0f", value.most()), " ", value.unit());
}

std::string ItemText(const FieldDescriptor& field) {
  if (field.is_map()) {
    return absl::StrCat("map of ", KeyTextOf(field).called, " to ",
                        TextOf(field).called);
  }
  if (IsObject(field)) {
    return field.message_type()->field_count() == 0 ? "`{}`" : "map";
  }
  const v1::Value& value = ValueOf(field);
  const std::string called = TextOf(field).called;
  return value.has_unit() ? absl::StrCat(called, ", ", RangeOf(value)) : called;
}

std::string ValueText(const FieldDescriptor& field) {
  if (!IsList(field)) return ItemText(field);
  const v1::Value& value = ValueOf(field);
  return absl::StrCat(
      "list", IsObject(field) ? "" : absl::StrCat(", each a ", ItemText(field)),
      value.has_most_items() ? absl::StrCat(", at most ", value.most_items())
                             : "");
}

std::string DefaultText(const FieldDescriptor& field) {
  if (auto text = DefaultOf(field)) return Quoted(*text);
  return ValueOf(field).otherwise();
}

std::string MeaningOf(const FieldDescriptor& field) {
  std::string text = CommentOf(field);
  if (IsObject(field) || field.is_map()) return text;
  for (const TextRule::Word& word : TextOf(field).words) {
    if (word.meaning.empty()) continue;
    absl::StrAppend(&text, " ", Quoted(word.word), ": ", word.meaning);
  }
  return text;
}

// Writes the tables of one kind.
class Tables {
 public:
  explicit Tables(std::string* page) : page_(*page) {}

  void Add(const Descriptor& kind) {
    page_ += kTable;
    AddRows(kind, "", 0);
    // Found meanwhile; they may find more.
    for (size_t i = 0; i < sections_.size(); ++i) {
      const auto [path, message] = sections_[i];
      absl::StrAppend(&page_, "\n### ", path, "\n", kTable);
      AddRows(*message, path, kSectionDepth);
    }
  }

 private:
  void AddRow(absl::string_view path, bool required,
              const FieldDescriptor& field, absl::string_view more) {
    absl::StrAppend(&page_, "| ", Quoted(path), required ? "*" : "", " | ",
                    Cell(ValueText(field)), " | ", Cell(DefaultText(field)),
                    " | ", Cell(MeaningOf(field)), more, " |\n");
  }

  // Before the first field of a oneof: what holds for all of them.
  void AddOneof(const OneofDescriptor& one_of, absl::string_view prefix) {
    std::vector<std::string> names;
    for (int i = 0; i < one_of.field_count(); ++i) {
      names.push_back(one_of.field(i)->json_name());
    }
    const std::string keys =
        absl::StrCat(prefix, "{", absl::StrJoin(names, ","), "}");
    const bool required = IsRequired(one_of);
    absl::StrAppend(&page_, "| ", Quoted(keys), required ? "*" : "", " | ",
                    required ? "one" : "at most one", " of them |  | ",
                    Cell(CommentOf(one_of)), " |\n");
  }

  void AddRows(const Descriptor& message, const std::string& path,
               size_t depth) {
    const std::string prefix = path.empty() ? "" : absl::StrCat(path, ".");
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      const OneofDescriptor* one_of = OneofOf(field);
      if (one_of != nullptr && one_of->field(0) == &field) {
        AddOneof(*one_of, prefix);
      }
      AddField(field, absl::StrCat(prefix, field.json_name()), depth + 1);
    }
  }

  void AddField(const FieldDescriptor& field, const std::string& path,
                size_t depth) {
    const Descriptor* message =
        IsObject(field) ? field.message_type() : nullptr;
    const std::string below = absl::StrCat(path, IsList(field) ? "[]" : "");
    std::string more;
    bool is_new = false;
    if (message != nullptr && message->field_count() > 0) {
      const auto [seen, added] = seen_.emplace(message, below);
      is_new = added;
      if (!added)
        more = absl::StrCat(" The keys of ", Quoted(seen->second), ".");
    }
    AddRow(path, IsRequired(field), field, more);
    if (is_new && depth == kSectionDepth) {
      sections_.emplace_back(below, message);
    } else if (is_new) {
      AddRows(*message, below, depth);
    }
  }

  std::string& page_;
  std::vector<std::pair<std::string, const Descriptor*>> sections_;
  // Where a message was shown.
  std::map<const Descriptor*, std::string> seen_;
};

}  // namespace

std::string ReferencePage(const WrittenManifest& written) {
  std::string page = kIntroduction;
  for (const auto* form : written.Forms()) {
    const TextRule rule = FormRule(*form);
    absl::StrAppend(&page, "| ", rule.called, " | ", Cell(rule.about), " |\n");
  }
  for (const Descriptor* kind : written.Kinds()) {
    absl::StrAppend(&page, "\n## kind: ", kind->name(), "\n\n",
                    CommentOf(*kind), "\n");
    Tables(&page).Add(*kind);
  }
  return page;
}

}  // namespace rollout::manifest
