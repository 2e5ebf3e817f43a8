// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/reference/json_schema.h"

#include <algorithm>
#include <cstdint>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace rollout::manifest {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::OneofDescriptor;
// Keeps the order of the proto files.
using Json = ::nlohmann::ordered_json;

Json ObjectSchema(const Descriptor& message,
                  const std::vector<std::string>& without = {});

bool Matches(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern));
}

// The types that YAML may take such a text for, the usual one first.
std::vector<std::string> TypesOf(const FieldDescriptor& field,
                                 const std::string& pattern) {
  std::vector<std::string> types;
  if (Matches("true", pattern)) types.push_back("boolean");
  if (Matches("7.5", pattern)) {
    types.push_back("number");
  } else if (Matches("7", pattern)) {
    types.push_back("integer");
  }
  const bool usual = field.type() == FieldDescriptor::TYPE_STRING ||
                     field.type() == FieldDescriptor::TYPE_MESSAGE;
  types.insert(usual ? types.begin() : types.end(), "string");
  return types;
}

// Without a fraction where there is none.
Json Number(double number) {
  const auto whole = static_cast<int64_t>(number);
  return static_cast<double>(whole) == number ? Json(whole) : Json(number);
}

void AddRange(const FieldDescriptor& field, Json* schema) {
  const v1::Value& value = ValueOf(field);
  if (value.has_least()) (*schema)["minimum"] = Number(value.least());
  if (value.has_most()) (*schema)["maximum"] = Number(value.most());
}

// As an editor would write it: numbers without quotes.
Json Plain(const FieldDescriptor& field, const std::string& text) {
  const bool is_number = Matches(text, "^(0|[1-9][0-9]*)$");
  const bool is_boolean = field.type() == FieldDescriptor::TYPE_BOOL;
  return is_number || is_boolean ? Json::parse(text) : Json(text);
}

Json WordsSchema(const TextRule& rule) {
  Json schema = {{"type", "string"}, {"enum", Json::array()}};
  for (const TextRule::Word& word : rule.words) {
    schema["enum"].push_back(word.word);
  }
  return schema;
}

// "duration: With units, ...".
std::string WrittenSo(const TextRule& rule) {
  return rule.about.empty() ? rule.called
                            : absl::StrCat(rule.called, ": ", rule.about);
}

Json TextSchema(const FieldDescriptor& field) {
  const TextRule rule = TextOf(field);
  if (!rule.words.empty()) return WordsSchema(rule);
  const std::vector<std::string> types = TypesOf(field, rule.pattern);
  Json schema = {{"type", types}};
  if (types.size() == 1) schema["type"] = types.front();
  if (!rule.pattern.empty()) {
    schema["pattern"] = rule.pattern;
    // Editors show it in place of the pattern; others don't know the keyword.
    schema["errorMessage"] = absl::StrCat("expected ", WrittenSo(rule));
  }
  AddRange(field, &schema);
  return schema;
}

Json CommandSchema(const FieldDescriptor& field) {
  const Json word = {{"type", {"string", "number", "boolean"}}};
  return {{"type", "array"},
          {"minItems", 1},
          {"items", {{{"type", "string"}, {"pattern", TextOf(field).pattern}}}},
          {"additionalItems", word}};
}

Json MapSchema(const FieldDescriptor& field) {
  return {{"type", {"object", "null"}},
          {"propertyNames", {{"pattern", KeyTextOf(field).pattern}}},
          {"additionalProperties", TextSchema(field)}};
}

// Of a value; of a list an item.
Json ItemSchema(const FieldDescriptor& field) {
  const v1::Value& value = ValueOf(field);
  if (field.is_map()) return MapSchema(field);
  if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
    return ObjectSchema(*field.message_type(),
                        {value.without().begin(), value.without().end()});
  }
  if (value.form() == v1::COMMAND) return CommandSchema(field);
  return TextSchema(field);
}

Json ListSchema(const FieldDescriptor& field, Json items) {
  Json schema = {{"type", "array"}, {"items", std::move(items)}};
  const v1::Value& value = ValueOf(field);
  if (value.must()) schema["minItems"] = 1;
  if (value.has_most_items()) schema["maxItems"] = value.most_items();
  return schema;
}

// Comments link to pages that stand beside the reference, not beside a
// manifest.
std::string WithoutLinks(const std::string& text) {
  return std::regex_replace(text, std::regex("\\[([^\\]]*)\\]\\([^)]*\\)"),
                            "$1");
}

