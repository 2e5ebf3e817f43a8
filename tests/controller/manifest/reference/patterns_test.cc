// SPDX-License-Identifier: Apache-2.0
//
// A text that the schema takes is one that the reader takes, and the other way
// round: of chosen ones and of many by chance.

#include <cstdlib>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/reference/schema.h"

namespace rollout::manifest {
namespace {

constexpr int kSamples = 300;
constexpr size_t kLongest = 7;

struct Place {
  const char* path;
  // What the reader says of a text that is well written, but out of bounds that
  // JSON Schema has no words for; null: nothing.
  const char* out_of_bounds;
  // Pieces that samples are made of: white space and signs aside, which YAML
  // takes away or nobody writes.
  std::vector<std::string> pieces;
  std::vector<std::string> texts;
};

const std::vector<Place>& Places() {
  static const auto* const places = new std::vector<Place>{
      {"/spec/strategy/keepWarm",
       "is not from 0s to a year",
       {"0", "1", "30", ".", "h", "m", "s", "ms", "us", "n"},
       {"500ms", "1m30s", "2h", "0", "0s", "1.5h", ".5s", "1.s", "+5s", "5", "",
        "s", "1d", "5 m", "soon", "5M", "1h30"}},
      {"/spec/service/limits/memory",
       "is less than 1Mi",
       {"0", "1", "5", ".", "K", "k", "M", "G", "T", "i", "B"},
       {"512Mi", "1.5Gi", "200M", "4194304", "1Ti", "512MB", "5mi", ".5Gi",
        "1.", "1.5.5Gi", "Gi", "", "-1Gi"}},
      {"/spec/output/rotate/size",
       "is not between",
       {"0", "1", "6", ".", "K", "M", "G", "T", "i"},
       {"64Mi", "65536", "1Gi", "1024Gi", "+64Mi", "1.5Gi", "64M", "64MB",
        "1Ti", "", "Mi", "-64Mi"}},
      {"/spec/strategy/failureTolerance",
       "is more than 1000000",
       {"0", "1", "2", "9", "%", "."},
       {"3", "25%", "0", "100%", "0100%", "007", "101%", "%", "1.5", "1.5%",
        "-1", "all", "", "5%%"}},
      {"/spec/strategy/steps/0/weight",
       nullptr,
       {"0", "1", "5", "10", ".", "%"},
       {"5%", "0.1%", "100%", "100.0%", "99.9%", "05%", "5.%", "5.50%", "0.05%",
        "0%", "101%", "100.1%", "5", ".5%", "5.5.5%", "-5%", "%"}},
      {"/spec/service/umask",
       nullptr,
       {"0", "2", "7", "8"},
       {"022", "0027", "777", "0", "1777", "08", "", "00000", "u=rwx"}},
      {"/spec/service/limits/cpu",
       nullptr,
       {"0", "1", "25", ".", "e"},
       {"1.5", "2", ".5", "1.", "1e2", "0", "0.001", "4096", "4097", "500m", "",
        "two"}},
      {"/spec/strategy/retries", nullptr, {"0", "1", "9", "-"}, {"0", "10"}},
      {"/spec/strategy/adopt", nullptr, {"true", "false", "yes"}, {"no"}},
      {"/metadata/name",
       nullptr,
       {"a", "z", "Z", "0", "-", "_", ".", "true"},
       {std::string(63, 'a'), std::string(64, 'a'), "a-", "-a", "7", "7.5"}},
      {"/spec/strategy/spread",
       nullptr,
       {"a", "Z", "0", "-", "_", ".", "/", ":"},
       {std::string(63, 'a'), std::string(64, 'a'), "topology/zone", "a b"}},
      {"/spec/service/user",
       nullptr,
       {"a", "Z", "0", "-", "_", ".", "$"},
       {std::string(32, 'a'), std::string(33, 'a'), "www-data", "host$"}},
      {"/spec/service/artifact/version",
       nullptr,
       {"1", "a", "Z", ".", "_", "+", "-", "~", "/"},
       {std::string(128, '1'), std::string(129, '1'), "1.2-rc~3+b_1"}},
      {"/spec/service/directory",
       nullptr,
       {"/", "srv", "${artifact}", "${generation.dir}", "."},
       {"${host.name}", "~"}},
      {"/spec/service/artifact/url",
       nullptr,
       {"file://", "http://", "https://", "/", "h", "a.tar", "ftp:", "%20"},
       {"https://h/${host.name}", "https://h/a b", "https://h"}},
      {"/spec/service/readiness/http/path",
       nullptr,
       {"/", "a", "?", "%", ".", "="},
       {"/a b", "", "/\x7f"}},
  };
  return *places;
}

// What YAML takes for a number.
bool IsNumber(const std::string& text) {
  return std::regex_match(
      text,
      std::regex("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"));
}

bool FitsPattern(const Json& schema, const std::string& text) {
  return std::regex_search(text,
                           std::regex(schema["pattern"].get<std::string>()));
}

// With quotes, and without where it is a number and may be one.
bool SchemaTakes(const Json& schema, const std::string& text) {
  if (!FitsPattern(schema, text)) return false;
  const bool may_be_number = schema["type"].is_array();
  if (!may_be_number || !IsNumber(text)) return true;
  const double number = std::strtod(text.c_str(), nullptr);
  return number >= schema.value("minimum", number) &&
         number <= schema.value("maximum", number);
}

enum class Verdict { kGood, kOutOfBounds, kBad };

// About the text alone: whether it suits the rest is not asked.
Verdict ReaderSays(const Place& place, const std::string& path,
                   const Json& document) {
  Verdict verdict = Verdict::kGood;
  for (const ManifestError& error : Read(document).errors) {
    if (!absl::StartsWith(error.message, path + ": ")) continue;
    if (place.out_of_bounds == nullptr ||
        !absl::StrContains(error.message, place.out_of_bounds)) {
      return Verdict::kBad;
    }
    verdict = Verdict::kOutOfBounds;
  }
  return verdict;
}

// As errors have it: "spec.strategy.steps[0].weight".
std::string ReaderPath(absl::string_view path) {
  return absl::StrReplaceAll(path.substr(1), {{"/0", "[0]"}, {"/", "."}});
}

class Patterns : public ::testing::Test {
 protected:
  void Expect(const Place& place, const std::string& text) {
    SCOPED_TRACE(absl::StrCat(place.path, ": \"", text, "\""));
    const Json::json_pointer path(place.path);
    const Json& schema = SchemaAt(kind_, path);
    Json document = Smallest(kind_);
    Put(kind_, path, text, &document);
    const Verdict verdict = ReaderSays(place, ReaderPath(place.path), document);
    if (verdict == Verdict::kOutOfBounds) {
      EXPECT_TRUE(FitsPattern(schema, text));
    } else {
      EXPECT_EQ(SchemaTakes(schema, text), verdict == Verdict::kGood);
    }
    ++(verdict == Verdict::kBad ? refused_ : taken_);
  }

  const Json kind_ = Kinds(ReadSchema())["Plan"];
  int taken_ = 0;
  int refused_ = 0;
};

TEST_F(Patterns, TakeWhatTheReaderTakes) {
  for (const Place& place : Places()) {
    for (const std::string& text : place.texts) Expect(place, text);
  }
}

TEST_F(Patterns, TakeWhatTheReaderTakesByChance) {
  std::mt19937 random(1);
  for (const Place& place : Places()) {
    taken_ = refused_ = 0;
    for (int i = 0; i < kSamples; ++i) {
      std::string text;
      for (size_t length = 1 + random() % kLongest; length > 0; --length) {
        text += place.pieces[random() % place.pieces.size()];
      }
      Expect(place, text);
    }
    EXPECT_GT(taken_, 0) << place.path;
    EXPECT_GT(refused_, 0) << place.path;
  }
}

}  // namespace
}  // namespace rollout::manifest
