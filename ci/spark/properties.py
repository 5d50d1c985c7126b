"""Does Spark read properties files as we read and write them?

    go run ./ci/spark/properties DIR && python ci/spark/properties.py DIR

python: of an environment with pyspark, Java on PATH. DIR holds 0.conf, 1.conf,
... and ours.json, what we read in each: {key: value}, or null where we refuse it.
The files go through the loader of spark-submit, Utils.getPropertiesFromFile.
"""

import json
import pathlib
import sys

import pyspark
from py4j.protocol import Py4JJavaError
from pyspark.java_gateway import launch_gateway


def load(jvm, file):
    try:
        pairs = jvm.org.apache.spark.util.Utils.getPropertiesFromFile(str(file)).iterator()
    except Py4JJavaError:
        return None
    found = {}
    while pairs.hasNext():
        pair = pairs.next()
        found[pair._1()] = pair._2()
    found.pop("", None)  # spark-submit passes over pairs without a key
    return found


def main(directory):
    jvm = launch_gateway().jvm
    ours = json.loads((directory / "ours.json").read_text(encoding="utf-8"))
    different = 0
    for i, want in enumerate(ours):
        file = directory / f"{i}.conf"
        got = load(jvm, file)
        if want is not None:
            # Half a surrogate pair, which UTF-8 cannot hold: py4j says ?, we say U+FFFD.
            want = {k.replace("\ufffd", "?"): v.replace("\ufffd", "?") for k, v in want.items()}
        if got != want:
            print(f"{file.read_bytes()!r}\n  ours  {want!r}\n  Spark {got!r}")
            different += 1
    if different:
        sys.exit(f"Spark {pyspark.__version__} reads {different} of {len(ours)} properties files differently")
    print(f"Spark {pyspark.__version__} reads {len(ours)} properties files as we do")


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(pathlib.Path(sys.argv[1]))
