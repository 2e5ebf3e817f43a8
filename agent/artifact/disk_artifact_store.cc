// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/disk_artifact_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/artifact/sealed_tree.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::artifact {
namespace {

absl::Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("cannot rename ", from, " to ", to));
}

// The time of last use is the home's time of modification.
bool Use(const std::string& home, const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return false;
  utimensat(AT_FDCWD, home.c_str(), nullptr, 0);
  return true;
}

absl::Time LastUse(const std::string& home) {
  struct stat info;
  if (stat(home.c_str(), &info) != 0) return absl::InfinitePast();
  return absl::TimeFromTimespec(info.st_mtim);
}

// Moves the whole artifact home. One digest in both formats shares a home.
absl::Status Publish(const std::string& whole, const std::string& entry,
                     const std::string& home) {
  if (rename(whole.c_str(), home.c_str()) == 0) return absl::OkStatus();
  if (errno != ENOTEMPTY && errno != EEXIST) return Rename(whole, home);
  const std::string from = absl::StrCat(whole, "/", entry);
  const std::string to = absl::StrCat(home, "/", entry);
  // Only root may move a directory that is read-only.
  chmod(from.c_str(), 0755);
  RETURN_IF_ERROR(Rename(from, to));
  RETURN_IF_ERROR(SealTree(to));
  return SyncDirectory(home);
}

// What can't be removed is removed at the next start.
void RemoveIncoming(const std::string& path) {
  absl::Status removed = RemoveTree(path);
  if (!removed.ok()) LogWarning("artifact store: ", removed.message());
}

}  // namespace

DiskArtifactStore::DiskArtifactStore(const std::string& directory,
                                     const PrepareSettings& settings)
    : directory_(directory), settings_(settings) {
  settings_.download.cancelled = [this] { return cancelled_.load(); };
}

absl::StatusOr<std::unique_ptr<DiskArtifactStore>> DiskArtifactStore::Open(
    const std::string& directory, const PrepareSettings& settings) {
  RETURN_IF_ERROR(RemoveTree(directory + "/incoming"));
  RETURN_IF_ERROR(PosixFileSystem().MakeDirectories(directory));
  for (const char* name : {"", "/incoming", "/sha256"}) {
    RETURN_IF_ERROR(MakeOpenDirectory(absl::StrCat(directory, name)));
  }
  RETURN_IF_ERROR(SyncDirectory(directory));
  return std::unique_ptr<DiskArtifactStore>(
      new DiskArtifactStore(directory, settings));
}

std::string DiskArtifactStore::Home(const std::string& digest) const {
  return absl::StrCat(directory_, "/sha256/", digest);
}

std::string DiskArtifactStore::NewIncoming() {
  return absl::StrCat(directory_, "/incoming/", ++incoming_);
}

absl::StatusOr<std::string> DiskArtifactStore::Fetch(
    const v1::Artifact& artifact) {
  RETURN_IF_ERROR(CheckArtifact(artifact));
  const std::string home = Home(artifact.sha256());
  const std::string path = PathOf(artifact);
  auto flight = std::make_shared<Flight>();
  std::string incoming;
  {
    MutexLock lock(&mutex_);
    if (Use(home, path)) return path;
    auto [position, first] = flights_.emplace(path, flight);
    if (!first) {
      flight = position->second;
      while (!flight->done) landed_.Wait(&mutex_);
      RETURN_IF_ERROR(flight->status);
      return path;
    }
    incoming = NewIncoming();
  }
  absl::Status brought = Bring(artifact, incoming);
  MutexLock lock(&mutex_);
  flights_.erase(path);
  *flight = {true, brought};
  landed_.NotifyAll();
  RETURN_IF_ERROR(brought);
  return path;
}

std::string DiskArtifactStore::PathOf(const v1::Artifact& artifact) const {
  return absl::StrCat(Home(artifact.sha256()), "/", EntryName(artifact));
}

absl::Status DiskArtifactStore::Bring(const v1::Artifact& artifact,
                                      const std::string& incoming) const {
  if (mkdir(incoming.c_str(), 0700) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", incoming));
  }
  absl::Cleanup remove = [&] { RemoveIncoming(incoming); };
  RETURN_IF_ERROR(Prepare(artifact, incoming, settings_));
  RETURN_IF_ERROR(Publish(incoming + "/whole", EntryName(artifact),
                          Home(artifact.sha256())));
  return SyncDirectory(directory_ + "/sha256");
}

absl::Status DiskArtifactStore::Prune(const std::vector<std::string>& wanted,
                                      int keep) {
  ASSIGN_OR_RETURN(std::vector<std::string> taken, TakeOut(wanted, keep));
  for (const std::string& path : taken) RETURN_IF_ERROR(RemoveTree(path));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> DiskArtifactStore::TakeOut(
    const std::vector<std::string>& wanted, int keep) {
  ASSIGN_OR_RETURN(std::vector<std::string> digests,
                   PosixFileSystem().List(directory_ + "/sha256"));
  MutexLock lock(&mutex_);
  std::vector<std::pair<absl::Time, std::string>> unwanted;
  for (const std::string& digest : digests) {
    std::string home = Home(digest);
    if (std::count(wanted.begin(), wanted.end(), digest) == 0 &&
        !InFlight(home)) {
      unwanted.emplace_back(LastUse(home), std::move(home));
    }
  }
  // The most recently used first.
  std::sort(unwanted.rbegin(), unwanted.rend());
  std::vector<std::string> taken;
  for (size_t i = std::max(keep, 0); i < unwanted.size(); ++i) {
    std::string incoming = NewIncoming();
    RETURN_IF_ERROR(Rename(unwanted[i].second, incoming));
    taken.push_back(std::move(incoming));
  }
  return taken;
}

bool DiskArtifactStore::InFlight(const std::string& home) const {
  auto next = flights_.lower_bound(home);
  return next != flights_.end() && absl::StartsWith(next->first, home);
}

}  // namespace rollout::artifact
