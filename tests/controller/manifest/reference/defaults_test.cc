// SPDX-License-Identifier: Apache-2.0
//
// The schema's defaults are the reader's: one that is written out changes
// nothing.

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "proto/rollout/v1/plan.pb.h"
#include "tests/controller/manifest/reference/schema.h"

namespace rollout::manifest {
namespace {

// All that is in it, or the errors.
std::string Outcome(const Json& document) {
  Manifests read = Read(document);
  std::string text;
  for (const ManifestError& error : read.errors) text += ToString(error) + "\n";
  EXPECT_EQ(text, "") << document.dump(2);
  for (const ParsedPlan& plan : read.plans) text += plan.spec.DebugString();
  for (const ParsedSource& source : read.sources) {
    const SyncSettings& settings = source.settings;
    text += source.name;
    for (auto setting :
         {settings.self_heal, settings.prune, settings.allow_empty}) {
      text += setting.has_value() ? (*setting ? " yes" : " no") : " unsaid";
    }
  }
  return text;
}

void ExpectSameWithout(const Json& kind, const Json::json_pointer& path,
                       const Json& value) {
  Json document = Smallest(kind);
  if (absl::StrContains(path.to_string(), "/upgrade/")) {
    document["spec"]["service"]["handover"] = "signal";
  }
  Put(kind, path, value, &document);
  const std::string with = Outcome(document);
  document[path.parent_pointer()].erase(path.back());
  EXPECT_EQ(Outcome(document), with);
}

TEST(Defaults, AreThoseOfTheReader) {
  int defaults = 0;
  for (const auto& each : Kinds(ReadSchema())) {
    SCOPED_TRACE(each.first);
    const Json& kind = each.second;
    EXPECT_NE(Outcome(Smallest(kind)), "");
    ForEachKey(kind, "", [&](const std::string& path, const Json& key) {
      if (!key.contains("default")) return;
      SCOPED_TRACE(path);
      ExpectSameWithout(kind, Json::json_pointer(path), key["default"]);
      ++defaults;
    });
  }
  EXPECT_GT(defaults, 35);
}

// The proof is worth something if another value is told from the default.
TEST(Defaults, AnotherValueIsSomethingElse) {
  const Json kind = Kinds(ReadSchema())["Plan"];
  Json document = Smallest(kind);
  const std::string without = Outcome(document);
  Put(kind, Json::json_pointer("/spec/strategy/keepWarm"), "11m", &document);
  EXPECT_NE(Outcome(document), without);
}

}  // namespace
}  // namespace rollout::manifest
