# Completion in fish, which answers on its own command line.
command -v fish >/dev/null || {
    echo "fish is not installed" >&2
    exit 77
}
HOME=$PWD/home
mkdir home
export HOME
unset XDG_CONFIG_HOME XDG_DATA_HOME
dsinspect completion fish >script.fish
: >photo.png
cat >driver.fish <<'END'
source script.fish
function try
    echo "\$ $argv[1]|"
    complete -C $argv[1] | string replace -r '\t.*' '' | sed 's/^/  /'
end
try 'dsinspect in'
try 'dsinspect --v'
try 'dsinspect help inf'
try 'dsinspect completion '
try 'dsinspect completion --'
try 'dsinspect info --form'
try 'dsinspect info --format='
try 'dsinspect info --format n'
try 'dsinspect info -f cs'
try 'dsinspect info --threads '
try 'dsinspect balance --labels=pho'
try 'dsinspect info pho'
try 'dsinspect info --no'
try 'dsinspect balance --weights=e'
END
timeout 60 fish --no-config driver.fish
