"""The closed loop: nights of real pipelines, each night under the settings that
`apprentice nightly` wrote after the night before.

    python lab/loop.py --apprentice bin/apprentice --work DIR --results FILE

Beside it runs each pipeline as its team left it: what would have been without
us. Its logs are not shown to apprentice. Until a setting changes, both are the
same run. May be stopped at any time and started again: it goes on with the run
that is missing.
"""

import argparse
import csv
import datetime
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys

import cluster
import data
import logs
from spark import HERE

CORES, MEMORY = 2, "6g"
FIRST = datetime.date(2026, 10, 5)  # a Monday
TIMEOUT = 600  # seconds; a run that takes longer is stopped

COMMON = {"spark.cores.max": 2, "spark.driver.memory": "512m"}

# The names under which applications run: a night each.
NAMES = {
    "daily-revenue": "daily-revenue-{:%Y-%m-%d}",
    "orders_enrich": "orders_enrich_{:%Y%m%d}",
    "trips by city": "trips by city {:%Y-%m-%d}",
    "device-events": "device-events-{:%Y%m%d}-0300",
    "feature-refine": "feature-refine-{:%Y-%m-%dT02:15}",
    "DocTopics": "DocTopics-{:%Y%m%d}",
    "word-index": "word-index-{:%Y-%m-%d}",
}

# What teams set once and never again.
TEAMS = {
    # How work is cut.
    "plans": {
        "daily-revenue": {"spark.sql.adaptive.enabled": "false", "spark.executor.memory": "1g"},
        "orders_enrich": {"spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": 400, "spark.sql.autoBroadcastJoinThreshold": -1},
        "trips by city": {"spark.sql.shuffle.partitions": 800, "spark.sql.autoBroadcastJoinThreshold": "1m"},
        "device-events": {
            "spark.sql.files.maxPartitionBytes": "4m",
            "spark.sql.shuffle.partitions": 64,
            "spark.sql.adaptive.enabled": "false",
            "spark.executor.cores": 1,
        },
        "feature-refine": {"spark.executor.memory": "512m", "spark.sql.shuffle.partitions": 100, "spark.sql.adaptive.enabled": "false"},
        "DocTopics": {"spark.default.parallelism": 64, "spark.executor.memory": "1g"},
    },
    # What it runs in: too little memory for what is aggregated or cached, one
    # core where two are allowed, two executors of one core where one of two would do.
    "containers": {
        "word-index": {"spark.executor.memory": "512m", "spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": 8},
        "feature-refine": {"spark.executor.memory": "512m"},
        "orders_enrich": {"spark.cores.max": 1},
        "device-events": {"spark.executor.cores": 1, "spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": 32},
        "DocTopics": {"spark.executor.cores": 1, "spark.executor.memory": "1g", "spark.default.parallelism": 8},
    },
}

# What operators tell apprentice of their cluster, and what they let it try.
CONFIG = {
    "plans": "",
    "containers": f"""limits:
  - cluster: "*"
    container: 4g
    executor-cores: {CORES}
    pipeline-cores: {CORES}
    pipeline-memory: 4g
explore: ["*=60"]
""",
}

COLUMNS = ["night", "date", "pipeline", "arm", "scale", "outcome", "seconds", "heap_oom", "recommendation", "settings", "log"]


