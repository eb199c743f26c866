#compdef smtui
# Completion of smtui for zsh. It asks smtui itself, which reads files only.
_smtui() {
    local program=${(Q)words[1]} head line
    local -a before lines found shown blank
    [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}
    before=("${(@Q)words[2,CURRENT-1]}")
    lines=("${(@f)$(_SMTUI_COMPLETE=zsh "$program" "${before[@]}" "${(Q)PREFIX}" </dev/null 2>/dev/null)}")
    head=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        found+=("${line%%$'\t'*}")
        if [[ -n ${line#*$'\t'} ]]; then
            shown+=("${line%%$'\t'*}  -- ${line#*$'\t'}")
        else
            shown+=("${line%%$'\t'*}")
        fi
    done
    [[ $head == *open ]] && blank=(-S '')
    (( $#found )) && compadd "${blank[@]}" -l -d shown -- "${(@)found}"
    case $head in
        files*) _files ;;
        folders*) _files -/ ;;
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _smtui "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _smtui smtui
fi
