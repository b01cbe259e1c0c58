"""The recipes of docs/recipes/ as far as they run here: each is read as its program reads
it, and its commands run where all holds (exit code 0), where a check fails (1) and where
a dataset is not there (2)."""

import ast
import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import types

import lxml.etree
import yaml

BUILD, SOURCE = os.environ["DSI_BUILD"], os.environ["DSI_SOURCE"]
RECIPES = os.path.join(SOURCE, "docs", "recipes")

CONFIGS = {
    0: "datasets: {labels: {input: data/labels.npy, tools: [balance]}}\n",
    1: open(os.path.join(SOURCE, "samples", "nightly.yaml"), encoding="utf-8").read(),
    2: "datasets: {gone: {input: data/gone, tools: [balance]}}\n",
}


def recipe(name, folder="/srv/data"):
    """Its text, with the folder where it has /srv/data."""
    with open(os.path.join(RECIPES, name), encoding="utf-8") as file:
        return file.read().replace("/srv/data", folder)


class Night:
    """A folder with samples and a nightly.yaml that ends with that exit code."""

    def __init__(self, code):
        self.code = code

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        shutil.copytree(os.path.join(SOURCE, "samples", "data"), self.path("data"))
        with open(self.path("nightly.yaml"), "w", encoding="utf-8") as file:
            file.write(CONFIGS[self.code])
        os.mkdir(self.path("bin"))
        os.symlink(os.path.join(BUILD, "dsinspect"), self.path("bin/dsinspect"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, words, cwd=None, **variables):
        variables["PATH"] = f"{self.path('bin')}:{variables.get('PATH', os.environ['PATH'])}"
        return subprocess.run(words, cwd=cwd or self.folder, env={**os.environ, **variables},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)

    def expect(self, done):
        assert done.returncode == self.code, (done.returncode, done.stdout, done.stderr)
        assert (done.stderr == b"") == (self.code == 0), done.stderr
        for line in done.stderr.splitlines():
            assert line.startswith((b"dsinspect check: failed: ",
                                    b"dsinspect check: error: ")), line

    def expect_junit(self, path):
        schema = lxml.etree.XMLSchema(file=os.path.join(SOURCE, "docs", "schema",
                                                        "junit.xsd"))
        tree = lxml.etree.parse(path)
        schema.assertValid(tree)
        assert (int(tree.getroot().get("failures")) > 0) == (self.code > 0)

    def expect_markdown(self, path):
        with open(path, encoding="utf-8") as file:
            verdict = file.readline().strip()
        assert verdict.startswith("## dsinspect check: "), verdict
        assert verdict.endswith("failed") == (self.code > 0), verdict


# --- schedules, by crontab(5) -------------------------------------------------------


MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
FIELDS = ((0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 7, DAYS))


def check_field(text, low, high, names):
    for part in text.split(","):
        match = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", part)
        assert match, text
        first, last, step = match.groups()
        assert step is None or (int(step) > 0 and (first is None or last)), text
        ends = [names.index(end.lower()) + low if end.lower() in names else int(end)
                for end in (first, last) if end]
        assert ends == sorted(ends) and all(low <= end <= high for end in ends), text


def check_schedule(text):
    fields = text.split()
    assert len(fields) == 5, text
    for field, limits in zip(fields, FIELDS):
        check_field(field, *limits)


def crontab(text):
    """What it sets, and its commands."""
    assert text.endswith("\n")  # cron reads no line without its end
    variables, commands = {}, []
    for line in text.splitlines():
        setting = re.fullmatch(r"\s*(\w+)\s*=\s*(.*?)\s*", line)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if setting:
            variables[setting[1]] = setting[2]
            continue
        words = line.split(None, 5)
        check_schedule(" ".join(words[:5]))
        assert not re.search(r"(?<!\\)%", words[5]), "a % is the end of a command"
        commands.append(words[5])
    return variables, commands


for wrong in ("60 2 * * *", "30 2 * *", "30 24 * * *", "* * 0 * *", "* * * 13 *", "*/0 * * * *",
              "5-1 * * * *", "* * * * 8", "5/2 * * * *", "H 2 * * *"):
    try:
        check_schedule(wrong)
    except (AssertionError, ValueError):
        continue
    assert False, wrong
check_schedule("*/5 0-6/2,22 1,15 jan-mar mon")


def check_cron(night):
    variables, commands = crontab(recipe("nightly.cron", night.folder))
    assert len(commands) == 1
    done = night.run([variables["SHELL"], "-c", commands[0]], cwd="/", **variables)
    night.expect(done)
    assert done.stdout == b"" and os.path.exists(night.path("checks.json"))


# --- systemd ------------------------------------------------------------------------


def units(night):
    """The two files, as they are with the program and the data where they are here."""
    folder = night.path("units")
    os.mkdir(folder)
    for name in "dsinspect-check.service", "dsinspect-check.timer":
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(recipe(name, night.folder).replace("/usr/local", night.folder))
        yield os.path.join(folder, name)


def read_unit(path):
    unit = configparser.ConfigParser(interpolation=None, strict=True, delimiters="=")
    unit.optionxform = str
    unit.read(path)
    return unit


def verify(paths, timer):
    """By systemd itself, where it is; it tells of keys it does not know, and exits 0."""
    if not shutil.which("systemd-analyze"):
        return
    done = subprocess.run(["systemd-analyze", "verify", *paths], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0 and b"dsinspect" not in done.stdout, done.stdout
    subprocess.run(["systemd-analyze", "calendar", timer["Timer"]["OnCalendar"]],
                   stdout=subprocess.DEVNULL, check=True)


def check_systemd(night):
    paths = list(units(night))
    service, timer = map(read_unit, paths)
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Install"]["WantedBy"] == "timers.target"
    verify(paths, timer)
    state = os.path.join("/var/lib", service["Service"]["StateDirectory"])
    os.mkdir(night.path("state"))
    words = shlex.split(service["Service"]["ExecStart"].replace(state, night.path("state")))
    night.expect(night.run(words, cwd=service["Service"]["WorkingDirectory"]))
    night.expect_junit(night.path("state/checks.xml"))


# --- build servers ------------------------------------------------------------------


def check_gitlab(night):
    (job,) = yaml.safe_load(recipe("gitlab-ci.yml")).values()
    assert set(job) == {"rules", "script", "allow_failure", "artifacts"}
    assert job["allow_failure"] == {"exit_codes": [1]}
    assert job["artifacts"]["when"] == "always"
    night.expect(night.run(["bash", "-e", "-o", "pipefail", "-c", "\n".join(job["script"])]))
    night.expect_junit(night.path(job["artifacts"]["reports"]["junit"]))
    for path in job["artifacts"]["paths"]:
        night.expect_markdown(night.path(path))


def check_github(night):
    flow = yaml.safe_load(recipe("github-actions.yml"))
    events = flow.pop(True)  # the key `on`, as YAML 1.1 has it
    assert set(flow) == {"name", "jobs"} and set(events) == {"schedule", "workflow_dispatch"}
    for event in events["schedule"]:
        check_schedule(event["cron"])
    code, kept = 0, []
    for step in flow["jobs"]["check"]["steps"]:
        assert ("uses" in step) != ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]), step
            kept.append(step.get("with", {}).get("path"))
        elif code == 0 or step.get("if") == "${{ !cancelled() }}":
            done = night.run(["bash", "-e", "-c", step["run"]],
                             GITHUB_STEP_SUMMARY=night.path("summary"))
            code = code or done.returncode
            if step["name"] == "Check":
                night.expect(done)
                assert (b"::error " in done.stdout) == (night.code > 0), done.stdout
            else:
                assert done.returncode == 0, done
    assert code == night.code
    night.expect_markdown(night.path("summary"))
    night.expect_junit(night.path(kept[-1]))


