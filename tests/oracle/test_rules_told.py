"""The rules that --fail-on takes are those that the tool's page in docs/ lists, and no
others: a rule that is not told cannot be asked for, and one that never comes lets every
gate pass."""

import re
import subprocess

from oracle import BUILD, SOURCE, TestCase, main

# Of every tool that scans; they come where a check looks more than once.
OF_LOOKS = {"one_look", "another_round"}
SEVERITIES = {"off", "note", "warning", "error"}


def taken(tool):
    done = subprocess.run([str(BUILD / "dsinspect"), tool, "--fail-on=no-such-rule-at-all",
                           "x"], capture_output=True, text=True, timeout=60)
    return set(done.stderr.strip().split("these are: ")[1].split(", ")) - SEVERITIES


def told(tool):
    page = (SOURCE / "docs" / f"{tool}.md").read_text()
    rows = [line for line in page.split("## Findings")[1].split("\n")
            if line.startswith("| `")]
    return {rule for row in rows for rule in re.findall("`(\\w+)`", row.split("|")[1])}


class Rules(TestCase):
    def test_tools_of_several_looks(self):
        for tool in "range", "outliers":
            self.assertEqual(told(tool), taken(tool), tool)

    def test_tools_of_one_look(self):
        for tool in "missing", "balance", "labels", "dups", "images":
            self.assertEqual(told(tool), taken(tool) - OF_LOOKS, tool)


if __name__ == "__main__":
    main()
