// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_review.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rollout::gitops {
namespace {

manifest::Manifests Read(const FetchResult& fetched) {
  std::vector<manifest::ManifestText> texts;
  for (const File& file : fetched.files()) {
    texts.push_back({file.path(), file.content()});
  }
  return manifest::ReadManifests(texts);
}

// What is wrong with the commit by itself, a line for each.
std::vector<std::string> ErrorsOf(const FetchResult& fetched,
                                  const manifest::Manifests& read,
                                  const SourceSettings& settings) {
  std::vector<std::string> errors;
  for (const Problem& problem : fetched.problems()) {
    errors.push_back(
        problem.path().empty()
            ? problem.message()
            : absl::StrCat(problem.path(), ":1:1: ", problem.message()));
  }
  for (const manifest::ManifestError& error : read.errors) {
    // Without anything this is all it says; we know better what to do.
    if (error.rule == manifest::ManifestError::Rule::kPlans &&
        read.plans.empty() && read.sources.empty()) {
      continue;
    }
    errors.push_back(manifest::ToString(error));
  }
  for (const manifest::ParsedSource& source : read.sources) {
    if (source.name.empty() || source.name == settings.name) continue;
    errors.push_back(absl::StrCat(
        manifest::ToString(source.place), ": source \"", source.name,
        "\" is not the one that is read here: the controller calls it \"",
        settings.name, "\": set metadata.name to that, or move the document"));
  }
  return errors;
}

}  // namespace

absl::StatusOr<ReviewedCommit> ReviewCommit(const FetchResult& fetched,
                                            const SourceSettings& settings) {
  manifest::Manifests read = Read(fetched);
  const std::vector<std::string> errors = ErrorsOf(fetched, read, settings);
  if (!errors.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
  }
  ReviewedCommit commit;
  if (!read.sources.empty()) commit.declared = read.sources.front().settings;
  commit.policy = PolicyInForce(settings.policy, commit.declared);
  if (read.plans.empty() && !commit.policy.allow_empty) {
    const std::string& path = settings.fetch.path();
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no plan ",
        path.empty() ? "in the repository" : absl::StrCat("below ", path),
        ": if that is meant, set allowEmpty for the source"));
  }
  commit.plans = std::move(read.plans);
  return commit;
}

}  // namespace rollout::gitops
