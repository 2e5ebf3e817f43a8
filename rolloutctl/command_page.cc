// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/command_page.h"

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

constexpr absl::string_view kExamples = "Examples:";

bool IsChoice(const std::string& value) {
  return absl::StrContains(value, "|");
}

std::string PathOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr
             ? command.get_name()
             : absl::StrCat(PathOf(*parent), " ", command.get_name());
}

// "KIND", "PLAN": of a choice by what it is called, else by its value.
std::string ArgumentName(const CLI::Option& argument) {
  const std::string value = ValueName(argument);
  return IsChoice(value) || value == "TEXT"
             ? absl::AsciiStrToUpper(argument.get_name(/*positional=*/true))
             : value;
}

// "-o, --output table|json|yaml"
std::string FlagName(const CLI::Option& flag) {
  std::vector<std::string> names;
  for (const std::string& name : flag.get_snames()) names.push_back("-" + name);
  for (const std::string& name : flag.get_lnames()) {
    names.push_back("--" + name);
  }
  const std::string value = ValueName(flag);
  return absl::StrCat(absl::StrJoin(names, ", "), value.empty() ? "" : " ",
                      value);
}

std::string WhatOf(const CLI::Option& option, absl::string_view choice) {
  const std::string usual = option.get_default_str();
  return absl::StrCat(
      option.get_description(), choice.empty() ? "" : ": ",
      absl::StrReplaceAll(choice, {{"|", ", "}}),
      usual.empty() ? "" : absl::StrCat(" (default: ", usual, ")"));
}

void AddArgument(const CLI::Option& argument, CommandPage& page) {
  const bool is_list = argument.get_items_expected_max() > 1;
  const std::string name =
      absl::StrCat(ArgumentName(argument), is_list ? "..." : "");
  const std::string value = ValueName(argument);
  absl::StrAppend(&page.usage, argument.get_required() ? " " : " [", name,
                  argument.get_required() ? "" : "]");
  page.arguments.push_back(
      {name, WhatOf(argument, IsChoice(value) ? value : "")});
}

void AddFlag(const CLI::Option& flag, CommandPage& page) {
  if (flag.get_required()) {
    absl::StrAppend(&page.usage, " --", flag.get_lnames()[0], " ",
                    ValueName(flag));
  }
  page.flags.push_back({FlagName(flag), WhatOf(flag, "")});
}

// The footer: paragraphs, and examples, which are indented.
void AddFooter(const std::string& footer, CommandPage& page) {
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) page.notes.push_back(paragraph);
    paragraph.clear();
  };
  for (absl::string_view line : absl::StrSplit(footer, '\n')) {
    if (line.empty() || line == kExamples) {
      end_paragraph();
    } else if (absl::ConsumePrefix(&line, "  ")) {
      page.examples.push_back(std::string(line));
    } else {
      absl::StrAppend(&paragraph, paragraph.empty() ? "" : " ", line);
    }
  }
  end_paragraph();
}

CommandPage PageOf(const CLI::App& command) {
  CommandPage page;
  page.path = PathOf(command);
  page.what = command.get_description();
  page.usage = page.path;
  bool has_choice = false;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      AddArgument(*option, page);
    } else if (option != command.get_help_ptr()) {
      AddFlag(*option, page);
      has_choice = has_choice || !option->get_required();
    }
  }
  if (has_choice) absl::StrAppend(&page.usage, " [flags]");
  AddFooter(command.get_footer(), page);
  return page;
}

void AddPages(const CLI::App& command, std::vector<CommandPage>& pages) {
  const std::vector<const CLI::App*> children = command.get_subcommands({});
  if (children.empty() || command.get_parent() == nullptr) {
    pages.push_back(PageOf(command));
  }
  for (const CLI::App* child : children) AddPages(*child, pages);
}

}  // namespace

std::vector<CommandPage> CommandPages(const CLI::App& root) {
  std::vector<CommandPage> pages;
  AddPages(root, pages);
  return pages;
}

}  // namespace rollout::ctl
