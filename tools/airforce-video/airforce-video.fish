# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for airforce-video. The tool knows its commands, options and values; this asks it.

function __airforce_video_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l prefix ''
    if string match -qr -- '^--[^=]*=' "$current"
        set prefix (string match -r -- '^--[^=]*=' "$current")
    end
    set -l answers ($words[1] --complete $words[2..-1] "$current" 2>/dev/null)
    if test "$answers[1]" = @files
        set answers (__fish_complete_path (string replace -- "$prefix" '' "$current"))
    end
    for answer in $answers
        echo -- $prefix$answer
    end
end

complete -c airforce-video -f -a '(__airforce_video_complete)'