def check_jenkins(night):
    text = re.sub(r"^\s*//.*\n", "", recipe("Jenkinsfile"), flags=re.M)
    bare = re.sub(r"'''.*?'''|'[^'\n]*'|\"[^\"\n]*\"", "''", text, flags=re.S)
    for left, right in "{}", "()":
        assert bare.count(left) == bare.count(right)
    assert text.startswith("pipeline {") and "'''" not in bare.replace("''", "")
    check_schedule(re.search(r"cron\('H ([^']*)'", text).expand(r"0 \1"))
    plain = re.findall(r"\bsh '([^'\n]+)'", text)
    (judged,) = re.findall(r"\bsh returnStatus: true, script: '''(.*?)'''", text, re.S)
    for step in plain:
        assert night.run(["sh", "-e", "-c", step]).returncode == 0
    night.expect(night.run(["sh", "-e", "-c", judged]))
    night.expect_junit(night.path(re.search(r"junit testResults: '([^']+)'", text)[1]))
    night.expect_markdown(night.path(re.search(r"artifacts: '([^']+)'", text)[1]))


# --- schedulers ---------------------------------------------------------------------


class Dag:
    """Takes what Airflow's own takes here."""

    def __init__(self, dag_id, schedule, start_date, catchup, max_active_runs):
        check_schedule(schedule)
        assert dag_id.isidentifier() and not catchup and max_active_runs == 1
        assert start_date.year < 2025

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def check_airflow(night):
    text, tasks = recipe("airflow_dag.py", night.folder), []
    ast.parse(text)
    names = "airflow", "airflow.operators", "airflow.operators.bash"
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["airflow"].DAG = Dag
    sys.modules["airflow.operators.bash"].BashOperator = lambda **task: tasks.append(task)
    exec(compile(text, "airflow_dag.py", "exec"), {})
    for name in names:
        del sys.modules[name]
    (task,) = tasks
    assert set(task) == {"task_id", "bash_command", "cwd", "retries", "do_xcom_push"}
    assert not task["bash_command"].endswith(".sh")  # would be a template's name
    night.expect(night.run(["bash", "-c", task["bash_command"]], cwd=task["cwd"]))
    assert os.path.exists(night.path("checks.json"))


