"""The inputs of the pipelines, seeded: run by loop.py as `data.py DIR`, or for
some of the tables as `data.py DIR TABLE...`.

A table is UNITS equal parts. A night of scale s reads the first round(s·NORMAL)
of them, so that a larger night has more files and more bytes.
"""

import pathlib
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

UNITS, NORMAL = 15, 10


def whole(seed, below):
    """A pseudo-random whole number of each row."""
    return F.pmod(F.xxhash64("id", F.lit(seed)), F.lit(below))


def uniform(seed):
    return whole(seed, 1_000_003) / 1_000_003.0


def text(seed, words):
    """Hexadecimal words that hardly compress."""
    return F.concat_ws(" ", *[F.hex(F.xxhash64("id", F.lit(seed + i))) for i in range(words)])


def tables():
    """name: (rows at scale 1, files of a unit, columns)."""
    yield "sales", 150_000, 1, {"region": whole(1, 12), "product": whole(2, 500), "amount": uniform(3) * 200}
    often = F.when(uniform(11) < 0.3, F.lit(7)).otherwise(whole(12, 120_000))
    yield "orders", 800_000, 1, {"customer": often, "month": whole(13, 12), "amount": uniform(14) * 500, "note": text(15, 1)}
    yield "customers", 120_000, 1, {"customer": F.col("id"), "segment": whole(16, 20), "address": text(17, 4)}
    yield "trips", 900_000, 1, {"driver": whole(21, 100_000), "km": uniform(22) * 40, "fare": uniform(23) * 60}
    yield "drivers", 100_000, 1, {"driver": F.col("id"), "city": whole(24, 80), "licence": text(25, 2)}
    yield "events", 250_000, 12, {"device": whole(31, 3000), "kind": whole(32, 7), "value": uniform(33), "payload": text(34, 2)}
    yield "features", 500_000, 1, {"label": whole(41, 16)} | {f"f{i}": uniform(42 + i) for i in range(10)}
    hot = F.when(uniform(61) < 0.25, F.lit(0)).otherwise(whole(62, 2000))
    yield "documents", 80_000, 1, {"topic": hot, "body": text(63, 60)}


def main(directory, *only):
    spark = SparkSession.builder.getOrCreate()
    for name, rows, files, columns in tables():
        if only and name not in only:
            continue
        ids = spark.range(0, rows * UNITS // NORMAL, 1, UNITS * files)
        parts = ids.select(*[c.alias(k) for k, c in columns.items()], F.floor(F.spark_partition_id() / files).alias("unit"))
        parts.write.partitionBy("unit").mode("overwrite").parquet(f"{directory}/{name}")
    spark.stop()
    pathlib.Path(directory, "done").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
