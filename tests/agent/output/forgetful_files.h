// SPDX-License-Identifier: Apache-2.0
//
// A file system whose listings pass over some names, as those of a large
// directory do that changes meanwhile.

#ifndef TESTS_AGENT_OUTPUT_FORGETFUL_FILES_H_
#define TESTS_AGENT_OUTPUT_FORGETFUL_FILES_H_

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"

namespace rollout::output {

class ForgetfulFiles : public PosixFileSystem {
 public:
  explicit ForgetfulFiles(std::set<std::string> passed_over)
      : passed_over_(std::move(passed_over)) {}

  absl::StatusOr<std::vector<std::string>> List(
      absl::string_view directory) override {
    absl::StatusOr<std::vector<std::string>> names =
        PosixFileSystem::List(directory);
    if (!names.ok()) return names;
    names->erase(std::remove_if(names->begin(), names->end(),
                                [this](const std::string& name) {
                                  return passed_over_.count(name) > 0;
                                }),
                 names->end());
    return names;
  }

 private:
  const std::set<std::string> passed_over_;
};

}  // namespace rollout::output

#endif  // TESTS_AGENT_OUTPUT_FORGETFUL_FILES_H_
