// SPDX-License-Identifier: Apache-2.0

#include "base/command_parser.h"

#include <algorithm>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollout {

Flag& Flag::Type(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Flag& Flag::Required() {
  option_->required();
  return *this;
}

Flag& Flag::ShowDefault() {
  option_->capture_default_str();
  return *this;
}

Flag& Flag::OneValueEach() {
  option_->allow_extra_args(false);
  return *this;
}

Flag& Flag::OneOf(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

Flag& Flag::InRange(int64_t least, int64_t most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Flag& Flag::Positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Flag& Flag::Needs(const std::string& other) {
  option_->needs(other);
  return *this;
}

Flag& Flag::Excludes(const std::string& other) {
  option_->excludes(other);
  return *this;
}

std::string Flag::name() const {
  if (!long_names().empty()) return absl::StrCat("--", long_names()[0]);
  if (!short_names().empty()) return absl::StrCat("-", short_names()[0]);
  return option_->get_name(/*positional=*/true);
}

const std::vector<std::string>& Flag::short_names() const {
  return option_->get_snames();
}

const std::vector<std::string>& Flag::long_names() const {
  return option_->get_lnames();
}

bool Flag::HasName(const std::string& name) const {
  return option_->check_name(name);
}

bool Flag::is_argument() const { return option_->get_positional(); }

bool Flag::is_switch() const { return most_values() == 0; }

bool Flag::is_list() const { return most_values() > 1; }

bool Flag::is_required() const { return option_->get_required(); }

int Flag::most_values() const { return option_->get_items_expected_max(); }

const std::string& Flag::what() const { return option_->get_description(); }

std::string Flag::type() const { return option_->get_type_name(); }

std::string Flag::shown_default() const { return option_->get_default_str(); }

CommandParser::CommandParser(const std::string& name, const std::string& what)
    : owned_(std::make_unique<CLI::App>(what, name)), app_(owned_.get()) {
  // These two hold for the commands below as well. The program's flags may
  // stand behind a command.
  app_->fallthrough();
  // Not one or more: a mistyped command would only be told that one is missing.
  app_->require_subcommand(0, 1);
  Add(app_->get_help_ptr());
}

CommandParser::CommandParser(CommandParser& parent, CLI::App* app)
    : app_(app), parent_(&parent) {
  Add(app_->get_help_ptr());
}

CommandParser::~CommandParser() = default;

CommandParser& CommandParser::AddCommand(const std::string& name,
                                         const std::string& what) {
  commands_.emplace_back(
      new CommandParser(*this, app_->add_subcommand(name, what)));
  return *commands_.back();
}

Flag& CommandParser::AddArgument(const std::string& name, std::string& value,
                                 const std::string& what) {
  return Add(app_->add_option(name, value, what));
}

Flag& CommandParser::AddArgument(const std::string& name,
                                 std::vector<std::string>& values,
                                 const std::string& what) {
  return Add(app_->add_option(name, values, what));
}

Flag& CommandParser::AddFlag(const std::string& names, std::string& value,
                             const std::string& what) {
  return Add(app_->add_option(names, value, what));
}

Flag& CommandParser::AddFlag(const std::string& names,
                             std::vector<std::string>& values,
                             const std::string& what) {
  return Add(app_->add_option(names, values, what));
}

Flag& CommandParser::AddFlag(const std::string& names, int32_t& value,
                             const std::string& what) {
  return Add(app_->add_option(names, value, what));
}

Flag& CommandParser::AddFlag(const std::string& names, int64_t& value,
                             const std::string& what) {
  return Add(app_->add_option(names, value, what));
}

Flag& CommandParser::AddFlag(const std::string& names, uint32_t& value,
                             const std::string& what) {
  return Add(app_->add_option(names, value, what));
}

Flag& CommandParser::AddFlag(const std::string& names, uint64_t& value,
                             const std::string& what) {
  return Add(app_->add_option(names, value, what));
}

Flag& CommandParser::AddSwitch(const std::string& names, bool& value,
                               const std::string& what) {
  return Add(app_->add_flag(names, value, what));
}

void CommandParser::AddVersion(const std::string& version) {
  Add(app_->set_version_flag("--version", version));
}

void CommandParser::SetFooter(const std::string& footer) {
  app_->footer(footer);
}

absl::StatusOr<std::string> CommandParser::Parse(
    std::vector<std::string> words) {
  // CLI11 takes them from the end.
  std::reverse(words.begin(), words.end());
  try {
    app_->parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return Help();
  } catch (const CLI::CallForVersion& asked) {
    return absl::StrCat(asked.what(), "\n");
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return std::string();
}

bool CommandParser::was_given() const { return app_->parsed(); }

const CommandParser* CommandParser::given_command() const {
  for (const auto& command : commands_) {
    if (command->was_given()) return command.get();
  }
  return nullptr;
}

std::string CommandParser::Help() const { return app_->help(); }

const std::string& CommandParser::name() const { return app_->get_name(); }

std::string CommandParser::what() const { return app_->get_description(); }

std::string CommandParser::footer() const { return app_->get_footer(); }

Flag& CommandParser::Add(CLI::Option* option) {
  return flags_.emplace_back(option);
}

}  // namespace rollout
