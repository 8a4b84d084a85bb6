# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for airforce-video. The tool itself knows its commands and options; this only asks it.

_airforce_video() {
  local current=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
  # bash takes "--model=x" for three words; the tool reads it as one.
  local -a words=()
  local i word
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = && ${#words[@]} -gt 0 ]]; then
      words[-1]+==
    elif [[ ${#words[@]} -gt 0 && ${words[-1]} == --*= ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  [[ $current == = ]] && current=
  local -a answers
  mapfile -t answers < <("${COMP_WORDS[0]}" --complete "${words[@]}" 2>/dev/null)
  if [[ ${answers[0]} == @files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  COMPREPLY=("${answers[@]}")
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == --*= ]] && compopt -o nospace 2>/dev/null
}

complete -F _airforce_video airforce-video
