"""Runs many tasks with HyperQueue, Dask or Ray, whichever this Python has: tasks, program, parallelism."""
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version

TASKS, PROGRAM, PARALLEL = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def report(name, package, seconds):
    print(json.dumps({"name": name, "version": version(package), "tasks_per_s": TASKS / seconds}), flush=True)
    os._exit(0)


def has(package):
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def call(_):
    return subprocess.call([PROGRAM], stdin=subprocess.DEVNULL)


if has("hyperqueue"):
    os.chdir(tempfile.mkdtemp(prefix="hven-bench-"))
    from hyperqueue import Job, LocalCluster
    from hyperqueue.cluster import WorkerConfig

    client = LocalCluster(worker_config=WorkerConfig(cores=PARALLEL)).client()
    job = Job()
    for _ in range(TASKS):
        job.program([PROGRAM], stdout=None, stderr=None)
    began = time.monotonic()
    client.wait_for_jobs([client.submit(job)])
    report("HyperQueue", "hyperqueue", time.monotonic() - began)
elif has("dask"):
    from dask.distributed import Client

    client = Client(n_workers=PARALLEL, threads_per_worker=1, dashboard_address=None)
    began = time.monotonic()
    client.gather(client.map(call, range(TASKS)))
    report("Dask", "distributed", time.monotonic() - began)
elif has("ray"):
    import ray

    ray.init(num_cpus=PARALLEL, include_dashboard=False, log_to_driver=False)
    task = ray.remote(num_cpus=1)(call)
    began = time.monotonic()
    ray.get([task.remote(i) for i in range(TASKS)])
    report("Ray", "ray", time.monotonic() - began)
else:
    sys.exit("this Python has none of hyperqueue, dask and ray")
