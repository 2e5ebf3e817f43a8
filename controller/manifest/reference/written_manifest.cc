// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/reference/written_manifest.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.pb.h"

namespace rollout::manifest {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::OneofDescriptor;

constexpr char kPackage[] = "rollout.manifest.v1.";

// The value of Form as its file has it, with a comment; null: TEXT.
const EnumValueDescriptor* FormOf(const FieldDescriptor& field, v1::Form form) {
  if (form == v1::TEXT) return nullptr;
  return field.file()
      ->pool()
      ->FindEnumTypeByName(absl::StrCat(kPackage, "Form"))
      ->FindValueByNumber(form);
}

TextRule RuleOf(const FieldDescriptor& field, v1::Form form) {
  const EnumValueDescriptor* value = FormOf(field, form);
  return value == nullptr ? TextRule{"", {}, "text", ""} : FormRule(*value);
}

TextRule EnumRule(const EnumDescriptor& words) {
  TextRule rule;
  std::vector<std::string> quoted;
  for (int i = 0; i < words.value_count(); ++i) {
    const EnumValueDescriptor& word = *words.value(i);
    rule.words.push_back({word.name(), CommentOf(word)});
    quoted.push_back(absl::StrCat("`", word.name(), "`"));
  }
  rule.called = absl::StrJoin(quoted, ", ");
  return rule;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WrittenManifest>> WrittenManifest::Read(
    absl::string_view descriptors) {
  google::protobuf::FileDescriptorSet files;
  if (!files.ParseFromArray(descriptors.data(),
                            static_cast<int>(descriptors.size()))) {
    return absl::InvalidArgumentError("not a set of file descriptors");
  }
  auto written = std::unique_ptr<WrittenManifest>(new WrittenManifest);
  for (const auto& file : files.file()) {
    if (written->pool_.BuildFile(file) != nullptr) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        file.name(), " can't be read: make the set with --include_imports"));
  }
  written->manifest_ =
      written->pool_.FindMessageTypeByName(absl::StrCat(kPackage, "Manifest"));
  if (written->manifest_ == nullptr) {
    return absl::InvalidArgumentError("there is no message Manifest in it");
  }
  return written;
}

std::vector<const Descriptor*> WrittenManifest::Kinds() const {
  std::vector<const Descriptor*> kinds;
  for (int i = 0; i < manifest_->field_count(); ++i) {
    kinds.push_back(manifest_->field(i)->message_type());
  }
  return kinds;
}

std::vector<const EnumValueDescriptor*> WrittenManifest::Forms() const {
  std::vector<const EnumValueDescriptor*> forms;
  const EnumDescriptor& all =
      *pool_.FindEnumTypeByName(absl::StrCat(kPackage, "Form"));
  for (int i = 0; i < all.value_count(); ++i) forms.push_back(all.value(i));
  return forms;
}

template <typename AnyDescriptor>
std::string CommentOf(const AnyDescriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return "";
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(location.leading_comments, '\n',
                                               absl::SkipWhitespace())) {
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return absl::StrJoin(lines, " ");
}

template std::string CommentOf(const Descriptor&);
template std::string CommentOf(const FieldDescriptor&);
template std::string CommentOf(const OneofDescriptor&);
template std::string CommentOf(const EnumValueDescriptor&);

const v1::Value& ValueOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::value);
}

bool IsRequired(const FieldDescriptor& field) {
  return field.is_required() || ValueOf(field).must();
}

bool IsRequired(const OneofDescriptor& one_of) {
  return one_of.options().GetExtension(v1::one_must);
}

const OneofDescriptor* OneofOf(const FieldDescriptor& field) {
  return field.real_containing_oneof();
}

std::optional<std::string> DefaultOf(const FieldDescriptor& field) {
  if (!field.has_default_value()) return std::nullopt;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(field.default_value_int32());
    case FieldDescriptor::CPPTYPE_ENUM:
      return field.default_value_enum()->name();
    default:
      return field.default_value_string();
  }
}

TextRule FormRule(const EnumValueDescriptor& form) {
  return {form.options().GetExtension(v1::pattern),
          {},
          absl::AsciiStrToLower(form.name()),
          CommentOf(form)};
}

TextRule TextOf(const FieldDescriptor& field) {
  const v1::Value& value = ValueOf(field);
  TextRule rule;
  if (field.type() == FieldDescriptor::TYPE_ENUM) {
    rule = EnumRule(*field.enum_type());
  } else if (field.type() == FieldDescriptor::TYPE_BOOL) {
    rule = {"^(true|false)$", {}, "`true` or `false`", ""};
  } else if (field.type() == FieldDescriptor::TYPE_INT32) {
    rule = {"^-?[0-9]+$", {}, "whole number", ""};
  } else if (value.has_constant()) {
    rule.words.push_back({value.constant(), ""});
    rule.called = absl::StrCat("`", value.constant(), "`");
  } else {
    rule = RuleOf(field, value.form());
  }
  if (value.has_pattern()) rule.pattern = value.pattern();
  if (value.has_called()) rule.called = value.called();
  return rule;
}

TextRule KeyTextOf(const FieldDescriptor& field) {
  const v1::Value& value = ValueOf(field);
  TextRule rule = RuleOf(field, value.keys());
  if (value.has_key_pattern()) rule.pattern = value.key_pattern();
  if (value.has_key_called()) rule.called = value.key_called();
  return rule;
}

}  // namespace rollout::manifest
