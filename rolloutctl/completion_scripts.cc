// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/completion_scripts.h"

namespace rollout::ctl {
namespace {

// bash takes words apart at ':' and '=' and completes the last part alone, so
// the words are found anew, and what stands before that part is cut off again.
constexpr absl::string_view kBash = R"bash(# rolloutctl's completion for bash
_rolloutctl() {
  local line=${COMP_LINE:0:COMP_POINT} words word before candidate
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[-1]}
  before=${word%"${word##*[:=]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case $candidate in
      :files) compopt -o default ;;
      :directories) compopt -o dirnames ;;
      *) COMPREPLY+=("${candidate#"$before"}") ;;
    esac
  done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _rolloutctl rolloutctl
)bash";

constexpr absl::string_view kZsh = R"zsh(#compdef rolloutctl
_rolloutctl() {
  local line
  local -a values displays
  for line in "${(@f)$(${words[1]} __complete -- \
      "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) compset -P '--*='; _files ;;
      :directories) compset -P '--*='; _files -/ ;;
      *)
        values+=("${line%%$'\t'*}")
        displays+=("${line/$'\t'/  -- }")
        ;;
    esac
  done
  (( $#values )) && compadd -l -d displays -a values
}
if [[ $funcstack[1] == _rolloutctl ]]; then
  _rolloutctl "$@"
else
  compdef _rolloutctl rolloutctl
fi
)zsh";

constexpr absl::string_view kFish = R"fish(# rolloutctl's completion for fish
function __rolloutctl_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l before (string match -r -- '^--[^=]*=' "$word")
    set -l path (string replace -- "$before" '' "$word")
    for line in ($words[1] __complete -- $words[2..-1] "$word" 2>/dev/null)
        switch $line
            case ':files'
                for found in (__fish_complete_path "$path")
                    echo "$before$found"
                end
            case ':directories'
                for found in (__fish_complete_directories "$path" '')
                    echo "$before$found"
                end
            case '*'
                echo $line
        end
    end
end
complete -c rolloutctl -f -a '(__rolloutctl_complete)'
)fish";

}  // namespace

absl::string_view CompletionScript(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

}  // namespace rollout::ctl
