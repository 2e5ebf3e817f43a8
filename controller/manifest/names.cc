// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/names.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace rollout::manifest {
namespace {

bool IsLowerOrDigit(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c);
}

bool IsName(absl::string_view name) {
  if (name.empty() || name.size() > 63) return false;
  if (!IsLowerOrDigit(name.front()) || !IsLowerOrDigit(name.back())) {
    return false;
  }
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

bool IsAccount(absl::string_view name) {
  absl::ConsumeSuffix(&name, "$");
  if (name.empty() || name.size() > 32) return false;
  if (!absl::ascii_isalpha(name[0]) && name[0] != '_') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("_.-", c);
  });
}

bool IsVariable(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

}  // namespace

std::string ReadName(const YamlValue& value) {
  std::string name = value.String();
  if (!name.empty() && !IsName(name)) {
    value.Error(absl::StrCat(
        "\"", name,
        "\" is not a name: use at most 63 of a-z, 0-9 and '-', with a letter "
        "or digit at both ends"));
  }
  if (name.empty() && value.present()) value.Error("a name can't be empty");
  return name;
}

std::string ReadAccount(const YamlValue& value) {
  std::string name = value.String();
  if (!name.empty() && !IsAccount(name)) {
    value.Error(absl::StrCat("\"", name,
                             "\" is not the name of a user or group (numbers "
                             "are not taken)"));
  }
  return name;
}

std::string ReadSignal(const YamlValue& value, absl::string_view fallback) {
  static const auto* const kSignals = new std::vector<absl::string_view>{
      "TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "KILL"};
  std::string name = value.String(fallback);
  if (std::find(kSignals->begin(), kSignals->end(), name) == kSignals->end()) {
    value.Error(
        absl::StrCat("\"", name, "\" is none of ", OneOfText(*kSignals)));
  }
  return name;
}

void CheckVariableName(const YamlValue& value, absl::string_view name) {
  if (!IsVariable(name)) {
    value.Error(absl::StrCat("\"", name,
                             "\" can't name a variable: use letters, digits "
                             "and '_', no digit first"));
  } else if (name == "LISTEN_FDS" || name == "LISTEN_PID" ||
             name == "LISTEN_FDNAMES" || name == "NOTIFY_SOCKET") {
    value.Error(absl::StrCat(name, " is set by the handover: leave it out"));
  }
}

void CheckLimitName(const YamlValue& value, absl::string_view name) {
  static const auto* const kLimits = new std::vector<absl::string_view>{
      "as",      "core",     "cpu",        "data",   "fsize", "locks",
      "memlock", "msgqueue", "nice",       "nofile", "nproc", "rss",
      "rtprio",  "rttime",   "sigpending", "stack"};
  if (std::find(kLimits->begin(), kLimits->end(), name) != kLimits->end()) {
    return;
  }
  value.Error(absl::StrCat("there is no limit \"", name, "\" (there are: ",
                           absl::StrJoin(*kLimits, ", "), ")"));
}

}  // namespace rollout::manifest
