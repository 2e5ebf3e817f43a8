// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/completion.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "rolloutctl/completion_point.h"
#include "rolloutctl/known_names.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

std::vector<Candidate> Flags(const CompletionPoint& point) {
  std::vector<Candidate> flags;
  for (const Flag* flag : FlagsOf(*point.command)) {
    const std::string name = flag->name();
    const bool may_be_repeated = flag->is_list();
    if (may_be_repeated || point.given.count(name) == 0) {
      flags.push_back({name, flag->what()});
    }
  }
  return flags;
}

std::vector<Candidate> Commands(const CompletionPoint& point) {
  std::vector<Candidate> commands;
  for (const auto& command : point.command->commands()) {
    commands.push_back({command->name(), command->what()});
  }
  return commands;
}

std::vector<Candidate> Values(const CompletionPoint& point) {
  const std::string name = ValueName(*point.value);
  if (name == kFileValue) return {{":files", ""}};
  if (name == kDirectoryValue) return {{":directories", ""}};
  if (!absl::StrContains(name, "|")) return KnownNames(name, point);
  std::vector<Candidate> words;
  for (absl::string_view word : absl::StrSplit(name, '|')) {
    words.push_back({std::string(word), ""});
  }
  return words;
}

void Print(const std::vector<Candidate>& candidates,
           const CompletionPoint& point, std::ostream& out) {
  for (const Candidate& candidate : candidates) {
    const bool is_for_shell = absl::StartsWith(candidate.value, ":");
    if (!is_for_shell && !absl::StartsWith(candidate.value, point.partial)) {
      continue;
    }
    // A controller's names reach a terminal.
    out << (is_for_shell ? "" : render::Printable(point.fixed))
        << render::Printable(candidate.value);
    if (!candidate.what.empty()) {
      out << "\t" << render::Printable(candidate.what);
    }
    out << "\n";
  }
}

}  // namespace

void Complete(const CommandParser& root, const std::vector<std::string>& words,
              Console& console) {
  const CompletionPoint point = FindCompletionPoint(root, words);
  if (point.at_flag) Print(Flags(point), point, console.out);
  if (point.at_command) Print(Commands(point), point, console.out);
  if (point.value != nullptr) Print(Values(point), point, console.out);
  console.out.flush();
}

}  // namespace rollout::ctl
