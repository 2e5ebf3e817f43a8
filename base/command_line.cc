// SPDX-License-Identifier: Apache-2.0

#include "base/command_line.h"

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/version.h"

namespace rollout {

absl::StatusOr<std::string> ParseCommandLine(CLI::App& app,
                                             const std::string& name, int argc,
                                             const char* const* argv) {
  app.set_version_flag("--version", absl::StrCat(name, " ", kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return app.help();
  } catch (const CLI::CallForVersion&) {
    return app.version() + "\n";
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(error.what(), ": see --help"));
  }
  return std::string();
}

}  // namespace rollout
