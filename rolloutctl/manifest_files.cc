// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/manifest_files.h"

#include <errno.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "rolloutctl/render/words.h"

namespace rollout::ctl {
namespace {

namespace fs = std::filesystem;

absl::Status TooLarge(const std::string& what, size_t limit) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " more than ", limit >> 20,
                   " MiB: is it a manifest? If so, split it"));
}

absl::StatusOr<v1::ManifestFile> ReadStream(const std::string& name,
                                            std::istream& in) {
  std::string content(kMaxManifestBytes + 1, '\0');
  in.read(content.data(), content.size());
  if (in.bad()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(name, ": cannot be read"));
  }
  content.resize(in.gcount());
  if (content.size() > kMaxManifestBytes) {
    return TooLarge(absl::StrCat(name, ": holds"), kMaxManifestBytes);
  }
  size_t valid = ValidUtf8Prefix(content);
  if (valid < content.size()) {
    auto line = std::count(content.begin(), content.begin() + valid, '\n') + 1;
    return absl::InvalidArgumentError(
        absl::StrCat(name, ":", line, ": this is not UTF-8 text"));
  }
  v1::ManifestFile file;
  file.set_path(name);
  file.set_content(std::move(content));
  return file;
}

absl::StatusOr<v1::ManifestFile> ReadFile(const std::string& name) {
  std::error_code error;
  // Reading one opens well and then fails without a word.
  if (fs::is_directory(name, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": this is a directory where a file should be"));
  }
  std::ifstream in(name, std::ios::binary);
  if (!in.is_open()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(name, ": cannot be read"));
  }
  return ReadStream(name, in);
}

absl::StatusOr<std::vector<std::string>> ListManifests(
    const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string extension = entry->path().extension().string();
    if (extension == ".yaml" || extension == ".yml") {
      names.push_back(entry->path().string());
    }
  }
  if (error) {
    return absl::ErrnoToStatus(error.value(),
                               absl::StrCat(directory, ": cannot be read"));
  }
  if (names.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": there is no *.yaml or *.yml in it"));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

absl::StatusOr<std::vector<v1::ManifestFile>> ReadManifests(
    const std::vector<std::string>& names, std::istream& in) {
  std::vector<v1::ManifestFile> files;
  size_t total = 0;
  auto add = [&](absl::StatusOr<v1::ManifestFile> file) -> absl::Status {
    RETURN_IF_ERROR(file.status());
    total += file->content().size();
    if (total > kMaxApplyBytes) {
      return TooLarge("the manifests together hold", kMaxApplyBytes);
    }
    files.push_back(*std::move(file));
    return absl::OkStatus();
  };
  for (const std::string& name : names) {
    std::error_code error;
    if (name == "-") {
      RETURN_IF_ERROR(add(ReadStream(name, in)));
    } else if (fs::is_directory(name, error)) {
      ASSIGN_OR_RETURN(std::vector<std::string> listed, ListManifests(name));
      for (const std::string& each : listed)
        RETURN_IF_ERROR(add(ReadFile(each)));
    } else {
      RETURN_IF_ERROR(add(ReadFile(name)));
    }
  }
  return files;
}

std::vector<manifest::ManifestText> ManifestTexts(
    const std::vector<v1::ManifestFile>& files) {
  std::vector<manifest::ManifestText> texts;
  for (const v1::ManifestFile& file : files) {
    texts.push_back({file.path(), file.content()});
  }
  return texts;
}

void NoteSources(const std::vector<v1::ManifestFile>& files,
                 std::ostream& err) {
  for (const manifest::ParsedSource& source :
       manifest::ReadManifests(ManifestTexts(files)).sources) {
    err << "rolloutctl: left out "
        << render::Printable(manifest::ToString(source.place))
        << ": a document of kind Source is read from the repository that a "
           "source of the controller follows\n";
  }
}

}  // namespace rollout::ctl
