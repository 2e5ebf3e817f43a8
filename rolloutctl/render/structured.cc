// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/structured.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver.h"
#include "google/protobuf/util/type_resolver_util.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace rollout::render {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kTypePrefix[] = "type.googleapis.com";

namespace util = google::protobuf::util;

// Knows every message there is in this program.
util::TypeResolver& Types() {
  static auto* const types = util::NewTypeResolverForDescriptorPool(
      kTypePrefix, google::protobuf::DescriptorPool::generated_pool());
  return *types;
}

// The entries of maps by their keys: equal messages make equal text.
std::string SortedBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  CHECK(message.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

Json ToJson(const google::protobuf::Message& message) {
  util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  const std::string type =
      absl::StrCat(kTypePrefix, "/", message.GetDescriptor()->full_name());
  std::string text;
  CHECK(util::BinaryToJsonString(&Types(), type, SortedBytes(message), &text,
                                 options)
            .ok());
  return Json::parse(text);
}

void Emit(const Json& value, YAML::Emitter& out) {
  if (value.is_object()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      Emit(item, out);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& item : value) Emit(item, out);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    // Always quoted: a revision such as 12345e6789 is no number.
    out << YAML::DoubleQuoted << value.get<std::string>();
  } else {
    out << value.dump();
  }
}

std::string ToYaml(const Json& value) {
  YAML::Emitter out;
  Emit(value, out);
  CHECK(out.good());
  return out.c_str();
}

}  // namespace

std::string Structured(const google::protobuf::Message& message,
                       const Layout& layout) {
  Json json = ToJson(message);
  if (!layout.field.empty()) {
    std::string field(layout.field);
    json = Json{{field, json[field]}};
  }
  if (layout.format == Format::kYaml) {
    return absl::StrCat(layout.in_stream ? "---\n" : "", ToYaml(json), "\n");
  }
  return absl::StrCat(json.dump(layout.in_stream ? -1 : 2), "\n");
}

std::string SpecText(const v1::PlanSpec& spec) {
  v1::Plan plan;
  *plan.mutable_spec() = spec;
  return Structured(plan, {Format::kYaml, "spec"});
}

}  // namespace rollout::render
