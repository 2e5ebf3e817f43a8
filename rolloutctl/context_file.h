// SPDX-License-Identifier: Apache-2.0
//
// Where contexts are kept: the file the user names, or
// rolloutctl/config.yaml below XDG_CONFIG_HOME or ~/.config.

#ifndef ROLLOUTCTL_CONTEXT_FILE_H_
#define ROLLOUTCTL_CONTEXT_FILE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "rolloutctl/contexts.h"

namespace rollout::ctl {

// The path as the file system wants it; empty stays empty. Errors: there is no
// current directory any more.
absl::StatusOr<std::string> AbsolutePath(const std::string& path);

class ContextFile {
 public:
  // `named` by the user; empty: the default one. `files` must outlive it.
  static absl::StatusOr<ContextFile> Locate(FileSystem& files,
                                            const std::string& named);

  // Without the default file, or a home to look for it in, there are no
  // contexts; without one that was named, NotFound. Else as ParseContexts.
  absl::StatusOr<Contexts> Read() const;

  // Makes `name` the current one: rewrites one line of the file, all at once,
  // and returns that context. Keeps the file's mode, and a link to it.
  // NotFound: there is no file. Else as WithCurrent.
  absl::StatusOr<Context> Use(const std::string& name);

 private:
  ContextFile(FileSystem& files, std::string path, bool is_default)
      : files_(files), path_(std::move(path)), is_default_(is_default) {}

  FileSystem& files_;
  // Empty: nobody says where it would be.
  std::string path_;
  bool is_default_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONTEXT_FILE_H_