def check_slurm(night, n_shards):
    """The shards as a loop and their merge, beside one run."""
    text = recipe("slurm.sh", night.folder)
    with open(night.path("slurm.sh"), "w", encoding="utf-8") as file:
        file.write(text)
    head = text.split("\nset -eu\n")[0].splitlines()
    assert head[0] == "#!/bin/sh" and all(line.startswith("#") for line in head)
    assert re.search(r"^#SBATCH --array=1-\d+$", text, re.M)
    for i in range(1, n_shards + 1):
        done = night.run(["sh", "slurm.sh"], SLURM_ARRAY_TASK_ID=str(i),
                         SLURM_ARRAY_TASK_COUNT=str(n_shards))
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), done
    os.remove(night.path("parts/p.1"))  # one that failed is submitted again, alone
    done = night.run(["sh", "slurm.sh"], SLURM_ARRAY_TASK_ID="1",
                     SLURM_ARRAY_TASK_COUNT="1", SHARDS=str(n_shards))
    assert done.returncode == 0, done
    merge = re.search(r"'(dsinspect merge [^']*)'", text)[1]
    merged = night.run(["sh", "-c", merge])
    os.rename(night.path("dups.json"), night.path("merged.json"))
    once = night.run(["dsinspect", "dups", "-q", "--fail-on=error", "-o", "dups.json",
                      night.path("flowers")])
    assert (merged.returncode, merged.stdout, merged.stderr) == \
        (once.returncode, once.stdout, once.stderr)
    assert once.returncode == 1 and once.stdout
    with open(night.path("dups.json"), "rb") as one, \
            open(night.path("merged.json"), "rb") as other:
        assert one.read() == other.read()


# --- all of them --------------------------------------------------------------------


def check_page():
    """The page shows every file whole."""
    with open(os.path.join(SOURCE, "docs", "recipes.md"), encoding="utf-8") as file:
        page = file.read()
    for name in os.listdir(RECIPES):
        assert f"\n{recipe(name)}```\n" in page, f"docs/recipes.md has another {name}"


check_page()
for CODE in CONFIGS:
    for CHECK in (check_cron, check_systemd, check_gitlab, check_github, check_jenkins,
                  check_airflow):
        with Night(CODE) as NIGHT:
            CHECK(NIGHT)
for N_SHARDS in 1, 4:
    with Night(1) as NIGHT:
        os.symlink("data/flowers", NIGHT.path("flowers"))
        check_slurm(NIGHT, N_SHARDS)
