// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/value_name.h"

#include "absl/strings/str_replace.h"

namespace rollout::ctl {

std::string ValueName(const Flag& flag) {
  if (flag.is_switch()) return "";
  // "INT:INT in [1 - 65535]", "TEXT:{client,server}".
  const std::string name = flag.type();
  const size_t words = name.find(":{");
  if (words == name.npos) return name.substr(0, name.find(':'));
  return absl::StrReplaceAll(name.substr(words + 2, name.size() - words - 3),
                             {{",", "|"}});
}

}  // namespace rollout::ctl
