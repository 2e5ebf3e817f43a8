// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/manifest_files.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/printable.h"

namespace rollout::gitops {
namespace {

constexpr int kMostFiles = 5000;
constexpr size_t kMostFileBytes = 1 << 20;
constexpr size_t kMostBytes = 64 << 20;
constexpr int kMostEntries = 100000;
constexpr int kMostLevels = 64;
constexpr int kMostProblems = 100;

constexpr size_t kShownPathBytes = 500;

bool IsManifestName(absl::string_view name) {
  return absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml");
}

// Collects below one folder.
class Collector {
 public:
  Collector(git_repository* repository, git_odb* objects, FetchResult* result)
      : repository_(repository), objects_(objects), result_(*result) {}

  // `folder` ends in "/", or is the top: "".
  absl::Status Visit(const git_oid& tree_id, const std::string& folder,
                     int level) {
    if (level > kMostLevels) {
      Stop(absl::StrCat("there are more than ", kMostLevels,
                        " folders within each other: have fewer"));
      return absl::OkStatus();
    }
    GitTree tree;
    RETURN_IF_ERROR(CopyStatus(
        git_tree_lookup(Receive(&tree).out(), repository_, &tree_id)));
    const size_t count = git_tree_entrycount(tree.get());
    for (size_t i = 0; i < count && !stopped_; ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      RETURN_IF_ERROR(
          VisitEntry(*entry, folder + git_tree_entry_name(entry), level));
    }
    return absl::OkStatus();
  }

  void AddProblem(absl::string_view path, absl::string_view message) {
    Problem* problem = result_.add_problems();
    problem->set_path(Printable(path, kShownPathBytes));
    problem->set_message(std::string(message));
    if (result_.problems_size() >= kMostProblems) stopped_ = true;
  }

 private:
  void Stop(const std::string& why) {
    AddProblem("", why);
    stopped_ = true;
  }

  absl::Status VisitEntry(const git_tree_entry& entry, const std::string& path,
                          int level) {
    if (++entries_ > kMostEntries) {
      Stop(absl::StrCat("there are more than ", kMostEntries,
                        " files and folders: give the source a path with "
                        "nothing but manifests in it"));
      return absl::OkStatus();
    }
    const git_filemode_t mode = git_tree_entry_filemode(&entry);
    if (mode == GIT_FILEMODE_TREE) {
      return Visit(*git_tree_entry_id(&entry), path + "/", level + 1);
    }
    if (!IsManifestName(path)) return absl::OkStatus();
    if (mode == GIT_FILEMODE_LINK) {
      AddProblem(path, "is a link; links are not followed: put the file there");
    } else if (mode == GIT_FILEMODE_COMMIT) {
      AddProblem(path,
                 "is a submodule; submodules are not fetched: put the files "
                 "there");
    } else if (!IsPrintable(path)) {
      AddProblem(path,
                 "has a name with control characters or bytes that are no "
                 "UTF-8: rename it");
    } else {
      return AddFile(*git_tree_entry_id(&entry), path);
    }
    return absl::OkStatus();
  }

  absl::Status AddFile(const git_oid& id, const std::string& path) {
    // Its size first: what is too large is not read.
    size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    RETURN_IF_ERROR(
        CopyStatus(git_odb_read_header(&size, &type, objects_, &id)));
    if (size > kMostFileBytes) {
      AddProblem(path, absl::StrCat("is of ", size,
                                    " bytes; a manifest may have 1 MiB: split "
                                    "it into several files"));
      return absl::OkStatus();
    }
    if (result_.files_size() >= kMostFiles || bytes_ + size > kMostBytes) {
      Stop(absl::StrCat("there are more than ", kMostFiles,
                        " manifests, or more than 64 MiB of them: divide them "
                        "among several sources by path"));
      return absl::OkStatus();
    }
    bytes_ += size;
    GitBlob blob;
    RETURN_IF_ERROR(
        CopyStatus(git_blob_lookup(Receive(&blob).out(), repository_, &id)));
    absl::string_view content(
        static_cast<const char*>(git_blob_rawcontent(blob.get())), size);
    size_t valid = ValidUtf8Prefix(content);
    if (valid != size) {
      AddProblem(path, absl::StrCat("is not valid UTF-8 after byte ", valid,
                                    ": save it as UTF-8"));
      return absl::OkStatus();
    }
    File* file = result_.add_files();
    file->set_path(path);
    file->set_content(std::string(content));
    return absl::OkStatus();
  }

  git_repository* const repository_;
  git_odb* const objects_;
  FetchResult& result_;
  int entries_ = 0;
  size_t bytes_ = 0;
  bool stopped_ = false;
};

// Where the folder is; nothing, and a problem: not there.
absl::StatusOr<bool> FindFolder(git_repository* repository,
                                const std::string& path, Collector* collector,
                                git_oid* tree_id) {
  std::vector<std::string> names = absl::StrSplit(path, '/', absl::SkipEmpty());
  for (const std::string& name : names) {
    GitTree tree;
    RETURN_IF_ERROR(
        CopyStatus(git_tree_lookup(Receive(&tree).out(), repository, tree_id)));
    const git_tree_entry* entry =
        git_tree_entry_byname(tree.get(), name.c_str());
    if (entry == nullptr ||
        git_tree_entry_filemode(entry) != GIT_FILEMODE_TREE) {
      collector->AddProblem(
          path,
          "is no folder of this commit (a link to one is not followed): put "
          "it there, or set the source's path to where the manifests are");
      return false;
    }
    *tree_id = *git_tree_entry_id(entry);
  }
  return true;
}

// A tree that Git itself would not make may have a name twice.
void RefuseTwins(Collector* collector, FetchResult* result) {
  auto* files = result->mutable_files();
  std::sort(files->pointer_begin(), files->pointer_end(),
            [](const File* a, const File* b) { return a->path() < b->path(); });
  for (int i = 1; i < files->size(); ++i) {
    if (files->Get(i - 1).path() != files->Get(i).path()) continue;
    collector->AddProblem(files->Get(i).path(),
                          "is in its folder twice: the tree is malformed, make "
                          "the commit again with git");
  }
}

}  // namespace

absl::Status AddManifestFiles(const git_commit& commit, const std::string& path,
                              FetchResult* result) {
  git_repository* repository = git_commit_owner(&commit);
  GitObjects objects;
  RETURN_IF_ERROR(
      CopyStatus(git_repository_odb(Receive(&objects).out(), repository)));
  Collector collector(repository, objects.get(), result);
  git_oid folder = *git_commit_tree_id(&commit);
  ASSIGN_OR_RETURN(bool found,
                   FindFolder(repository, path, &collector, &folder));
  if (!found) return absl::OkStatus();
  std::string prefix;
  for (absl::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    absl::StrAppend(&prefix, name, "/");
  }
  RETURN_IF_ERROR(collector.Visit(folder, prefix, 1));
  RefuseTwins(&collector, result);
  return absl::OkStatus();
}

}  // namespace rollout::gitops
