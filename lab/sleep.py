"""The sleeping lab: real Spark, tasks that sleep.

    python lab/sleep.py --work DIR --logs DIR [--only PATTERN]

Runs each scenario of SCENARIOS once on a cluster that advertises 64 cores and
keeps its event log as LOGS/<scenario>.zstd; LOGS/scenarios.csv says what each
took. Scenarios of one family differ in settings alone, so a model that has seen
one of them can be asked for the others.
"""

import argparse
import csv
import fnmatch
import pathlib

import cluster
import logs

CORES, MEMORY = 64, "16g"
DATA_MIB = 8

# program: what the tasks of one family do: the shape, c0 in seconds, theta in bytes/s.
PROGRAMS = {
    "flat": ("flat", 3.0, 50_000),
    "join": ("join", 3.0, 100_000),
}


def fixed(executors, cores):
    """So many executors from the start: nothing is scheduled before all are there."""
    return {
        "spark.cores.max": executors * cores, "spark.executor.cores": cores,
        "spark.scheduler.minRegisteredResourcesRatio": 1, "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
    }  # fmt: skip


def dynamic(low, high, **more):
    """Dynamic allocation between low and high executors of four cores, at a pace
    at which this machine can start them."""
    conf = {
        "enabled": "true", "shuffleTracking.enabled": "true", "minExecutors": low, "maxExecutors": high,
        "schedulerBacklogTimeout": "4s", "sustainedSchedulerBacklogTimeout": "4s",
    } | more  # fmt: skip
    return {"spark.executor.cores": 4} | {f"spark.dynamicAllocation.{k}": v for k, v in conf.items()}


def classic(partitions):
    return {"spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": partitions}


def adaptive(partitions, **more):
    return {"spark.sql.adaptive.enabled": "true", "spark.sql.shuffle.partitions": partitions} | {f"spark.sql.adaptive.{k}": v for k, v in more.items()}


COMMON = {
    "spark.plugins": "Began", "spark.executor.memory": "512m", "spark.driver.memory": "512m", "spark.sql.autoBroadcastJoinThreshold": -1,
    "spark.sql.files.maxPartitionBytes": "512k", "spark.sql.files.openCostInBytes": "16k",
}  # fmt: skip
SMALL = {"advisoryPartitionSizeInBytes": "256k", "coalescePartitions.minPartitionSize": "64k", "coalescePartitions.parallelismFirst": "false"}

# name: (program, settings beyond COMMON). The part before the dash is the family.
SCENARIOS = {
    "slots-4": ("flat", fixed(1, 4) | classic(96)),
    "slots-8": ("flat", fixed(1, 8) | classic(96)),
    "slots-16": ("flat", fixed(2, 8) | classic(96)),
    "slots-32": ("flat", fixed(2, 16) | classic(96)),
    "slots-64": ("flat", fixed(4, 16) | classic(96)),
    "waves-8": ("flat", fixed(2, 8) | classic(8)),
    "waves-16": ("flat", fixed(2, 8) | classic(16)),
    "waves-17": ("flat", fixed(2, 8) | classic(17)),
    "waves-40": ("flat", fixed(2, 8) | classic(40)),
    "waves-200": ("flat", fixed(2, 8) | classic(200)),
    "waves-splits": ("flat", fixed(2, 8) | classic(40) | {"spark.sql.files.maxPartitionBytes": "128k"}),
    "aqe-whole": ("flat", fixed(2, 8) | adaptive(200, **{"coalescePartitions.enabled": "false"})),
    "aqe-parallel": ("flat", fixed(2, 8) | adaptive(200, **{"coalescePartitions.minPartitionSize": "64k"})),
    "aqe-256k": ("flat", fixed(2, 8) | adaptive(200, **SMALL)),
    "aqe-1m": ("flat", fixed(2, 8) | adaptive(200, **SMALL | {"advisoryPartitionSizeInBytes": "1m"})),
    "aqe-initial": ("flat", fixed(2, 8) | adaptive(200, **SMALL | {"coalescePartitions.initialPartitionNum": 24})),
    "branches-4": ("join", fixed(1, 4) | classic(32)),
    "branches-16": ("join", fixed(2, 8) | classic(32)),
    "branches-64": ("join", fixed(4, 16) | classic(32)),
    "branches-96": ("join", fixed(2, 8) | classic(96)),
    "branches-aqe": ("join", fixed(2, 8) | adaptive(96, **SMALL)),
    "branches-aqe-64": ("join", fixed(4, 16) | adaptive(96, **SMALL)),
    "ramp-2": ("flat", dynamic(1, 2) | classic(96)),
    "ramp-4": ("flat", dynamic(1, 4) | classic(96)),
    "ramp-8": ("flat", dynamic(1, 8) | classic(96)),
    "ramp-8-few": ("flat", dynamic(1, 8) | classic(12)),
    "ramp-8-slow": ("flat", dynamic(1, 8, schedulerBacklogTimeout="10s") | classic(96)),
    "ramp-8-ready": ("flat", dynamic(8, 8) | classic(96)),
    "ramp-8-initial": ("flat", dynamic(1, 8, initialExecutors=4) | classic(96)),
    "ramp-8-half": ("flat", dynamic(1, 8, executorAllocationRatio=0.5) | classic(96)),
}


def prepare(spark):
    """The input and the archive of classes, once. Returns where the input is."""
    data = spark.work / "sleep-data"
    if not (data / "quarter" / "_SUCCESS").exists():
        spark.run("data", "Sleep", "data", data, DATA_MIB)
    if not spark.classes.exists():
        spark.archive("Sleep", "join", data, 0, 1e12)
    return data


def run(spark, data, scenario):
    """Runs one scenario and returns its log."""
    program, conf = SCENARIOS[scenario]
    shape, c0, theta = PROGRAMS[program]
    return spark.run(f"sleep-{program}", "Sleep", shape, data, c0, theta, conf=COMMON | conf)


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--work", type=pathlib.Path, required=True, help="everything temporary; its path shows in the logs")
    flags.add_argument("--logs", type=pathlib.Path, required=True, help="where the event logs and scenarios.csv go")
    flags.add_argument("--only", default="*", help="scenarios whose name matches this pattern")
    options = flags.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)
    spark = cluster.Cluster(options.work, CORES, MEMORY)
    data = prepare(spark)
    with spark:
        for scenario in fnmatch.filter(SCENARIOS, options.only):
            to = options.logs / f"{scenario}.zstd"
            logs.pack(run(spark, data, scenario), to)
            print(f"{scenario:16} {logs.seconds(to):7.1f} s", flush=True)
    with (options.logs / "scenarios.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["scenario", "program", "seconds", "settings"])
        for scenario, (program, conf) in SCENARIOS.items():
            log = options.logs / f"{scenario}.zstd"
            if log.exists():
                table.writerow([scenario, program, logs.seconds(log), " ".join(f"{k}={v}" for k, v in (COMMON | conf).items())])


if __name__ == "__main__":
    main()
