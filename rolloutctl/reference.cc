// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/reference.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/version.h"

namespace rollout::ctl {
namespace {

// A '|' would end a table's cell.
std::string InCell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}});
}

void AddTable(absl::string_view title, const std::vector<PageEntry>& entries,
              std::string& text) {
  if (entries.empty()) return;
  absl::StrAppend(&text, "| ", title, " | |\n|---|---|\n");
  for (const PageEntry& entry : entries) {
    absl::StrAppend(&text, "| `", InCell(entry.name), "` | ",
                    InCell(entry.what), " |\n");
  }
  absl::StrAppend(&text, "\n");
}

void AddCode(const std::vector<std::string>& lines, std::string& text) {
  for (const std::string& line : lines) {
    absl::StrAppend(&text, "    ", line, "\n");
  }
  if (!lines.empty()) absl::StrAppend(&text, "\n");
}

// Text that troff reads as text: no request, no escape, no hyphen for a minus.
std::string Roff(absl::string_view text) {
  const std::string escaped =
      absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}});
  const bool is_request =
      absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'");
  return absl::StrCat(is_request ? "\\&" : "", escaped);
}

void AddLines(absl::string_view text, std::string& page) {
  // A sentence begins a line.
  for (absl::string_view line :
       absl::StrSplit(absl::StrReplaceAll(text, {{". ", ".\n"}}), '\n')) {
    absl::StrAppend(&page, Roff(line), "\n");
  }
}

void AddEntries(const std::vector<PageEntry>& entries, std::string& page) {
  for (const PageEntry& entry : entries) {
    absl::StrAppend(&page, ".TP\n\\fB", Roff(entry.name), "\\fR\n");
    AddLines(entry.what, page);
  }
}

void AddManCommand(const CommandPage& command, std::string& page) {
  absl::StrAppend(&page, ".SS ", Roff(command.path), "\n");
  AddLines(command.what, page);
  absl::StrAppend(&page, ".PP\n\\fB", Roff(command.usage), "\\fR\n");
  AddEntries(command.arguments, page);
  AddEntries(command.flags, page);
  for (const std::string& note : command.notes) {
    absl::StrAppend(&page, ".PP\n");
    AddLines(note, page);
  }
  if (command.examples.empty()) return;
  absl::StrAppend(&page, ".PP\nExamples:\n.PP\n.nf\n.RS 4\n");
  for (const std::string& example : command.examples) {
    absl::StrAppend(&page, Roff(example), "\n");
  }
  absl::StrAppend(&page, ".RE\n.fi\n");
}

}  // namespace

std::string MarkdownReference(const std::vector<CommandPage>& pages) {
  const CommandPage& program = pages[0];
  std::string text = absl::StrCat(
      "# ", program.path, "\n\n", program.what,
      " Made from the program's own help; `", program.path,
      " help COMMAND` shows the same.\n\n## Flags of every command\n\n");
  AddTable("flag", program.flags, text);
  for (size_t i = 1; i < pages.size(); ++i) {
    const CommandPage& page = pages[i];
    absl::StrAppend(&text, "## ", page.path, "\n\n", page.what, "\n\n");
    AddCode({page.usage}, text);
    AddTable("argument", page.arguments, text);
    AddTable("flag", page.flags, text);
    for (const std::string& note : page.notes) {
      absl::StrAppend(&text, note, "\n\n");
    }
    if (!page.examples.empty()) absl::StrAppend(&text, "Examples:\n\n");
    AddCode(page.examples, text);
  }
  // A file ends with one line break.
  text.pop_back();
  return text;
}

std::string ManReference(const std::vector<CommandPage>& pages) {
  const CommandPage& program = pages[0];
  std::string page = absl::StrCat(
      ".TH ROLLOUTCTL 1 ", kVersionDate, " \"Rollout ", kVersion,
      "\"\n.SH NAME\n", program.path,
      " \\- put new binaries on a fleet without losing a connection\n"
      ".SH SYNOPSIS\n.B ",
      program.path, "\n.I command\n[\\fIflags\\fR]\n.SH DESCRIPTION\n");
  AddLines(program.what, page);
  absl::StrAppend(&page, ".SH OPTIONS\nThose of every command:\n");
  AddEntries(program.flags, page);
  absl::StrAppend(&page, ".SH COMMANDS\n");
  for (size_t i = 1; i < pages.size(); ++i) AddManCommand(pages[i], page);
  return page;
}

}  // namespace rollout::ctl
