"""External runs: what a process reports arrives once, whatever happens to the process and the server."""

from __future__ import annotations

import json
import math
import os
import signal
import threading
import unittest

import hven
from case import Case
from hven import _external


class ExternalRuns(Case):
    def test_a_run_arrives_with_all_it_logged(self) -> None:
        with self.fake, hven.start("tune", project="astro", params={"a": {"b": 1}}, tags=["x"]) as run:
            self.assertIs(hven.current(), run)
            for step in range(2500):
                run.log(loss=1 / (step + 1), step=step)
            run.log(bad=math.nan, worse=-math.inf, time=3)
            run.params(lr=0.1)
            run.tag("y")
            run.table([{"a": 1}], "out/t")
            (self.folder / "note.txt").write_text("hello")
            run.file(self.folder / "note.txt")
            self.assertEqual(run.handle, "R0")
        self.assertIsNone(hven.current())
        there = self.only_run()
        self.assertEqual(self.fake.curve(there, "loss"), [(step, 1 / (step + 1)) for step in range(2500)])
        self.assertEqual(self.fake.curve(there, "bad"), [(2500, "NaN")])
        self.assertEqual(self.fake.curve(there, "worse"), [(2500, "-Infinity")])
        self.assertEqual(self.fake.curve(there, "time"), [(2500, 3)])
        self.assertEqual(there["params"], {"a.b": 1, "lr": 0.1})
        self.assertEqual(there["tags"], ["x", "y"])
        self.assertEqual(there["files"], {"out/t.csv": b"a\n1\n", "note.txt": b"hello"})
        self.assertEqual(there["end"]["state"], "done")
        self.assertEqual(there["new"]["project"], "astro")
        batches = [call for call in self.fake.calls if call[1].endswith("/metrics")]
        self.assertLess(len(batches), 60)
        self.assertEqual(self.pending(), [])

    def test_the_end_of_a_block_is_the_end_of_the_run(self) -> None:
        def end_after(error: BaseException) -> "tuple[str, object]":
            try:
                with hven.start() as run:
                    raise error
            except BaseException as raised:
                self.assertIs(raised, error)
            end = self.fake.runs[str(run.id)]["end"]
            return end["state"], end.get("why")

        with self.fake:
            self.assertEqual(end_after(ValueError("no")), ("failed", "ValueError: no"))
            self.assertEqual(end_after(KeyboardInterrupt()), ("cancelled", None))
            self.assertEqual(end_after(SystemExit(0)), ("done", None))
            self.assertEqual(end_after(SystemExit(3)), ("failed", "exit status 3"))

    def test_the_end_of_the_process_is_the_end_of_the_run(self) -> None:
        ends = [
            ("", 0, "done", None),
            ("raise KeyError('k')", 1, "failed", "KeyError: 'k'"),
            ("import sys; sys.exit(4)", 4, "failed", "exit status 4"),
            ("import sys; sys.exit()", 0, "done", None),
            ("import argparse; argparse.ArgumentParser().parse_args(['--no'])", 2, "failed", "exit status 2"),
        ]
        with self.fake:
            for number, (last, status, state, why) in enumerate(ends):
                self.script(f"hven.start().log(x=1)\n{last}", status=status)
                run = self.fake.runs[f"{number:032x}"]
                self.assertEqual((run["end"]["state"], run["end"].get("why")), (state, why), last)
                self.assertEqual(self.fake.curve(run, "x"), [(0, 1)])

    def test_a_killed_process_loses_nothing(self) -> None:
        with self.fake:
            self.fake.fails = 503
            text = "run = hven.start('k')\nfor i in range(5): run.log(x=i)\nimport os; os.kill(os.getpid(), 9)"
            self.script(text, status=-signal.SIGKILL)
            self.assertEqual(self.fake.runs, {})
            self.fake.fails = None
            self.assertEqual(hven.sync(), ["R0"])
            run = self.only_run()
            self.assertEqual(self.fake.curve(run, "x"), [(i, i) for i in range(5)])
            self.assertEqual((run["end"]["state"], run["end"]["why"]), ("failed", "its process ended without closing the run"))
            self.assertEqual(self.pending(), [])
            self.assertEqual(hven.sync(), [])

    def test_a_run_without_a_server_is_kept_and_the_next_start_sends_it(self) -> None:
        said = self.script("with hven.start('alone') as run:\n  run.log(x=1)\n  run.table([{'a': 1}])").stderr
        self.assertIn("no server runs", said)
        self.assertIn("python -m hven sync", said)
        with self.fake:
            with hven.start("next"):
                for thread in threading.enumerate():
                    if thread.name == "hven sync":
                        thread.join()
            names = {run["new"]["name"]: run for run in self.fake.runs.values()}
            self.assertEqual(self.fake.curve(names["alone"], "x"), [(0, 1)])
            self.assertEqual(names["alone"]["files"], {"table.csv": b"a\n1\n"})
            self.assertEqual(names["alone"]["end"]["state"], "done")
            self.assertEqual(self.pending(), [])

    def test_a_server_that_is_away_for_a_while_gets_each_point_once(self) -> None:
        with self.fake:
            run = hven.start()
            run.log(x=0)
            self.fake.fails = 503
            for i in range(1, 100):
                run.log(x=i)
            self.fake.fails = None
            run.close()
            self.assertEqual(self.fake.curve(self.only_run(), "x"), [(i, i) for i in range(100)])

    def test_a_server_without_external_runs_is_reported(self) -> None:
        self.fake.has_external = False
        with self.fake:
            said = self.script("with hven.start() as run: run.log(x=1)").stderr
            self.assertIn("there is no such call", said)
            self.assertEqual(len(self.pending()), 1)

    def test_another_program_at_the_address_gets_no_token(self) -> None:
        self.fake.is_impostor = True
        with self.fake:
            said = self.script("with hven.start() as run: run.log(x=1)").stderr
            self.assertIn("it gives no proof", said)
            self.assertEqual(self.fake.calls, [])

    def test_a_refused_point_does_not_stop_the_others(self) -> None:
        with self.fake:
            with hven.start() as run:
                for i in range(20):
                    run.log({"x": i, **({"refused": 1} if i == 7 else {})})
            self.assertEqual(self.fake.curve(self.only_run(), "x"), [(i, i) for i in range(20)])
            self.assertEqual(self.only_run()["end"]["state"], "done")

    def test_forked_processes_and_threads_log_to_the_same_run_once(self) -> None:
        text = """
            import os, threading
            run = hven.start()
            run.log(before=1)
            def work(k):
                for i in range(50): run.log({f"t{k}": i}, step=i)
            threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
            for t in threads: t.start()
            for t in threads: t.join()
            children = []
            for k in range(3):
                pid = os.fork()
                if pid == 0:
                    hven.current().log({f"c{k}": k}, step=k)
                    import sys; sys.exit(1)
                children.append(pid)
            for pid in children: os.waitpid(pid, 0)
            run.log(after=1)
        """
        with self.fake:
            self.script(text)
            run = self.only_run()
            self.assertEqual(run["end"]["state"], "done")
            self.assertEqual(sorted(run["points"]), sorted(["before", "after", *(f"t{k}" for k in range(4)), *(f"c{k}" for k in range(3))]))
            for k in range(4):
                self.assertEqual(self.fake.curve(run, f"t{k}"), [(i, i) for i in range(50)])
            for k in range(3):
                self.assertEqual(self.fake.curve(run, f"c{k}"), [(k, k)])
            self.assertEqual(len(self.fake.curve(run, "before")), 1)

    def test_a_full_disk_is_reported_and_does_not_end_the_script(self) -> None:
        with self.fake:
            run = hven.start()
            full = os.open("/dev/full", os.O_WRONLY)
            kept, run._journal.descriptor = run._journal.descriptor, full
            run.log(x=1)
            run.log(x=2)
            run._journal.descriptor = kept
            os.close(full)
            run.log(x=3)
            run.close()
            self.assertEqual(self.fake.curve(self.only_run(), "x"), [(2, 3)])
            self.assertEqual(run._journal.lost, 2)

    def test_an_incomplete_line_does_not_damage_the_next_one(self) -> None:
        with self.fake:
            run = hven.start()
            os.write(run._journal.descriptor, b'{"x": 1')
            run._journal._is_torn = True
            run.log(x=2)
            run.close()
            self.assertEqual(self.fake.curve(self.only_run(), "x"), [(0, 2)])

    def test_a_heartbeat_is_sent_while_nothing_is_logged(self) -> None:
        with self.fake, unittest.mock.patch.object(_external, "HEARTBEAT_INTERVAL_S", 0.1), hven.start():
            beat = threading.Event()
            for _ in range(100):
                if self.only_run()["beats"] >= 2:
                    break
                beat.wait(0.1)
            self.assertGreaterEqual(self.only_run()["beats"], 2)

    def test_a_cancelled_run_interrupts_its_script(self) -> None:
        self.fake.is_cancelled = True
        text = "import time, hven._external as e; e.HEARTBEAT_INTERVAL_S = 0.1; hven.start(); time.sleep(30); print('not interrupted')"
        with self.fake:
            ended = self.script(text, status=-signal.SIGINT)
        self.assertIn("was cancelled", ended.stderr)
        self.assertEqual(ended.stdout, "")
        self.assertEqual(self.only_run()["end"]["state"], "cancelled")

    def test_each_call_of_a_tracked_function_is_a_run(self) -> None:
        @hven.track("fit")
        def fit(lr: float, data: object = None) -> float:
            run = hven.current()
            assert run is not None
            run.log(loss=lr)
            return lr

        @hven.track
        def plain() -> None:
            raise ValueError("x")

        with self.fake:
            self.assertEqual(fit(0.5, data=[1]), 0.5)
            with self.assertRaises(ValueError):
                plain()
            first, second = self.fake.runs.values()
            self.assertEqual((first["new"]["name"], first["params"]), ("fit", {"lr": 0.5}))
            self.assertEqual((second["new"]["name"], second["end"]["state"]), ("plain", "failed"))

    def test_the_file_of_a_living_process_is_left_alone(self) -> None:
        with self.fake:
            self.fake.fails = 503
            run = hven.start()
            self.fake.fails = None
            self.assertEqual(hven.sync(), [])
            run.close()
            self.assertEqual(len(self.fake.runs), 1)

    def test_a_file_that_changed_before_it_was_sent_is_refused(self) -> None:
        with self.fake:
            self.fake.fails = 503
            with unittest.mock.patch.object(_external, "STORED_BYTES_MAX", 3):
                run = hven.start()
                file = self.folder / "big.bin"
                file.write_bytes(b"12345")
                run.file(file)
                file.write_bytes(b"123456")
                self.fake.fails = None
                run.close()
            self.assertEqual(self.only_run()["files"], {})
            self.assertEqual(run._delivery.refused, 1)

    def test_the_header_has_no_token(self) -> None:
        with self.fake:
            run = hven.start(url=json.loads((self.folder / "home/server.json").read_text())["url"], token="hvu_test")
            self.assertNotIn("hvu_test", run._journal.path.read_text())
            run.close()
            self.assertEqual(self.only_run()["end"]["state"], "done")


if __name__ == "__main__":
    unittest.main()
