"""A small job with a shuffle and a join, so that there is something to log."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.appName("check-settings").getOrCreate()
rows = spark.range(0, 20000, numPartitions=4).withColumn("k", F.col("id") % 100)
names = spark.range(0, 100).withColumnRenamed("id", "k")
print(rows.join(names, "k").groupBy("k").count().collect()[:1])
spark.stop()
