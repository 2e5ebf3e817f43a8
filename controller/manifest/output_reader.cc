// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/output_reader.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"

namespace rollout::manifest {
namespace {

constexpr uint64_t kDefaultSize = uint64_t{64} << 20;
constexpr uint64_t kLeastSize = uint64_t{64} << 10;
constexpr uint64_t kMostSize = uint64_t{1} << 40;
constexpr absl::Duration kLeastEvery = absl::Minutes(1);
constexpr int kMostKept = 1000;

// "64Mi", or bytes.
uint64_t ReadSize(const YamlValue& value, uint64_t fallback) {
  // Stands for no text: none was given, or something else was and is reported.
  constexpr char kNone[] = "\x01";
  const std::string text = value.String(kNone);
  if (text == kNone) return fallback;
  absl::string_view digits = text;
  uint64_t unit = 1;
  for (const auto& [suffix, bytes] :
       {std::pair<const char*, uint64_t>{"Ki", uint64_t{1} << 10},
        {"Mi", uint64_t{1} << 20},
        {"Gi", uint64_t{1} << 30}}) {
    if (!absl::ConsumeSuffix(&digits, suffix)) continue;
    unit = bytes;
    break;
  }
  uint64_t number;
  if (!absl::SimpleAtoi(digits, &number)) {
    value.Error(absl::StrCat("expected a size such as 64Mi, found \"", text,
                             "\": bytes, or with Ki, Mi or Gi"));
    return fallback;
  }
  if (number > kMostSize / unit || number * unit < kLeastSize) {
    value.Error(absl::StrCat("\"", text, "\" is not between 64Ki and 1024Gi"));
    return fallback;
  }
  return number * unit;
}

}  // namespace

v1::OutputPolicy ReadOutput(const YamlValue& value) {
  v1::OutputPolicy output;
  YamlMap map(value);
  YamlMap rotate(map.Get("rotate"));
  output.set_rotate_size(ReadSize(rotate.Get("size"), kDefaultSize));
  YamlValue every = rotate.Get("every");
  absl::Duration age = every.Duration(absl::Hours(24));
  if (age < kLeastEvery) every.Error("is shorter than a minute");
  *output.mutable_rotate_every() = ToProto(age);
  output.set_keep(
      static_cast<uint32_t>(map.Get("keep").Integer(1, kMostKept, 7)));
  return output;
}

}  // namespace rollout::manifest
