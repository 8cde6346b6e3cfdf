"""Measures what `run.log` costs its caller, compared with `json.dumps` of the same values.

Usage: log_cost.py [CALLS]     (default 100,000)

The run is external and its server answers at once in a process of its own, so that the sending thread works during the
measurement. `task` is a run that Hven started: a line in a file. The rounds alternate, and the median of their ratios counts.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests")]
ROUNDS = 9
SERVER = """
import sys, time
from pathlib import Path
from fake_server import FakeServer
with FakeServer(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def seconds(action: Callable[[int], Any], calls: int) -> float:
    started = time.perf_counter()
    for step in range(calls):
        action(step)
    return time.perf_counter() - started


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        for variable in ("HVEN_RUN_ID", "HVEN_METRICS", "HVEN_PROJECT"):
            os.environ.pop(variable, None)
        path = os.pathsep.join(sys.path[:2])
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder / "home")],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert server.stdout is not None and server.stdin is not None
        server.stdout.readline()
        import hven

        external = hven.start("cost", home=folder / "home")
        task = hven.TaskRun("0" * 32, folder / "metrics")
        points: Dict[str, Dict[str, float]] = {
            "1 value": {"loss": 0.12345},
            "4 values": {"train/loss": 0.12345, "train/accuracy": 0.9, "lr": 1e-4, "norm": 12.5},
        }
        for what, point in points.items():
            rows: Dict[str, list[float]] = {"json.dumps": [], "task": [], "external": []}
            for _ in range(ROUNDS):
                rows["json.dumps"].append(seconds(lambda step, point=point: json.dumps({**point, "step": step}), calls // ROUNDS))
                rows["task"].append(seconds(lambda step, point=point: task.log(point, step=step), calls // ROUNDS))
                rows["external"].append(seconds(lambda step, point=point: external.log(point, step=step), calls // ROUNDS))
            for row, times in rows.items():
                ratio = statistics.median(a / b for a, b in zip(times, rows["json.dumps"]))
                print(f"{what:9} {row:11} {statistics.median(times) / (calls // ROUNDS) * 1e6:6.2f} us a call   {ratio:5.2f} x json.dumps")
        external.close()
        server.stdin.close()
        server.wait()


if __name__ == "__main__":
    main()
