// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/git_library.h"

#include <git2.h>

#include <cstddef>
#include <initializer_list>

#include "base/check.h"

namespace rollout::gitops {
namespace {

// Packs are looked at through windows. libgit2's own are of 1 GiB, and may come
// to 8 GiB.
constexpr size_t kWindowBytes = 16 << 20;
constexpr size_t kWindowsBytes = 128 << 20;
constexpr ssize_t kCacheBytes = 16 << 20;

}  // namespace

GitLibrary::GitLibrary() {
  CHECK(git_libgit2_init() > 0);
  for (int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                    GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, "");
  // A repository that belongs to somebody else is refused by default, because
  // its settings may name programs to run. libgit2 runs none; and file:///
  // repositories belong to whoever pushes, seldom to the controller's user.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, kWindowBytes);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, kWindowsBytes);
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kCacheBytes);
}

GitLibrary::~GitLibrary() { git_libgit2_shutdown(); }

}  // namespace rollout::gitops
