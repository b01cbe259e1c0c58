# Completion in zsh, through a terminal: what Tab makes of the line, and what it lists.
command -v zsh >/dev/null || {
    echo "zsh is not installed" >&2
    exit 77
}
mkdir functions
dsinspect completion zsh >functions/_dsinspect
zsh -n functions/_dsinspect || exit 1
: >photo.png
cat >driver <<'END'
zmodload zsh/zpty
try() {
    zpty shell zsh -f -i
    zpty -w shell "PS1= PROMPT2= RPS1= TERM=dumb; fpath=($PWD/functions \$fpath)"
    zpty -w shell 'autoload -U compinit; compinit -D -u; LISTMAX=1000; setopt nobeep'
    zpty -w shell 'zle -C all complete-word all; all() { _main_complete; }'
    # Prints the line after completion instead of running it.
    zpty -w shell 'show() { print -r -- "<$BUFFER>"; BUFFER= ; zle send-break }; zle -N show'
    zpty -w shell 'bindkey "^I" complete-word; bindkey "^X" show; print begin""ning'
    zpty -r -m shell junk '*beginning*'
    zpty -n -w shell "$1"$'\t'$'\x18'
    zpty -r -m shell got '*<*>*'
    print -r -- "$1 -> ${${got##*<}%%>*}"
    zpty -d shell
}
try 'dsinspect comp'
try 'dsinspect inf'
try 'dsinspect completion fi'
try 'dsinspect help compl'
try 'dsinspect info --format=nd'
try 'dsinspect info --chan'
try 'dsinspect info -f cs'
try 'dsinspect info --labels=pho'
try 'dsinspect info pho'
END
timeout 60 zsh -f driver
