# The pages: program, tool, and the ways to ask for them.
dsinspect --help >page
dsinspect help | cmp - page
dsinspect -h | cmp - page
sed -n '1,3p;/^Exit codes/,$p' page
COLUMNS=72 toy_tool --help
dsinspect completion --help
dsinspect help completion >page
dsinspect completion -h | cmp - page
dsinspect --version | head -n 1
dsinspect info --version | head -n 1

# The pages stay within the terminal.
COLUMNS=60 toy_tool --help | awk 'length > 60 && !/^  [0-9]/'
