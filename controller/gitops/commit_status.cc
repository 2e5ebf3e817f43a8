// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_status.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/utf8.h"

namespace rollout::gitops {
namespace {

// GitHub's limit, of characters; a byte is one at most.
constexpr size_t kMaxDescription = 140;

}  // namespace

const char* StateName(CommitState state) {
  switch (state) {
    case CommitState::kPending:
      return "pending";
    case CommitState::kSuccess:
      return "success";
    case CommitState::kFailure:
      return "failure";
    case CommitState::kError:
      return "error";
  }
  return "error";
}

std::string ContextOf(const CommitStatus& status) {
  return absl::StrCat("rollout/", status.source);
}

std::string ShortDescription(const CommitStatus& status) {
  std::string text = ToUtf8(status.description);
  if (text.size() <= kMaxDescription) return text;
  constexpr absl::string_view kMore = "...";
  text.resize(kMaxDescription - kMore.size());
  text.resize(ValidUtf8Prefix(text));
  return absl::StrCat(text, kMore);
}

}  // namespace rollout::gitops
