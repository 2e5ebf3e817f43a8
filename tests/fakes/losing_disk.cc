// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/losing_disk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollout::store {
namespace {

// The smallest that any disk writes whole.
constexpr size_t kSectorBytes = 512;

absl::string_view BaseName(absl::string_view name) {
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

// A write, or a truncation to `offset`.
struct LosingDisk::Change {
  bool truncates = false;
  size_t offset = 0;
  std::string bytes;

  size_t end() const { return offset + bytes.size(); }

  void ApplyTo(std::string* content) const {
    if (truncates) {
      content->resize(std::min(offset, content->size()));
      return;
    }
    content->resize(std::max(content->size(), end()));
    content->replace(offset, bytes.size(), bytes);
  }

  // A write, cut at the borders of sectors.
  std::vector<Change> Sectors() const {
    std::vector<Change> sectors;
    for (size_t at = offset; at < end();) {
      size_t next = std::min(end(), (at / kSectorBytes + 1) * kSectorBytes);
      sectors.push_back({false, at, bytes.substr(at - offset, next - at)});
      at = next;
    }
    return sectors;
  }
};

class LosingDisk::File {
 public:
  std::string name;
  // As programs see it.
  std::string content;
  // As it was synced last, and what came since.
  std::string synced;
  std::vector<Change> unsynced;
};

void LosingDisk::DieAt(int64_t change) {
  MutexLock lock(&mutex_);
  changes_left_ = change;
}

void LosingDisk::Die() {
  MutexLock lock(&mutex_);
  alive_ = false;
}

bool LosingDisk::alive() const {
  MutexLock lock(&mutex_);
  return alive_;
}

std::string LosingDisk::died_at() const {
  MutexLock lock(&mutex_);
  return died_at_;
}

bool LosingDisk::Survives(absl::string_view verb, const std::string& name) {
  if (changes_left_ <= 0 || --changes_left_ > 0) return true;
  alive_ = false;
  died_at_ = absl::StrCat(verb, " ", BaseName(name));
  return false;
}

void LosingDisk::RestartProgram() {
  MutexLock lock(&mutex_);
  alive_ = true;
  changes_left_ = 0;
  died_at_.clear();
}

void LosingDisk::RestartMachine() {
  RestartProgram();
  MutexLock lock(&mutex_);
  std::set<std::string> names;
  for (const auto& [name, file] : directory_) names.insert(name);
  for (const auto& [name, file] : synced_) names.insert(name);
  Directory remaining;
  for (const std::string& name : names) {
    const Directory& kept = Chance(50) ? directory_ : synced_;
    auto found = kept.find(name);
    if (found == kept.end()) continue;
    auto file = std::make_shared<File>();
    file->name = name;
    file->content = Remains(*found->second);
    file->synced = file->content;
    remaining[name] = std::move(file);
  }
  directory_ = remaining;
  synced_ = std::move(remaining);
}

std::string LosingDisk::Remains(const File& file) {
  // From all to nothing, so that either is not as rare as many coins make it.
  const int kept = static_cast<int>(random_() % 101);
  std::string content = file.synced;
  for (const Change& change : file.unsynced) {
    if (Chance(kept)) {
      change.ApplyTo(&content);
    } else if (change.truncates) {
      continue;
    } else if (Chance(50)) {
      Lose(change, &content);
    } else {
      for (const Change& sector : change.Sectors()) {
        Chance(50) ? sector.ApplyTo(&content) : Lose(sector, &content);
      }
    }
  }
  return content;
}

// The file may have grown all the same, and then holds anything there.
void LosingDisk::Lose(const Change& write, std::string* content) {
  if (write.end() <= content->size() || !Chance(25)) return;
  Change garbage = write;
  for (char& byte : garbage.bytes) byte = static_cast<char>(random_());
  garbage.ApplyTo(content);
}

std::shared_ptr<LosingDisk::File> LosingDisk::Open(const std::string& name) {
  MutexLock lock(&mutex_);
  auto found = directory_.find(name);
  if (!alive_ || found == directory_.end()) return nullptr;
  return found->second;
}

std::shared_ptr<LosingDisk::File> LosingDisk::Create(const std::string& name) {
  MutexLock lock(&mutex_);
  if (!alive_) return nullptr;
  auto file = std::make_shared<File>();
  file->name = name;
  if (name.empty()) return file;
  directory_[name] = file;
  return Survives("create", name) ? file : nullptr;
}

bool LosingDisk::Remove(const std::string& name) {
  MutexLock lock(&mutex_);
  if (!alive_) return false;
  directory_.erase(name);
  return Survives("remove", name);
}

bool LosingDisk::SyncDirectory() {
  MutexLock lock(&mutex_);
  if (!alive_ || !Survives("sync", "directory")) return false;
  if (syncs_ == Syncs::kEverything) synced_ = directory_;
  return true;
}

bool LosingDisk::Read(const File& file, size_t offset, size_t size,
                      std::string* bytes) {
  MutexLock lock(&mutex_);
  if (!alive_) return false;
  bytes->clear();
  if (offset < file.content.size()) *bytes = file.content.substr(offset, size);
  return true;
}

bool LosingDisk::Write(File& file, size_t offset, absl::string_view bytes) {
  MutexLock lock(&mutex_);
  if (!alive_) return false;
  file.unsynced.push_back({false, offset, std::string(bytes)});
  file.unsynced.back().ApplyTo(&file.content);
  return Survives("write", file.name);
}

bool LosingDisk::Truncate(File& file, size_t size) {
  MutexLock lock(&mutex_);
  if (!alive_) return false;
  file.unsynced.push_back({true, size, ""});
  file.unsynced.back().ApplyTo(&file.content);
  return Survives("truncate", file.name);
}

bool LosingDisk::Sync(File& file) {
  MutexLock lock(&mutex_);
  if (!alive_ || !Survives("sync", file.name)) return false;
  if (syncs_ == Syncs::kNothing) return true;
  for (const Change& change : std::exchange(file.unsynced, {})) {
    change.ApplyTo(&file.synced);
  }
  return true;
}

size_t LosingDisk::SizeOf(const File& file) const {
  MutexLock lock(&mutex_);
  return file.content.size();
}

}  // namespace rollout::store
