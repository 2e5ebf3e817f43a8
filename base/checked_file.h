// SPDX-License-Identifier: Apache-2.0
//
// A small state file that tells when it was damaged: a line with the SHA-256
// of what follows, then the content.

#ifndef BASE_CHECKED_FILE_H_
#define BASE_CHECKED_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/file_system.h"

namespace rollout {

// Replaces the file as FileSystem::WriteAtomically does; its errors.
absl::Status WriteCheckedFile(FileSystem& files, absl::string_view path,
                              absl::string_view content);

// The content as it was written. NotFound: no such file. DataLoss: damaged;
// the file is where it was.
absl::StatusOr<std::string> ReadCheckedFile(FileSystem& files,
                                            absl::string_view path);

// Renames a damaged file to PATH.corrupt-TIME, for a person to look at, and
// returns that name.
absl::StatusOr<std::string> SetAside(FileSystem& files, absl::string_view path,
                                     absl::Time now);

}  // namespace rollout

#endif  // BASE_CHECKED_FILE_H_
