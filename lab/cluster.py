"""A standalone cluster on this machine: a master, and one worker that advertises
as many cores as it is told to. Tasks that sleep need no real ones."""

import contextlib
import signal
import socket
import subprocess
import sys
import time

from spark import HOME, Spark, stop

START_S = 60  # a worker that is not registered by then never will be


class Cluster(Spark):
    """Master and worker, up inside a with block."""

    def __init__(self, work, cores, memory):
        super().__init__(work)
        self.cores, self.memory = cores, memory

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves by way of __exit__
        port = free_port()
        self.master = f"spark://localhost:{port}"
        with contextlib.ExitStack() as processes:
            self.daemon(processes, "master.Master", "--host", "localhost", "--port", port, "--webui-port", 0)
            worker = self.daemon(
                processes, "worker.Worker", "--host", "localhost", "--webui-port", 0, "--cores", self.cores, "--memory", self.memory,
                "--work-dir", self.work / "apps", self.master,
            )  # fmt: skip
            registered(*worker)
            self.processes = processes.pop_all()
        return self

    def __exit__(self, *exception):
        self.processes.close()

    def daemon(self, processes, kind, *arguments):
        log = self.work / "daemons" / f"{kind}.log"
        command = [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", *arguments]
        env = self.env(JAVA_TOOL_OPTIONS=self.java())  # executors inherit it
        with log.open("wb") as out:
            process = subprocess.Popen([str(c) for c in command], env=env, cwd=self.work, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        processes.callback(stop, process)
        return process, log


def registered(worker, log):
    until = time.monotonic() + START_S
    while "Successfully registered with master" not in log.read_text():
        if worker.poll() is not None or time.monotonic() > until:
            sys.exit(f"the worker did not start:\n{log.read_text()}")
        time.sleep(0.2)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
