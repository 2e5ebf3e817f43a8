// SPDX-License-Identifier: Apache-2.0
//
// Writes the files of a PKI directory: whole or not at all, and with the mode
// they need from the first byte on.

#ifndef ROLLOUTCTL_PKI_KEY_FILES_H_
#define ROLLOUTCTL_PKI_KEY_FILES_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rollout::pki {

constexpr mode_t kPublicMode = 0644;
constexpr mode_t kPrivateMode = 0600;

// Both write aside, fsync, then give the file its name; errors carry the path.

// AlreadyExists: there is such a file; it stays as it is.
absl::Status WriteNewFile(const std::string& path, absl::string_view content,
                          mode_t mode);

// Takes the place of a file that is there.
absl::Status ReplaceFile(const std::string& path, absl::string_view content,
                         mode_t mode);

}  // namespace rollout::pki

#endif  // ROLLOUTCTL_PKI_KEY_FILES_H_
