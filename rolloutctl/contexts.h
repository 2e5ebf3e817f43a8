// SPDX-License-Identifier: Apache-2.0
//
// Named fleets and which of them is the current one, as people write them
// down: docs/formats/rolloutctl-config.md.
//
// Pure values and functions, safe from any thread.

#ifndef ROLLOUTCTL_CONTEXTS_H_
#define ROLLOUTCTL_CONTEXTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rolloutctl/connection.h"

namespace rollout::ctl {

struct Context {
  std::string name;
  // The files' paths are absolute.
  ConnectionSettings settings;
};

struct Contexts {
  // Where they stand; absolute. Errors show it.
  std::string path;
  // Empty: none is the current one. May name one that is not there: that is
  // an error for who needs it, and mended by `config use`.
  std::string current;
  // In the order of the file.
  std::vector<Context> all;

  // NotFound: there is no such context; names the nearest, or all.
  absl::StatusOr<Context> Find(const std::string& name) const;
};

// InvalidArgument: what is wrong, each with its place. `path` is absolute; the
// files that contexts name are relative to its directory.
absl::StatusOr<Contexts> ParseContexts(const std::string& path,
                                       absl::string_view text);

// The text with `name` as the current one and not a letter changed besides.
// Errors are those of ParseContexts and Find; FailedPrecondition: `current` is
// written in a way that only a person can change.
absl::StatusOr<std::string> WithCurrent(const std::string& path,
                                        absl::string_view text,
                                        const std::string& name);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONTEXTS_H_
