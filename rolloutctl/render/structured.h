// SPDX-License-Identifier: Apache-2.0
//
// Messages as JSON and YAML, for scripts: field names in lowerCamelCase, zeros
// and empty lists written out, 64-bit numbers as strings (protobuf's JSON), the
// entries of maps sorted.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_STRUCTURED_H_
#define ROLLOUTCTL_RENDER_STRUCTURED_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::render {

// kTable, kWide and kName are made by others.
enum class Format { kTable, kWide, kJson, kYaml, kName };

// How a message is written. `field`: only that field of it, under its name;
// empty: all.
struct Layout {
  // kJson or kYaml.
  Format format = Format::kJson;
  absl::string_view field = "";
  // A JSON object on one line; a YAML document begun with "---". For streams.
  bool in_stream = false;
};

// Ends with a line break.
std::string Structured(const google::protobuf::Message& message,
                       const Layout& layout);

// "spec:" and what is below it, with every default, as YAML.
std::string SpecText(const v1::PlanSpec& spec);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_STRUCTURED_H_
