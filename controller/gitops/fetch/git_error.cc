// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/git_error.h"

#include <git2.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "controller/gitops/fetch/printable.h"

namespace rollout::gitops {
namespace {

// libgit2 keeps no errno; these are in its messages.
bool SaysOneOf(absl::string_view message,
               const std::vector<absl::string_view>& phrases) {
  const std::string lower = absl::AsciiStrToLower(message);
  return std::any_of(phrases.begin(), phrases.end(),
                     [&lower](absl::string_view phrase) {
                       return absl::StrContains(lower, phrase);
                     });
}

bool IsShortage(const git_error& error, absl::string_view message) {
  return error.klass == GIT_ERROR_NOMEMORY ||
         SaysOneOf(message,
                   {"cannot allocate memory", "out of memory", "no space left",
                    "disk quota exceeded", "file too large"});
}

bool IsTheOtherEnds(int error_class) {
  switch (error_class) {
    case GIT_ERROR_NET:
    case GIT_ERROR_HTTP:
    case GIT_ERROR_SSH:
    case GIT_ERROR_SSL:
      return true;
    default:
      return false;
  }
}

absl::StatusCode RemoteCode(int result, const git_error& error,
                            absl::string_view message) {
  if (result == GIT_EAUTH || result == GIT_ECERTIFICATE) {
    return absl::StatusCode::kPermissionDenied;
  }
  // Statuses of HTTP, then what git and forges say by SSH.
  if (SaysOneOf(message, {"status code: 401", "status code: 403",
                          "permission denied", "access denied"})) {
    return absl::StatusCode::kPermissionDenied;
  }
  // Of a key that may only read; our own disk may say the like.
  if (IsTheOtherEnds(error.klass) &&
      SaysOneOf(message, {"read only", "read-only", "not allowed to push",
                          "write access"})) {
    return absl::StatusCode::kPermissionDenied;
  }
  if (SaysOneOf(message, {"status code: 404", "status code: 410",
                          "not appear to be a git repo", "not found"})) {
    return absl::StatusCode::kNotFound;
  }
  return IsTheOtherEnds(error.klass) ? absl::StatusCode::kUnavailable
                                     : absl::StatusCode::kDataLoss;
}

// Both, from what libgit2 keeps of the last error in this thread.
absl::Status StatusOf(int result, bool remote) {
  if (result >= 0) return absl::OkStatus();
  static const git_error kUnknown = {nullptr, GIT_ERROR_NONE};
  const git_error* last = git_error_last();
  const git_error& error = last == nullptr ? kUnknown : *last;
  std::string message =
      error.message == nullptr || *error.message == '\0'
          ? absl::StrCat("libgit2 gave error ", result)
          : Printable(absl::StripAsciiWhitespace(error.message), 500);
  if (IsShortage(error, message)) return absl::ResourceExhaustedError(message);
  return absl::Status(
      remote ? RemoteCode(result, error, message) : absl::StatusCode::kDataLoss,
      message);
}

}  // namespace

absl::Status RemoteStatus(int result) { return StatusOf(result, true); }

absl::Status CopyStatus(int result) { return StatusOf(result, false); }

}  // namespace rollout::gitops
