// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/command_page.h"

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

std::string PathOf(const CommandParser& command) {
  const CommandParser* parent = command.parent();
  return parent == nullptr ? command.name()
                           : absl::StrCat(PathOf(*parent), " ", command.name());
}

// "KIND", "PLAN": of a choice by what it is called, else by its value.
std::string ArgumentName(const Flag& argument) {
  const std::string value = ValueName(argument);
  return IsChoice(value) || value == "TEXT"
             ? absl::AsciiStrToUpper(argument.name())
             : value;
}

// "-o, --output table|json|yaml"
std::string FlagName(const Flag& flag) {
  std::vector<std::string> names;
  for (const std::string& name : flag.short_names())
    names.push_back("-" + name);
  for (const std::string& name : flag.long_names()) {
    names.push_back("--" + name);
  }
  const std::string value = ValueName(flag);
  return absl::StrCat(absl::StrJoin(names, ", "), value.empty() ? "" : " ",
                      value);
}

std::string WhatOf(const Flag& option, absl::string_view choice) {
  const std::string usual = option.shown_default();
  return absl::StrCat(
      option.what(), choice.empty() ? "" : ": ",
      absl::StrReplaceAll(choice, {{"|", ", "}}),
      usual.empty() ? "" : absl::StrCat(" (default: ", usual, ")"));
}

void AddArgument(const Flag& argument, CommandPage& page) {
  const bool is_list = argument.is_list();
  const std::string name =
      absl::StrCat(ArgumentName(argument), is_list ? "..." : "");
  const std::string value = ValueName(argument);
  absl::StrAppend(&page.usage, argument.is_required() ? " " : " [", name,
                  argument.is_required() ? "" : "]");
  page.arguments.push_back(
      {name, WhatOf(argument, IsChoice(value) ? value : "")});
}

void AddFlag(const Flag& flag, CommandPage& page) {
  if (flag.is_required()) {
    absl::StrAppend(&page.usage, " ", flag.name(), " ", ValueName(flag));
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

CommandPage PageOf(const CommandParser& command) {
  CommandPage page;
  page.path = PathOf(command);
  page.what = command.what();
  page.usage = page.path;
  bool has_choice = false;
  for (const Flag& option : command.flags()) {
    if (option.is_argument()) {
      AddArgument(option, page);
    } else if (option.name() != "--help") {
      AddFlag(option, page);
      has_choice = has_choice || !option.is_required();
    }
  }
  if (has_choice) absl::StrAppend(&page.usage, " [flags]");
  AddFooter(command.footer(), page);
  return page;
}

void AddPages(const CommandParser& command, std::vector<CommandPage>& pages) {
  if (command.commands().empty() || command.parent() == nullptr) {
    pages.push_back(PageOf(command));
  }
  for (const auto& child : command.commands()) AddPages(*child, pages);
}

}  // namespace

std::vector<CommandPage> CommandPages(const CommandParser& root) {
  std::vector<CommandPage> pages;
  AddPages(root, pages);
  return pages;
}

}  // namespace rollout::ctl
