// SPDX-License-Identifier: Apache-2.0
//
// The command line of a program: its commands, their flags and arguments, and
// what reads them. CLI11 does the work and is included by command_parser.cc
// alone: its header takes longer to compile than all else of a file.
//
// A parser owns its flags and the commands below it: their addresses stay, and
// they end with it. Variables are filled by Parse and must outlive it. Flags
// that cannot be (a name twice, Needs of one that is not there) end the program
// as it starts: CLI11 throws, and nobody catches. Not thread-safe.

#ifndef BASE_COMMAND_PARSER_H_
#define BASE_COMMAND_PARSER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rollout {

// What stands behind a command: a flag with its value ("--output json"), a
// switch ("--watch"), or an argument, which is known by its place ("PLAN").
class Flag {
 public:
  explicit Flag(CLI::Option* option) : option_(option) {}

  // What --help calls the value, in place of TEXT, INT or UINT.
  Flag& Type(const std::string& name);
  Flag& Required();
  // --help shows what the variable holds now.
  Flag& ShowDefault();
  // Of a list: each value has the flag before it ("-f A -f B"), so that what
  // stands behind one is an argument.
  Flag& OneValueEach();
  // Any other value is a wrong one. --help shows which are right.
  Flag& OneOf(const std::vector<std::string>& words);
  Flag& InRange(int64_t least, int64_t most);
  Flag& Positive();
  // By the name of one that was added to the same command before: given without
  // it, or together with it, is wrong.
  Flag& Needs(const std::string& other);
  Flag& Excludes(const std::string& other);

  // "--output", or "-o" where there is no long one, or the argument's name.
  std::string name() const;
  // Without hyphens; of an argument: none.
  const std::vector<std::string>& short_names() const;
  const std::vector<std::string>& long_names() const;
  bool HasName(const std::string& name) const;
  bool is_argument() const;
  // It stands alone: --watch.
  bool is_switch() const;
  // It takes several values.
  bool is_list() const;
  bool is_required() const;
  // So many values at most.
  int most_values() const;
  const std::string& what() const;
  // With what is checked behind it: "INT:INT in [1 - 65535]".
  std::string type() const;
  // As of ShowDefault; else empty.
  std::string shown_default() const;

 private:
  CLI::Option* option_;
};

class CommandParser {
 public:
  // Of a program, with --help.
  CommandParser(const std::string& name, const std::string& what);
  ~CommandParser();
  CommandParser(const CommandParser&) = delete;
  CommandParser& operator=(const CommandParser&) = delete;

  // A command below this one. It takes the flags of this one as well.
  CommandParser& AddCommand(const std::string& name, const std::string& what);

  Flag& AddArgument(const std::string& name, std::string& value,
                    const std::string& what);
  Flag& AddArgument(const std::string& name, std::vector<std::string>& values,
                    const std::string& what);

  // `names` are "--output" or "-o,--output".
  Flag& AddFlag(const std::string& names, std::string& value,
                const std::string& what);
  Flag& AddFlag(const std::string& names, std::vector<std::string>& values,
                const std::string& what);
  Flag& AddFlag(const std::string& names, int32_t& value,
                const std::string& what);
  Flag& AddFlag(const std::string& names, int64_t& value,
                const std::string& what);
  Flag& AddFlag(const std::string& names, uint32_t& value,
                const std::string& what);
  Flag& AddFlag(const std::string& names, uint64_t& value,
                const std::string& what);
  Flag& AddSwitch(const std::string& names, bool& value,
                  const std::string& what);
  // --version, which prints this.
  void AddVersion(const std::string& version);
  // What --help ends with, in place of what was set before.
  void SetFooter(const std::string& footer);

  // Of a program only. `words` are without its name. Returns what is to be
  // printed instead of running; empty: run. InvalidArgument: wrong words;
  // variables may be filled in part. Those not named keep what they hold.
  absl::StatusOr<std::string> Parse(std::vector<std::string> words);
  // The words named this command.
  bool was_given() const;
  // The command below this one that they named; null: none.
  const CommandParser* given_command() const;

  // As --help prints it, of the command that was given, if any.
  std::string Help() const;
  const std::string& name() const;
  std::string what() const;
  std::string footer() const;
  // Null: of a program.
  const CommandParser* parent() const { return parent_; }
  // In the order of --help, which is the first of the flags.
  const std::vector<std::unique_ptr<CommandParser>>& commands() const {
    return commands_;
  }
  const std::deque<Flag>& flags() const { return flags_; }

 private:
  CommandParser(CommandParser& parent, CLI::App* app);
  Flag& Add(CLI::Option* option);

  // Null: the parent's CLI::App owns it.
  std::unique_ptr<CLI::App> owned_;
  CLI::App* app_;
  const CommandParser* parent_ = nullptr;
  std::vector<std::unique_ptr<CommandParser>> commands_;
  std::deque<Flag> flags_;
};

}  // namespace rollout

#endif  // BASE_COMMAND_PARSER_H_
