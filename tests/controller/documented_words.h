// SPDX-License-Identifier: Apache-2.0
//
// The words of docs/formats/conditions.md, for tests that hold it and the code
// together.

#ifndef TESTS_CONTROLLER_DOCUMENTED_WORDS_H_
#define TESTS_CONTROLLER_DOCUMENTED_WORDS_H_

#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace rollout {

// Of each row in the section's table, what stands in backquotes before the last
// cell: "Progressing False Baking".
std::set<std::string> DocumentedWords(absl::string_view section);

}  // namespace rollout

#endif  // TESTS_CONTROLLER_DOCUMENTED_WORDS_H_
