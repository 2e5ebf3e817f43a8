// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/forge_statuses.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"

namespace rollout::gitops {
namespace {

std::string Body(const CommitStatus& status) {
  nlohmann::json body = {{"state", StateName(status.state)},
                         {"context", ContextOf(status)},
                         {"description", ShortDescription(status)}};
  if (!status.target_url.empty()) body["target_url"] = status.target_url;
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<std::string> ReadToken(FileSystem& files,
                                      const std::string& path) {
  ASSIGN_OR_RETURN(std::string token, files.Read(path));
  absl::StripAsciiWhitespace(&token);
  const bool is_word = !token.empty() && std::all_of(token.begin(), token.end(),
                                                     absl::ascii_isgraph);
  if (!is_word) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": not a token: write the forge's token and nothing else"));
  }
  return token;
}

// Unavailable: another try may help.
absl::Status Judge(int http_status) {
  if (http_status >= 200 && http_status < 300) return absl::OkStatus();
  const std::string said =
      absl::StrCat("the forge answered with status ", http_status);
  if (http_status >= 500 || http_status == 408 || http_status == 429) {
    return absl::UnavailableError(said);
  }
  if (http_status == 401 || http_status == 403 || http_status == 404) {
    return absl::PermissionDeniedError(
        absl::StrCat(said,
                     ": give it a token that may write commit statuses of this "
                     "repository"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(said, ": look at the address of its API"));
}

}  // namespace

ForgeStatuses::ForgeStatuses(std::map<std::string, Forge> forges,
                             FileSystem& files, const HttpBounds& bounds)
    : forges_(std::move(forges)), files_(files), exchange_(bounds) {}

bool ForgeStatuses::Takes(const std::string& source) const {
  return forges_.count(source) != 0;
}

absl::Status ForgeStatuses::Send(const CommitStatus& status) {
  const Forge& forge = forges_.at(status.source);
  ASSIGN_OR_RETURN(std::string token, ReadToken(files_, forge.token_file));
  HttpQuestion question;
  question.method = "POST";
  question.url = absl::StrCat(forge.api, "/repos/", forge.repository,
                              "/statuses/", status.commit);
  question.headers = {{"Authorization", absl::StrCat("token ", token)},
                      {"Accept", "application/json"},
                      {"Content-Type", "application/json"}};
  question.body = Body(status);
  question.ca_file = forge.ca_file;
  ASSIGN_OR_RETURN(HttpAnswer answer, exchange_.Ask(question));
  return Judge(answer.status);
}

std::string ForgeStatuses::PlaceOf(const std::string& source) const {
  return forges_.at(source).api;
}

}  // namespace rollout::gitops
