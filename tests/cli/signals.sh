# A signal ends the process by that signal, with nothing printed and no file left.
for signal in INT TERM HUP; do
    timeout --preserve-status -s $signal 0.7 toy_tool --hold -o report.tsv x
    echo "$signal: [exit $?]"
done
ls -A

# One signal is enough for a process that waits on a pipe nobody reads.
{
    timeout --preserve-status -s TERM 0.7 toy_tool --rows=200000 x
    echo "[exit $?]" >code
} | sleep 1.2
cat code

# What was ignored stays ignored, as under nohup.
(
    trap '' HUP
    toy_tool --wait x &
    sleep 0.4
    kill -HUP $!
    sleep 0.2
    kill -TERM $!
    wait $!
    echo "[exit $?]"
) 2>said # where the shell may add a word of its own
grep ready said
