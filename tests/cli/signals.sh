# A signal ends the process by that signal, with nothing printed and no file left.
for signal in INT TERM HUP; do
    timeout --preserve-status -s $signal 0.7 toy_tool --hold -o report.tsv x
    echo "$signal: [exit $?]"
done
ls -A

# So does every signal that ends a process, in whichever thread it arrives. These are
# the numbers of Linux; the last two are the first and the last real-time signal. The
# shell has a word of its own to say of some.
ulimit -c 0
for number in 1 2 3 6 10 12 14 15 16 24 26 27 29 30 34 64; do
    (
        toy_tool --hold --raise=$number -o report.tsv x
        echo "$number: [exit $?]"
        toy_tool --hold --raise=$number --in-thread -o report.tsv x
        echo "$number in a thread: [exit $?]"
    ) 2>/dev/null
done
ls -A

# A limit on the size of files makes a failed write, which is told as such.
said=$( (ulimit -f 8 && exec toy_tool --rows=200000 -o report.tsv x) 2>&1 >piped)
echo "$said [exit $?]"
ls -A
rm piped

# One signal is enough for a process that waits on a pipe nobody reads,
{
    timeout --preserve-status -s TERM 0.7 toy_tool --rows=200000 x
    echo "[exit $?]" >code
} | sleep 1.2
cat code
rm code

# or on one that nobody writes to, as an input or as the list of inputs,
mkfifo pipe
exec 3<>pipe
timeout --preserve-status -s TERM 0.5 dsinspect info - <&3
echo "[exit $?]"
timeout --preserve-status -s TERM 0.5 dsinspect info --files-from=- <&3
echo "[exit $?]"
exec 3>&-
rm pipe

# and for one that is deep in work which knows nothing of signals: a long plan.
printf 'label\ncat\ndog\n' >in.csv
timeout --preserve-status -s TERM 1 dsinspect balance --resample=over \
    --target=100000000 --indices=plan.npy in.csv:label
echo "[exit $?]"
ls -A

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
