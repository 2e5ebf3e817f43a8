// SPDX-License-Identifier: Apache-2.0

#include "agent/output/rotation.h"

#include <utility>
#include <vector>

#include "agent/output/compress.h"
#include "agent/output/line_reader.h"
#include "base/status_macros.h"

namespace rollout::output {
namespace {

constexpr absl::Duration kCompressAgainAfter = absl::Minutes(1);

// Its first write may have been cut short by a full disk.
absl::StatusOr<bool> HasLine(const std::string& path) {
  auto reader = LineReader::OpenPlain(path);
  if (absl::IsNotFound(reader.status())) return false;
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(std::optional<Line> line, (*reader)->Next());
  return line.has_value();
}

}  // namespace

absl::Status Rotation::Pass(const RotationPolicy& policy, absl::Time now) {
  absl::StatusOr<OutputFiles> found = ListOutputFiles(files_, directory_);
  if (absl::IsNotFound(found.status())) return absl::OkStatus();
  RETURN_IF_ERROR(found.status());
  absl::Status status = CleanUp(&*found);
  status.Update(Rotate(policy, now, &*found));
  // Before it needs room, room is made.
  status.Update(Prune(policy, &*found));
  status.Update(Compress(*found, now));
  return status;
}

absl::Status Rotation::CleanUp(OutputFiles* found) {
  absl::Status status;
  for (const std::string& leftover : found->leftovers) {
    status.Update(files_.RemoveAll(leftover));
  }
  for (auto& [number, file] : found->rotated) {
    if (!file.plain || !file.compressed) continue;
    status.Update(files_.RemoveAll(PlainPath(directory_, number)));
    file.plain = false;
  }
  return status;
}

bool Rotation::IsDue(const RotationPolicy& policy, const FileInfo& live,
                     absl::Time now) {
  if (!seen_since_) seen_since_ = now;
  if (live.size == 0) return false;
  const absl::Time begun = live.begun.value_or(*seen_since_);
  return live.size >= policy.size || now - begun >= policy.every;
}

absl::Status Rotation::Rotate(const RotationPolicy& policy, absl::Time now,
                              OutputFiles* found) {
  absl::StatusOr<FileInfo> live = files_.Stat(LivePath(directory_));
  if (absl::IsNotFound(live.status())) {
    seen_since_.reset();
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(live.status());
  if (!IsDue(policy, *live, now)) return absl::OkStatus();
  const int64_t number =
      found->rotated.empty() ? 1 : found->rotated.rbegin()->first + 1;
  RETURN_IF_ERROR(
      files_.Rename(LivePath(directory_), PlainPath(directory_, number)));
  seen_since_.reset();
  found->rotated[number].plain = true;
  return absl::OkStatus();
}

absl::Status Rotation::Prune(const RotationPolicy& policy, OutputFiles* found) {
  absl::Status status;
  while (found->rotated.size() > static_cast<size_t>(policy.keep)) {
    const auto [number, file] = *found->rotated.begin();
    if (file.plain) {
      status.Update(files_.RemoveAll(PlainPath(directory_, number)));
    }
    if (file.compressed) {
      status.Update(files_.RemoveAll(CompressedPath(directory_, number)));
    }
    found->rotated.erase(number);
  }
  return status;
}

absl::Status Rotation::Compress(const OutputFiles& found, absl::Time now) {
  if (now < compress_after_) return absl::OkStatus();
  for (const auto& [number, file] : found.rotated) {
    if (!file.plain) continue;
    if (number == found.rotated.rbegin()->first) {
      // The shim may still write to the newest one; and one that begins anew
      // reads there how far the lines are numbered.
      ASSIGN_OR_RETURN(bool left, HasLine(LivePath(directory_)));
      if (!left) continue;
    }
    const std::string plain = PlainPath(directory_, number);
    const std::string unfinished = UnfinishedPath(directory_, number);
    absl::Status compressed = CompressFile(plain, unfinished);
    if (!compressed.ok()) {
      compress_after_ = now + kCompressAgainAfter;
      return compressed;
    }
    RETURN_IF_ERROR(
        files_.Rename(unfinished, CompressedPath(directory_, number)));
    RETURN_IF_ERROR(files_.RemoveAll(plain));
  }
  return absl::OkStatus();
}

}  // namespace rollout::output