class Loop:
    def __init__(self, options, spark):
        self.options, self.spark = options, spark
        self.work = options.work.absolute()
        self.inputs = self.work / "data"
        self.output = self.work / "settings"
        for arm in ("ours", "theirs"):
            (self.work / arm).mkdir(parents=True, exist_ok=True)
        self.rows = read(options.results)
        self.teams = {p: conf for p, conf in TEAMS[options.teams].items() if p in (options.pipelines or NAMES)}

    def prepare(self):
        """Everyone's settings; the inputs and the archive of classes, once."""
        (self.work / "team").mkdir(exist_ok=True)
        for pipeline, conf in self.teams.items():
            text = "".join(f"{k}={v}\n" for k, v in (COMMON | conf).items())
            (self.work / "team" / pipeline).write_text(text)
        if not (self.inputs / "done").exists():
            self.spark.run("data", HERE / "data.py", self.inputs, conf={"spark.driver.memory": "2g"})
        (self.work / "apprentice.yaml").write_text(CONFIG[self.options.teams])
        for file in self.inputs.rglob("*.parquet"):
            file.read_bytes()  # else the first night would read a disk, the others memory
        if not self.spark.classes.exists():
            self.spark.archive(HERE / "pipelines.py", "orders_enrich", self.inputs, 0.1, self.work / "out")

    def night(self, n):
        """One night: the pipelines one after another, then apprentice."""
        mark = self.work / f"night-{n}"
        if mark.exists():
            return
        rng = random.Random(f"{self.options.seed} {n}")
        names = list(self.teams)
        sizes = {p: scale(n, rng) for p in names}
        rng.shuffle(names)
        for k, pipeline in enumerate(names):
            ours = self.file("ours", pipeline, (self.work / "team" / pipeline).read_text() + self.overrides(pipeline))
            theirs = self.file("theirs", pipeline, (self.work / "team" / pipeline).read_text())
            arms = [("ours", ours)] if settings(ours) == settings(theirs) else rng.sample([("ours", ours), ("theirs", theirs)], 2)
            for arm, file in arms:
                self.run(n, k, pipeline, arm, file, sizes[pipeline])
        self.nightly(n)
        mark.touch()

    def file(self, arm, pipeline, text):
        file = self.work / f"{arm}.conf"
        file.write_text(text)
        return file

    def overrides(self, pipeline):
        """Our keys alone, which come after the team's own: the last one counts."""
        file = self.output / pipeline / "overrides.conf"
        return file.read_text() if file.exists() else ""

    def run(self, n, k, pipeline, arm, file, size):
        """Runs the k-th pipeline of night n, puts its log where the arm's logs are,
        and adds a row to the results."""
        if any((r["night"], r["pipeline"], r["arm"]) == (str(n), pipeline, arm) for r in self.rows):
            return
        date = FIRST + datetime.timedelta(days=n)
        log, code = self.spark.submit(NAMES[pipeline].format(date), *self.program(pipeline, size), properties=file, timeout=TIMEOUT)
        started = datetime.datetime.combine(date, datetime.time(22, 10 * k), datetime.UTC)
        to = self.work / arm / log.name.removesuffix(".inprogress")
        logs.move(log, to, started.timestamp())
        log.unlink()
        run = self.apprentice("inspect", to, "--format", "json")["run"]
        # A driver that was stopped closes its log in good order.
        outcome = "stopped" if code is None else "failed" if code != 0 else run["outcome"]
        said = " ".join(f"{k}={v}" for k, v in settings(file).items())
        self.record(n, date, pipeline, arm, f"{size:.2f}", outcome, run["duration_s"], run["signal_heap_oom"], run["recommendation_id"], said, to.name)
        print(f"night {n:2}  {pipeline:15} {arm:6}  {outcome:10} {run['duration_s'] or math.nan:6.1f} s", flush=True)

    def program(self, pipeline, size):
        out = self.work / "out"
        if pipeline == "DocTopics":
            return "DocTopics", self.inputs, max(round(size * data.NORMAL), 1), out
        return HERE / "pipelines.py", pipeline.replace("-", "_").replace(" ", "_"), self.inputs, size, out

    def record(self, *row):
        self.rows.append({k: str(v) for k, v in zip(COLUMNS, row, strict=True)})
        with self.options.results.open("w", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(self.rows)

    def nightly(self, n):
        now = datetime.datetime.combine(FIRST + datetime.timedelta(days=n + 1), datetime.time(6), datetime.UTC)
        done = self.command(
            "nightly", "--logs", self.work / "ours", "--state", self.work / "state", "--output", self.output, "--mode", self.options.mode,
            "--config", self.work / "apprentice.yaml", "--now", now.isoformat().replace("+00:00", "Z"),
        )  # fmt: skip
        print(done, flush=True)

    def apprentice(self, *arguments):
        return json.loads(self.command(*arguments))

    def command(self, *arguments):
        done = subprocess.run([str(a) for a in (self.options.apprentice.absolute(), *arguments)], cwd=self.work, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"apprentice {arguments[0]} failed:\n{done.stderr}")
        return done.stdout


def settings(file):
    """The settings of a properties file, the last of each key, without our markers."""
    pairs = dict(line.split("=", 1) for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return {k: v for k, v in pairs.items() if not k.startswith("spark.apprentice.")}


def scale(n, rng):
    """The size of a night's input: a week's pattern, and chance."""
    week = (1.0, 1.0, 1.05, 1.0, 1.1, 0.8, 0.75)[n % 7]
    return min(max(week * math.exp(rng.gauss(0, 0.1)), 0.7), 1.4)


def read(results):
    if not results.exists():
        return []
    with results.open(newline="") as file:
        return list(csv.DictReader(file))


def parser():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--apprentice", type=pathlib.Path, required=True, help="the binary")
    flags.add_argument("--work", type=pathlib.Path, required=True, help="everything temporary")
    flags.add_argument("--results", type=pathlib.Path, required=True, help="the CSV of all runs; what it has is not run again")
    flags.add_argument("--nights", type=int, default=10)
    flags.add_argument("--mode", choices=["advise", "auto"], default="advise")
    flags.add_argument("--pipelines", type=lambda s: s.split(","), help="some of: " + ", ".join(NAMES))
    flags.add_argument("--teams", choices=list(TEAMS), default="plans", help="what they left badly set")
    flags.add_argument("--seed", type=int, default=1, help="of sizes and order")
    return flags


def run(options):
    spark = cluster.Cluster(options.work, CORES, MEMORY)
    loop = Loop(options, spark)
    loop.prepare()
    with spark:
        for n in range(options.nights):
            loop.night(n)


if __name__ == "__main__":
    run(parser().parse_args())
