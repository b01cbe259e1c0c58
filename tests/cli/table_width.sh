# The table on a terminal: empty columns are left out, and what is longer than a line is
# wrapped at blanks; a path stays whole. Other formats have every column.
command -v script >/dev/null || {
    echo "script is not installed" >&2
    exit 77
}
on_terminal() { # COMMAND WIDTH
    script -qec "stty cols $2; $1" /dev/null | tr -d '\r'
}
export TERM=xterm
printf 'label,weight\ncat,1\ndog,2\ncat,3\n' >a-rather-long-name-of-a-table.csv
on_terminal 'dsinspect balance --color=never a-rather-long-name-of-a-table.csv:label' 60
on_terminal 'dsinspect balance --color=never a-rather-long-name-of-a-table.csv:label' 60 |
    sed '1,/^$/d' | awk 'length > 60'
on_terminal 'dsinspect info --color=never a-rather-long-name-of-a-table.csv' 40
dsinspect balance -q --format=csv a-rather-long-name-of-a-table.csv:label | head -n 1
