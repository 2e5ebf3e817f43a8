// SPDX-License-Identifier: Apache-2.0
//
// Owners of libgit2's objects, and how a function of its gives one.

#ifndef CONTROLLER_GITOPS_FETCH_GIT_HANDLE_H_
#define CONTROLLER_GITOPS_FETCH_GIT_HANDLE_H_

#include <git2.h>

#include <memory>

namespace rollout::gitops {

template <typename T, void (*kFree)(T*)>
struct GitFree {
  void operator()(T* object) const { kFree(object); }
};

template <typename T, void (*kFree)(T*)>
using GitHandle = std::unique_ptr<T, GitFree<T, kFree>>;

using GitRepository = GitHandle<git_repository, git_repository_free>;
using GitRemote = GitHandle<git_remote, git_remote_free>;
using GitCommit = GitHandle<git_commit, git_commit_free>;
using GitTree = GitHandle<git_tree, git_tree_free>;
using GitBlob = GitHandle<git_blob, git_blob_free>;
using GitObjects = GitHandle<git_odb, git_odb_free>;

// Stands for a libgit2 function's "T** out"; for the one call it is made in.
template <typename T, void (*kFree)(T*)>
class Receive {
 public:
  // `handle` is filled when this goes, and must outlive it.
  explicit Receive(GitHandle<T, kFree>* handle) : handle_(handle) {}
  ~Receive() { handle_->reset(received_); }
  Receive(const Receive&) = delete;
  Receive& operator=(const Receive&) = delete;

  T** out() { return &received_; }

 private:
  GitHandle<T, kFree>* const handle_;
  T* received_ = nullptr;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_GIT_HANDLE_H_
