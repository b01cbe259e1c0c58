# Completion in bash. What stands after the dollar is cut into words as bash does it.
command -v bash >/dev/null || {
    echo "bash is not installed" >&2
    exit 77
}
dsinspect completion bash >script
: >photo.png
: >'two words.npy'
bash --norc --noprofile <<'END'
set -u
eval "$(cat script)"
compopt() { echo "  compopt $*"; }
complete -p dsinspect
try() {
    echo "\$ $*|"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _dsinspect
    for word in "${COMPREPLY[@]}"; do echo "  $word"; done | sort
}
try dsinspect in
try dsinspect --
try dsinspect nothing x
try dsinspect help inf
try dsinspect completion ''
try dsinspect completion --
try dsinspect info --form
try dsinspect info --no
try dsinspect info --format = ''
try dsinspect info --format = n
try dsinspect info --format=j
try dsinspect info -f cs
try dsinspect info --threads ''
try dsinspect balance --labels = p
try dsinspect balance --labels=p
try dsinspect info ''
try dsinspect info -- --form
try dsinspect info --quiet pho
try dsinspect balance --weights = e
END
