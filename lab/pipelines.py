"""The nightly pipelines: `pipelines.py NAME DATA SCALE OUTPUT`, submitted by
loop.py. Programs of a usual kind, which set nothing themselves."""

import sys

from pyspark import StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from data import NORMAL


class Inputs:
    def __init__(self, spark, directory, scale):
        self.spark, self.directory, self.units = spark, directory, max(round(scale * NORMAL), 1)

    def read(self, table, units=None):
        parts = [f"{self.directory}/{table}/unit={i}" for i in range(units or self.units)]
        return self.spark.read.parquet(*parts)


def daily_revenue(inputs):
    """Two aggregations of a small table."""
    by = inputs.read("sales").groupBy("region", "product").agg(F.sum("amount").alias("revenue"))
    return by.groupBy("region").agg(F.sum("revenue").alias("revenue"), F.max("revenue").alias("best"), F.count("*").alias("products"))


def orders_enrich(inputs):
    """A join in which a third of one side has one key."""
    joined = inputs.read("orders").join(inputs.read("customers", NORMAL), "customer")
    weight = F.length("note") + F.length("address")
    return joined.groupBy("segment", "month").agg(F.sum("amount").alias("revenue"), F.sum(weight).alias("weight"))


def trips_by_city(inputs):
    """A join whose smaller side is near the size at which Spark broadcasts."""
    joined = inputs.read("trips").join(inputs.read("drivers"), "driver")
    return joined.groupBy("city").agg(F.sum("fare").alias("fare"), F.avg("km").alias("km"), F.max("licence").alias("last"))


def device_events(inputs):
    """Many small files."""
    by = inputs.read("events").groupBy("device", "kind").agg(F.sum("value").alias("value"), F.max("payload").alias("last"))
    return by.groupBy("device").agg(F.sum("value").alias("value"), F.count("*").alias("kinds"))


def feature_refine(inputs):
    """Passes over a cached table, each with the means of the one before."""
    names = [f"f{i}" for i in range(10)]
    table = inputs.read("features").select("label", *[F.log1p(F.exp(n)).alias(n) for n in names]).persist(StorageLevel.MEMORY_AND_DISK)
    center = [0.5] * len(names)
    for _ in range(4):
        distance = sum((F.col(n) - c) * (F.col(n) - c) for n, c in zip(names, center, strict=True))
        near = table.withColumn("distance", distance).groupBy("label").agg(F.min("distance"), *[F.avg(n).alias(n) for n in names])
        rows = near.collect()
        center = [sum(r[n] for r in rows) / len(rows) for n in names]
    return inputs.spark.createDataFrame([tuple(center)], names).coalesce(1)


def word_index(inputs):
    """An aggregation with nearly as many groups as rows: it needs memory."""
    words = inputs.read("documents", max(inputs.units // 2, 1)).select("topic", F.explode(F.split("body", " ")).alias("word"))
    by = words.groupBy("word").agg(F.count("*").alias("times"), F.max("topic").alias("topic"))
    return by.groupBy("topic").agg(F.sum("times").alias("times"), F.count("*").alias("words"))


PROGRAMS = {f.__name__: f for f in (daily_revenue, orders_enrich, trips_by_city, device_events, feature_refine, word_index)}


def main(name, directory, scale, output):
    spark = SparkSession.builder.getOrCreate()
    PROGRAMS[name](Inputs(spark, directory, float(scale))).write.mode("overwrite").parquet(output)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
