"""One Spark on this machine: how its programs are compiled and run. Everything
that it writes lies below one work directory, whose path shows in event logs.
"""

import os
import pathlib
import subprocess
import sys

import pyspark

HERE = pathlib.Path(__file__).parent
HOME = pathlib.Path(pyspark.__file__).parent

# The first seconds of a JVM are most of a short run, and its collectors and
# compilers would share few cores with those of the other JVMs. Not seen in logs.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -Xlog:disable"

LOG4J = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
logger.worker.name = org.apache.spark.deploy.worker.Worker
logger.worker.level = info
"""

LOGGING = {
    "spark.eventLog.enabled": "true", "spark.eventLog.compress": "true", "spark.eventLog.compression.codec": "zstd",
    "spark.ui.enabled": "false",
}  # fmt: skip


class Spark:
    """Programs run in this process's stead, by default in local mode."""

    def __init__(self, work):
        self.work = pathlib.Path(work).absolute()
        self.master = "local[2]"
        self.events = self.work / "events"
        self.classes = self.work / "classes.jsa"
        for name in ("conf", "events", "local", "apps", "daemons"):
            (self.work / name).mkdir(parents=True, exist_ok=True)
        # An archive of class data serves no JVM that has files in directories of
        # its class path, so the configuration of logging is not in conf.
        log4j = self.work / "log4j2.properties"
        log4j.write_text(LOG4J)
        self.java_options = f"{JAVA_OPTIONS} -Dlog4j2.configurationFile={log4j.as_uri()}"

    def env(self, **more):
        """Nothing of the caller's environment reaches a log but what Java needs."""
        kept = {k: os.environ[k] for k in ("PATH", "HOME", "JAVA_HOME") if k in os.environ}
        ours = {
            "SPARK_HOME": HOME, "SPARK_CONF_DIR": self.work / "conf", "SPARK_LOCAL_DIRS": self.work / "local",
            "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost", "SPARK_DAEMON_MEMORY": "256m",
            "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "TZ": "UTC", "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        return kept | {k: str(v) for k, v in (ours | more).items()}

    def java(self):
        """The options of a JVM. With the archive it starts in half the time."""
        shared = f" -XX:SharedArchiveFile={self.classes}" if self.classes.exists() else ""
        return self.java_options + shared

    def archive(self, program, *arguments):
        """Runs a program in this JVM alone and keeps the data of its classes."""
        self.run("classes", program, *arguments, java=f"{self.java_options} -XX:ArchiveClassesAtExit={self.classes}")

    def run(self, name, program, *arguments, **how):
        """Runs a program that must not fail, and returns its event log."""
        log, code = self.submit(name, program, *arguments, **how)
        if code != 0:
            sys.exit(f"{name} failed:\n{self.said()}")
        return log

    def submit(self, name, program, *arguments, properties=None, conf=(), timeout=600, java=None):
        """Runs a program to its end. Returns its event log, and the driver's exit
        code: None if it had to be stopped.

        program: a class of jobs/, or a Python file. properties: the file that
        stands in for spark-defaults.conf, as --properties-file does.
        """
        before = set(self.events.iterdir())
        command = [HOME / "bin" / "spark-submit", "--master", self.master, "--name", name]
        if properties:
            command += ["--properties-file", properties]
        for key, value in (LOGGING | {"spark.eventLog.dir": self.events.as_uri()} | dict(conf)).items():
            command += ["--conf", f"{key}={value}"]
        command += [program] if isinstance(program, pathlib.Path) else ["--class", program, self.jar()]
        with (self.work / "driver.log").open("wb") as out:
            command = [str(c) for c in (*command, *arguments)]
            env = self.env(SPARK_SUBMIT_OPTS=java or self.java())
            driver = subprocess.Popen(command, env=env, cwd=self.work, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            try:
                code = driver.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                stop(driver)
        logs = sorted(set(self.events.iterdir()) - before)
        if len(logs) != 1:
            sys.exit(f"{name} left {len(logs)} event logs:\n{self.said()}")
        return logs[0], code

    def said(self):
        return (self.work / "driver.log").read_text()

    def jar(self):
        """The jobs of jobs/, compiled against this Spark where they changed."""
        jar, sources = self.work / "jobs.jar", sorted((HERE / "jobs").glob("*.java"))
        if not jar.exists() or jar.stat().st_mtime < max(s.stat().st_mtime for s in sources):
            classes = self.work / "classes"
            subprocess.run(["javac", "-nowarn", "-d", classes, "-cp", f"{HOME}/jars/*", *sources], check=True)
            subprocess.run(["jar", "cf", jar, "-C", classes, "."], check=True)
        return jar


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
