# Completion of smtui for bash. It asks smtui itself, which reads files only.
_smtui_complete() {
    local program=$1 head='' hosts='' line
    COMPREPLY=()
    case $program in
        '~/'*) program=$HOME/${program#'~/'} ;;
    esac
    shopt -q hostcomplete && hosts=@
    while IFS= read -r line; do
        if [[ -z $head ]]; then
            head=$line
        else
            COMPREPLY+=("$line")
        fi
    done < <(_SMTUI_COMPLETE=bash "$program" \
        "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" "$hosts" </dev/null 2>/dev/null)
    # bash 3.2, which macOS has, lacks compopt: no files are offered there.
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        case $head in
            files*) compopt -o default +o nospace 2>/dev/null ;;
            folders*) compopt -o dirnames +o nospace 2>/dev/null ;;
        esac
    fi
}
complete -o nospace -o nosort -F _smtui_complete smtui 2>/dev/null || complete -o nospace -F _smtui_complete smtui
