# Completion of smtui for fish. It asks smtui itself, which reads files only.
function __smtui_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l lines (_SMTUI_COMPLETE=fish $program $words[2..-1] "$current" </dev/null 2>/dev/null)
    printf '%s\n' $lines[2..-1]
    switch "$lines[1]"
        case 'files*'
            __fish_complete_path "$current"
        case 'folders*'
            __fish_complete_directories "$current"
    end
end
complete -c smtui -f -a '(__smtui_complete)'
