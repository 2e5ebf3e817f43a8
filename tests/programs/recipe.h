// SPDX-License-Identifier: Apache-2.0
//
// What makes one program different from the next.

#ifndef TESTS_PROGRAMS_RECIPE_H_
#define TESTS_PROGRAMS_RECIPE_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/load/protocol.h"

namespace rollout::programs {

// One version of a program.
struct Edition {
  int number = 0;
  std::string port;
};

// A file of an artifact.
struct NamedText {
  std::string name;
  std::string text;
};

struct Recipe {
  std::string name;
  // Files of this directory that go into the artifact, with @ADDRESS@,
  // @VERSION@ and @SHARED@, a directory of all versions, put in.
  std::vector<std::string> sources;
  // Further ones, made for the version.
  std::function<std::vector<NamedText>(const Edition&)> texts;
  // With host values.
  std::function<std::vector<std::string>(const Edition&)> command;
  // As in Version.
  std::string signal = "TERM";
  std::string handover = "intercept";
  std::string settings;
  std::string readiness;
  load::Protocol protocol = load::Http("/");
  std::function<std::string(int number)> answer;
};

// All whose artifact is a tar file.
std::vector<Recipe> Recipes();

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_RECIPE_H_
