// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/completion_point.h"

#include "absl/strings/match.h"

namespace rollout::ctl {
namespace {

// Goes over the words, as the parser would.
class Walk {
 public:
  explicit Walk(const CommandParser& root) { point_.command = &root; }

  void Pass(const std::string& word) {
    if (awaited_ != nullptr) {
      Note(*awaited_, word);
      awaited_ = nullptr;
    } else if (only_arguments_ || word.size() < 2 || word[0] != '-') {
      PassArgument(word);
    } else if (word == "--") {
      only_arguments_ = true;
    } else {
      PassFlag(word);
    }
  }

  CompletionPoint End(const std::string& word) {
    point_.partial = word;
    point_.value = awaited_;
    if (awaited_ == nullptr && !only_arguments_ &&
        absl::StartsWith(word, "-")) {
      EndInFlag(word);
    } else if (awaited_ == nullptr) {
      point_.at_command = arguments_ == 0;
      point_.value = NextArgument();
    }
    return point_;
  }

 private:
  // What a word that begins with '-' is: a flag with its value, or a part.
  struct FlagWord {
    const Flag* flag = nullptr;
    // With what stands between both: "--output=", "-o".
    std::string name;
    bool has_value = false;
    std::string value;
  };

  FlagWord Split(const std::string& word) const {
    FlagWord split;
    const bool is_long = absl::StartsWith(word, "--");
    const size_t equals = is_long ? word.find('=') : word.npos;
    const size_t size = is_long ? equals : 2;
    split.flag = FindFlag(word.substr(0, size));
    split.has_value = is_long ? equals != word.npos : word.size() > 2;
    split.name = word.substr(0, is_long && split.has_value ? size + 1 : size);
    if (split.has_value) split.value = word.substr(split.name.size());
    return split;
  }

  const Flag* FindFlag(const std::string& name) const {
    for (const Flag* flag : FlagsOf(*point_.command)) {
      if (flag->HasName(name)) return flag;
    }
    return nullptr;
  }

  // The command of that name below this one; null: there is none.
  const CommandParser* FindChild(const std::string& name) const {
    for (const auto& command : point_.command->commands()) {
      if (command->name() == name) return command.get();
    }
    return nullptr;
  }

  // The argument that comes next; null: none does.
  const Flag* NextArgument() const {
    int before = 0;
    for (const Flag& flag : point_.command->flags()) {
      if (!flag.is_argument()) continue;
      before += flag.most_values();
      if (arguments_ < before) return &flag;
    }
    return nullptr;
  }

  void Note(const Flag& flag, const std::string& text) {
    point_.given[flag.name()] = text;
  }

  void PassFlag(const std::string& word) {
    const FlagWord split = Split(word);
    if (split.flag == nullptr) return;
    if (split.flag->is_switch()) {
      Note(*split.flag, "");
      // "-wo": one that takes no value may have others behind it.
      const bool has_more = split.has_value && !absl::StartsWith(word, "--");
      if (has_more) PassFlag("-" + split.value);
    } else if (split.has_value) {
      Note(*split.flag, split.value);
    } else {
      awaited_ = split.flag;
    }
  }

  void PassArgument(const std::string& word) {
    const bool asks_for_help =
        word == "help" && point_.command->parent() == nullptr;
    if (asks_for_help) return;
    const CommandParser* child = FindChild(word);
    if (arguments_ == 0 && child != nullptr) {
      point_.command = child;
      return;
    }
    if (const Flag* argument = NextArgument()) Note(*argument, word);
    ++arguments_;
  }

  void EndInFlag(const std::string& word) {
    const FlagWord split = Split(word);
    if (split.flag != nullptr && split.has_value && !split.flag->is_switch()) {
      point_.value = split.flag;
      point_.fixed = split.name;
      point_.partial = split.value;
    } else {
      point_.at_flag = true;
    }
  }

  CompletionPoint point_;
  // The flag whose value is the next word.
  const Flag* awaited_ = nullptr;
  bool only_arguments_ = false;
  // So many of the command's were passed.
  int arguments_ = 0;
};

}  // namespace

std::string CompletionPoint::Given(const std::string& name) const {
  const auto found = given.find(name);
  return found == given.end() ? "" : found->second;
}

CompletionPoint FindCompletionPoint(const CommandParser& root,
                                    const std::vector<std::string>& words) {
  Walk walk(root);
  for (size_t i = 0; i + 1 < words.size(); ++i) walk.Pass(words[i]);
  return walk.End(words.empty() ? "" : words.back());
}

std::vector<const Flag*> FlagsOf(const CommandParser& command) {
  std::vector<const Flag*> flags;
  for (const CommandParser* at = &command; at != nullptr; at = at->parent()) {
    for (const Flag& flag : at->flags()) {
      if (!flag.is_argument()) flags.push_back(&flag);
    }
  }
  return flags;
}

}  // namespace rollout::ctl