std::string DescriptionOf(const FieldDescriptor& field) {
  std::string text = CommentOf(field);
  if (field.type() != FieldDescriptor::TYPE_MESSAGE) {
    const TextRule rule = TextOf(field);
    for (const TextRule::Word& word : rule.words) {
      if (word.meaning.empty()) continue;
      absl::StrAppend(&text, "\n- `", word.word, "`: ", word.meaning);
    }
    if (rule.words.empty() && !rule.about.empty()) {
      absl::StrAppend(&text, "\n\n", WrittenSo(rule));
    }
  }
  if (auto text_of_default = DefaultOf(field)) {
    absl::StrAppend(&text, "\n\nDefault: ", *text_of_default);
  } else if (ValueOf(field).has_otherwise()) {
    absl::StrAppend(&text, "\n\nDefault: ", ValueOf(field).otherwise());
  }
  return WithoutLinks(text);
}

Json ExampleOf(const FieldDescriptor& field) {
  const std::string& text = ValueOf(field).example();
  return text[0] == '[' || text[0] == '{' ? Json::parse(text)
                                          : Plain(field, text);
}

Json PropertySchema(const FieldDescriptor& field) {
  Json schema = {{"description", DescriptionOf(field)}};
  Json value = ItemSchema(field);
  const bool is_list = field.is_repeated() && !field.is_map();
  if (ValueOf(field).has_example()) {
    (is_list ? value : schema)["examples"] = Json::array({ExampleOf(field)});
  }
  schema.update(is_list ? ListSchema(field, std::move(value)) : value);
  if (auto text = DefaultOf(field)) schema["default"] = Plain(field, *text);
  return schema;
}

// The oneof's fields that are properties, each as {"required": [NAME]}.
Json Choices(const OneofDescriptor& one_of, const Json& properties) {
  Json choices = Json::array();
  for (int i = 0; i < one_of.field_count(); ++i) {
    const std::string& name = one_of.field(i)->json_name();
    if (properties.contains(name)) choices.push_back({{"required", {name}}});
  }
  return choices;
}

void AddOneofs(const Descriptor& message, Json* schema) {
  Json all = Json::array();
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    const OneofDescriptor& one_of = *message.oneof_decl(i);
    Json choices = Choices(one_of, (*schema)["properties"]);
    if (!IsRequired(one_of)) {
      choices.push_back({{"not", {{"anyOf", choices}}}});
    }
    all.push_back({{"oneOf", choices}});
  }
  if (!all.empty()) (*schema)["allOf"] = all;
}

Json ObjectSchema(const Descriptor& message,
                  const std::vector<std::string>& without) {
  Json properties = Json::object();
  Json required = Json::array();
  Json dependencies = Json::object();
  bool may_be_empty = true;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string& name = field.json_name();
    if (std::count(without.begin(), without.end(), name) > 0) continue;
    properties[name] = PropertySchema(field);
    if (IsRequired(field)) required.push_back(name);
    if (const OneofDescriptor* one_of = OneofOf(field)) {
      may_be_empty = may_be_empty && !IsRequired(*one_of);
    }
    if (ValueOf(field).has_needs()) {
      dependencies[name] = Json::array({ValueOf(field).needs()});
    }
  }
  Json schema = {{"type", "object"}};
  // "key:" with nothing after it is an empty map.
  if (may_be_empty && required.empty()) schema["type"] = {"object", "null"};
  schema["additionalProperties"] = false;
  if (!required.empty()) schema["required"] = required;
  schema["properties"] = properties;
  if (!dependencies.empty()) schema["dependencies"] = dependencies;
  AddOneofs(message, &schema);
  return schema;
}

}  // namespace

std::string JsonSchema(const WrittenManifest& written) {
  Json schema = {
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "Rollout manifest"},
      {"description",
       "Made of proto/manifest/v1/manifest.proto: change that, not this"},
      {"oneOf", Json::array()},
      {"definitions", Json::object()}};
  for (const Descriptor* kind : written.Kinds()) {
    schema["oneOf"].push_back(
        {{"$ref", absl::StrCat("#/definitions/", kind->name())}});
    Json definition = {{"description", CommentOf(*kind)}};
    definition.update(ObjectSchema(*kind));
    schema["definitions"][kind->name()] = definition;
  }
  return schema.dump(2) + "\n";
}

}  // namespace rollout::manifest
