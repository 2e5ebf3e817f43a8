// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/commit_facts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "controller/gitops/fetch/printable.h"

namespace rollout::gitops {
namespace {

constexpr size_t kMostBytes = 200;
// What google.protobuf.Timestamp may hold: the years 1 to 9999.
constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;

}  // namespace

void SetCommitFacts(const git_commit& commit, FetchResult* result) {
  char digits[GIT_OID_HEXSZ + 1];
  result->set_commit(
      git_oid_tostr(digits, sizeof digits, git_commit_id(&commit)));
  const git_signature& author = *git_commit_author(&commit);
  result->set_author(Printable(
      absl::StrCat(author.name, " <", author.email, ">"), kMostBytes));
  result->mutable_committed()->set_seconds(
      std::clamp<int64_t>(git_commit_time(&commit), kFirstSecond, kLastSecond));
  absl::string_view message = git_commit_message(&commit);
  result->set_subject(Printable(
      absl::StripAsciiWhitespace(message.substr(0, message.find('\n'))),
      kMostBytes));
}

}  // namespace rollout::gitops
