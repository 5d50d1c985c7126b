"""Does the lab run, and does its loop close? For CI, in a few minutes.

    python lab/check.py APPRENTICE WORK

Runs one scenario of the sleeping lab twice, with other settings, and
`apprentice simulate` must say from the first what the second took. Then one
night of one pipeline with settings of ours, which its log must show.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import cluster
import loop
import sleep
import spark

FROM, TO = "slots-32", "slots-16"
TOLERANCE = 0.15  # of one run on a machine that may be busy
MARKER = "0123456789ab"


def apprentice(binary, *arguments):
    done = subprocess.run([str(a) for a in (binary, *arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"apprentice {arguments[0]} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def busy(run):
    return run["duration_s"] - run["executor_wait_s"] - run["driver_only_s"]


def sleeping(binary, work):
    site = cluster.Cluster(work, sleep.CORES, sleep.MEMORY)
    data = sleep.prepare(site)
    with site:
        a, b = (sleep.run(site, data, s) for s in (FROM, TO))
    conf = [f"--conf={k}={v}" for k, v in sleep.SCENARIOS[TO][1].items() if k.startswith(("spark.cores", "spark.executor"))]
    said = apprentice(binary, "simulate", a, "--state", work / "none", "--format", "json", *conf)
    ran = [apprentice(binary, "inspect", log, "--format", "json")["run"] for log in (a, b)]
    (driver,) = (f["predicted"] for f in said["figures"] if f["name"] == "driver alone")
    predicted = said["duration_s"]["predicted"] - ran[0]["executor_wait_s"] - driver
    off = predicted / busy(ran[1]) - 1
    print(f"{FROM} took {busy(ran[0]):.1f} s with tasks; {TO}: {predicted:.1f} s predicted, {busy(ran[1]):.1f} s measured, {100 * off:+.1f} %")
    if abs(off) > TOLERANCE:
        sys.exit("the prediction is off")


def night(binary, work):
    """One night, as if the night before had left settings."""
    results = work / "results.csv"
    for old in (results, work / "night-0"):
        old.unlink(missing_ok=True)
    for old in ("ours", "theirs", "state", "settings"):
        shutil.rmtree(work / old, ignore_errors=True)
    pipeline = "daily-revenue"
    options = loop.parser().parse_args(["--apprentice", str(binary), "--work", str(work), "--results", str(results), "--nights", "1", "--pipelines", pipeline])
    spark.Spark(work).run("data", spark.HERE / "data.py", work / "data", "sales")
    ours = work / "settings" / pipeline
    ours.mkdir(parents=True, exist_ok=True)
    (ours / "overrides.conf").write_text(f"spark.sql.shuffle.partitions=3\n\nspark.apprentice.recommendation={MARKER}\n")
    loop.run(options)
    (row,) = (r for r in loop.read(results) if r["arm"] == "ours")
    run = apprentice(binary, "inspect", work / "ours" / row["log"], "--format", "json")["run"]
    found = run["conf_effective"]["spark.sql.shuffle.partitions"]
    if run["recommendation_id"] != MARKER or found != {"value": "3", "source": "log"} or run["night"] != str(loop.FIRST):
        sys.exit(f"the log shows {run['recommendation_id']}, {found}, night {run['night']}")
    (known,) = json.loads((work / "settings" / "recommendations.json").read_text())
    if known["pipeline"] != pipeline:
        sys.exit(f"apprentice takes {pipeline} for {known['pipeline']}")
    print(f"{pipeline}: one night of {run['duration_s']:.1f} s under our settings, read back")


def main(binary, work):
    binary, work = pathlib.Path(binary).absolute(), pathlib.Path(work).absolute()
    sleeping(binary, work)
    night(binary, work)


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
