// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/notify_message.h"

#include <algorithm>

#include "absl/strings/str_split.h"

namespace rollout::shim {

bool SaysReady(absl::string_view datagram, bool cut) {
  if (cut) {
    size_t end = datagram.rfind('\n');
    if (end == absl::string_view::npos) return false;
    datagram = datagram.substr(0, end);
  }
  auto lines = absl::StrSplit(datagram, '\n');
  return std::find(lines.begin(), lines.end(), "READY=1") != lines.end();
}

}  // namespace rollout::shim
