// SPDX-License-Identifier: Apache-2.0
//
// The rules of the tree that a compiler does not keep: who may include what,
// what a file begins with, how long it may be.

#ifndef TESTS_TIDY_RULES_H_
#define TESTS_TIDY_RULES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rollout::tidy {

// What is wrong with one file, each as "PATH:LINE: what is wrong, and what is
// right". `path` is relative to the root of the tree. Pure.
std::vector<std::string> Complaints(absl::string_view path,
                                    absl::string_view text);

}  // namespace rollout::tidy

#endif  // TESTS_TIDY_RULES_H_
