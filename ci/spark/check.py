"""Do our settings files reach a real Spark, and do we read that in its log?

    python ci/spark/check.py APPRENTICE SETTINGS

python: of an environment with the pyspark to check (3.x or 4.x), Java on PATH.
APPRENTICE: the binary. SETTINGS: a directory that `apprentice nightly` wrote.

Takes the pipeline with most settings and runs job.py once with each form that
the files' comments offer:

  1. --properties-file spark-defaults.conf
  2. overrides.conf on top of the cluster's own spark-defaults.conf: in Spark 4
     by --load-spark-defaults, in Spark 3 each line as --conf

Then `apprentice inspect` must find, in the log of each run, the id of the
recommendation and every setting, with the log as its source. The cluster's own
file must count in the second form alone, as the comments say.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pyspark

HERE = pathlib.Path(__file__).parent
HOME = pathlib.Path(pyspark.__file__).parent
MARKER = "spark.apprentice.recommendation"
OWN = "spark.check.own"


def lines(file):
    """The lines of overrides.conf that set something, as written."""
    text = file.read_text(encoding="ascii")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def run(work, arguments, own_defaults):
    """Runs the job and returns its log."""
    logs, conf = work / "logs", work / "conf"
    logs.mkdir(parents=True)
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(own_defaults)
    command = [
        HOME / "bin" / "spark-submit", "--master", "local[2]", *arguments,
        "--conf", "spark.eventLog.enabled=true", "--conf", f"spark.eventLog.dir={logs.as_uri()}",
        "--conf", "spark.eventLog.compression.codec=zstd", "--conf", "spark.ui.enabled=false", HERE / "job.py",
    ]  # fmt: skip
    env = dict(os.environ, SPARK_HOME=str(HOME), SPARK_CONF_DIR=str(conf), PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable)
    done = subprocess.run([str(c) for c in command], env=env, cwd=work, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"spark-submit failed:\n{done.stderr}")
    (log,) = logs.iterdir()
    return log


def check(form, apprentice, log, want, adds):
    out = subprocess.run([apprentice, "inspect", str(log), "--format", "json"], capture_output=True, text=True, check=True).stdout
    found = json.loads(out)["run"]
    got = {MARKER: found["recommendation_id"]}
    for key in want:
        setting = found["conf_effective"].get(key)
        if setting and setting["source"] == "log":
            got[key] = setting["value"]
    if got != want:
        sys.exit(f"Spark {pyspark.__version__}, {form}: want {want}, the log shows {got}")
    if (OWN in found["conf_logged"]) != adds:
        sys.exit(f"Spark {pyspark.__version__}, {form}: does the cluster's own file count? want {adds}")
    print(f"Spark {pyspark.__version__}, {form}: {len(want) - 1} settings and id {want[MARKER]} arrived")


def main(apprentice, settings):
    files = sorted(pathlib.Path(settings).resolve().glob("*/overrides.conf"))
    if not files:
        sys.exit(f"{settings} holds no overrides.conf")
    overrides = max(files, key=lambda f: len(lines(f)))
    want = dict(line.split("=", 1) for line in lines(overrides))
    # The cluster's own file says otherwise, and has a key of its own.
    own = f"{OWN} 1\n{MARKER} another\nspark.sql.shuffle.partitions 199\n"
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        log = run(work / "1", ["--properties-file", overrides.with_name("spark-defaults.conf")], own)
        check("spark-defaults.conf", apprentice, log, want, adds=False)
        if int(pyspark.__version__.split(".")[0]) >= 4:
            arguments = ["--load-spark-defaults", "--properties-file", overrides]
        else:
            arguments = [a for line in lines(overrides) for a in ("--conf", line)]
        log = run(work / "2", arguments, own)
        check("overrides.conf", apprentice, log, want, adds=True)


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(os.path.abspath(sys.argv[1]), sys.argv[2])
