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
zpty shell zsh -f -i
zpty -w shell "PS1= PROMPT2= RPS1= TERM=dumb; fpath=($PWD/functions \$fpath)"
zpty -w shell 'autoload -U compinit; compinit -D -u; LISTMAX=1000; setopt nobeep; n=0'
# Prints the line after completion, numbered, instead of running it.
zpty -w shell 'show() { print -r -- "<$((++n)):$BUFFER>"; BUFFER=; zle send-break }'
zpty -w shell 'zle -N show; bindkey "^I" complete-word; bindkey "^X" show'
zpty -w shell 'print begin""ning'
zpty -r -m shell junk '*beginning*'
integer asked=0
try() {
    ((++asked))
    zpty -n -w shell "$1"$'\t'$'\x18'
    zpty -r -m shell got "*<$asked:*>*"
    print -r -- "$1 -> ${${got##*<$asked:}%%>*}"
}
try 'dsinspect comp'
try 'dsinspect inf'
try 'dsinspect completion fi'
try 'dsinspect help compl'
try 'dsinspect info --format=nd'
try 'dsinspect info --exc'
try 'dsinspect info -f cs'
try 'dsinspect balance --labels=pho'
try 'dsinspect info pho'
try 'dsinspect balance --weights=eff'
END
timeout 60 zsh -f driver
