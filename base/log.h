// SPDX-License-Identifier: Apache-2.0
//
// A line on standard error: time, level, source, message. What collects it
// (journald, supervisord) keeps it.

#ifndef BASE_LOG_H_
#define BASE_LOG_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rollout {

enum class LogLevel { kInfo, kWarning, kError };

// Writes one line with one write(2). Line breaks in `message` are shown as
// "\n". Safe from any thread.
void Log(LogLevel level, absl::string_view message);

template <typename... Args>
void LogInfo(const Args&... args) {
  Log(LogLevel::kInfo, absl::StrCat(args...));
}
template <typename... Args>
void LogWarning(const Args&... args) {
  Log(LogLevel::kWarning, absl::StrCat(args...));
}
template <typename... Args>
void LogError(const Args&... args) {
  Log(LogLevel::kError, absl::StrCat(args...));
}

}  // namespace rollout

#endif  // BASE_LOG_H_
