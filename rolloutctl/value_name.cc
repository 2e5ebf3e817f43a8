// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/value_name.h"

#include "CLI/CLI.hpp"

namespace rollout::ctl {

std::string ValueName(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  // "INT:INT in [1 - 65535]".
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

}  // namespace rollout::ctl
