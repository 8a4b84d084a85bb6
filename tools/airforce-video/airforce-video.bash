# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for airforce-video. The tool knows its commands, options and values; this asks it.

_airforce_video() {
  local IFS=$'\n'
  # bash breaks "--model=x" and "16:9" into words; the tool reads each as one.
  local -a words=()
  local i word joins=
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ ${#words[@]} -gt 0 && ($word == : || ($word == = && ${words[-1]} == --*)) ]]; then
      words[-1]+=$word joins=1
    elif [[ -n $joins ]]; then
      words[-1]+=$word joins=
    else
      words+=("$word")
    fi
  done
  local current=${words[-1]}
  [[ $current == --*=* ]] && current=${current#*=}
  local -a answers
  mapfile -t answers < <("${COMP_WORDS[0]}" --complete "${words[@]}" 2>/dev/null)
  if [[ ${answers[0]} == @files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  answers=("${answers[@]%%$'\t'*}") # without the explanations
  # bash replaces what follows the last colon.
  COMPREPLY=("${answers[@]#"${current%"${current##*:}"}"}")
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == --*= ]] && compopt -o nospace 2>/dev/null
}

complete -F _airforce_video airforce-video
