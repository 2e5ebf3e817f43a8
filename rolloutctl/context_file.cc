// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/context_file.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::ctl {
namespace {

namespace fs = std::filesystem;

// As the XDG Base Directory Specification has it: a relative one is ignored.
std::string DefaultPath() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/') {
    return absl::StrCat(config, "/rolloutctl/config.yaml");
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return "";
  return absl::StrCat(home, "/.config/rolloutctl/config.yaml");
}

absl::Status Failed(const std::string& what, const std::error_code& error) {
  return absl::ErrnoToStatus(error.value(), what);
}

}  // namespace

absl::StatusOr<std::string> AbsolutePath(const std::string& path) {
  if (path.empty()) return path;
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return Failed(absl::StrCat("cannot find ", path), error);
  return absolute.string();
}

absl::StatusOr<ContextFile> ContextFile::Locate(FileSystem& files,
                                                const std::string& named) {
  if (named.empty()) return ContextFile(files, DefaultPath(), true);
  ASSIGN_OR_RETURN(std::string path, AbsolutePath(named));
  return ContextFile(files, path, false);
}

absl::StatusOr<Contexts> ContextFile::Read() const {
  Contexts none;
  none.path = path_.empty() ? "~/.config/rolloutctl/config.yaml" : path_;
  if (path_.empty()) return none;
  auto text = files_.Read(path_);
  if (is_default_ && absl::IsNotFound(text.status())) return none;
  RETURN_IF_ERROR(text.status());
  return ParseContexts(path_, *text);
}

absl::StatusOr<Context> ContextFile::Use(const std::string& name) {
  // Says which contexts there are where there is no file.
  ASSIGN_OR_RETURN(Contexts contexts, Read());
  ASSIGN_OR_RETURN(Context context, contexts.Find(name));
  std::error_code error;
  // A link stays one: what it leads to is replaced.
  const std::string target = fs::canonical(path_, error).string();
  const auto mode = fs::status(path_, error).permissions();
  if (error) return Failed(absl::StrCat("cannot find ", path_), error);
  ASSIGN_OR_RETURN(std::string text, files_.Read(target));
  ASSIGN_OR_RETURN(std::string edited, WithCurrent(path_, text, name));
  RETURN_IF_ERROR(files_.WriteAtomically(target, edited));
  fs::permissions(target, mode, error);
  if (error)
    return Failed(absl::StrCat("cannot set the mode of ", target), error);
  return context;
}

}  // namespace rollout::ctl
