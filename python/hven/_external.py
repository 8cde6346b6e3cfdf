"""Runs that this process reports itself: a script, a notebook, an instrument. A thread sends what the run logs."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from . import _journal, _place, _values
from ._api import SILENT_AFTER_S, STORED_BYTES_MAX, Api
from ._connection import Connection
from ._delivery import Delivery, rfc3339, say
from ._errors import HvenError, Unreachable
from ._journal import Header, Journal
from ._place import Place
from ._run import Run, end_of

#: The pause between two batches.
SEND_INTERVAL_S = 0.2
HEARTBEAT_INTERVAL_S = 10.0
PAUSE_MAX_S = 5.0
#: How long the start waits for the server, so that it can show the link.
START_WAIT_S = 3.0
#: How long the end waits for the server while nothing is received.
CLOSE_WAIT_S = 10.0


class ExternalRun(Run):
    """A run of this process. It ends with `close`, at the end of its `with` block, or with the process."""

    def __init__(self, place: Place, new: Dict[str, Any]):
        home = None if place.home is None else str(place.home)
        url = None if place.home is not None else place.address().url
        header = Header(os.urandom(16).hex(), home, url, new)
        self._journal = Journal(_place.state_folder(), header)
        super().__init__(self._journal)
        self._place = place
        self._api = Api(Connection(place))
        self._delivery = Delivery(self._journal.path, self._journal.descriptor, self._api)
        self._answered = threading.Event()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._problem: Optional[HvenError] = None
        self._reported_problem = False
        self._was_interrupted = False
        self._sender = threading.Thread(target=self._send, name="hven sender", daemon=True)
        self._sender.start()

    @property
    def id(self) -> Optional[str]:
        return self._delivery.run["id"] if self._delivery.run else None

    @property
    def handle(self) -> Optional[str]:
        return self._delivery.run["handle"] if self._delivery.run else None

    @property
    def url(self) -> Optional[str]:
        try:
            return f"{self._place.address().url}/r/{self.handle}" if self._delivery.run else None
        except HvenError:
            return None

    def tag(self, *tags: str) -> None:
        """Adds tags to the run."""
        self._instruct({"tags": [str(tag) for tag in tags]})

    def close(self, state: str = "done", why: Optional[str] = None) -> None:
        """Ends the run as `done`, `failed` (because of `why`) or `cancelled`, and waits until the server has everything.

        If the server does not answer, the run stays in a file, and the next start or `python -m hven sync` sends it. In a forked
        process this does nothing.
        """
        if state not in ("done", "failed", "cancelled"):
            raise ValueError(f"a run ends as done, failed or cancelled, not as {state!r}")
        if self._closed or os.getpid() != self._pid:
            return
        end: Dict[str, Any] = {"state": state, "ended": rfc3339(time.time())}
        if why and state == "failed":
            end["why"] = why.encode("utf-8", "replace").decode()
        self._instruct({"close": end})
        self._closed = True
        _forget(self)
        self._closing.set()
        self._wake.set()
        seen, since = -1, time.monotonic()
        while self._sender.is_alive() and time.monotonic() - since < CLOSE_WAIT_S:
            self._sender.join(0.05)
            if self._delivery.offset != seen:
                seen, since = self._delivery.offset, time.monotonic()
        if not self._delivery.is_finished:
            why_not = self._problem.message if self._problem else "the server did not answer in time"
            say(f"this run is kept in {self._journal.path}: {why_not}. `python -m hven sync` sends it")
        if self._lines.lost:
            say(f"{self._lines.lost} calls were not recorded: {self._lines.path} could not be written ({self._lines.problem})")
        if not self._sender.is_alive():
            if self._delivery.is_finished:
                _journal.remove(self._journal.path)
            # Another process may send the rest.
            self._journal.unlock()

    def _instruct(self, instruction: Dict[str, Any]) -> None:
        if self._closed or not self._journal.instruct(instruction):
            self._report_loss()

    def _add_bytes(self, path: str, content: bytes) -> str:
        target = self._copy_target(path)
        target.write_bytes(content)
        return self._add_output(path, target, len(content), True)

    def _add_file(self, path: str, source: Path) -> str:
        size = source.stat().st_size
        if size > STORED_BYTES_MAX:
            return self._add_output(path, source.absolute(), size, False)
        target = self._copy_target(path)
        shutil.copyfile(source, target)
        return self._add_output(path, target, target.stat().st_size, True)

    def _copy_target(self, path: str) -> Path:
        self._journal.files.mkdir(mode=0o700, exist_ok=True)
        return self._journal.files / (os.urandom(8).hex() + Path(path).suffix)

    def _add_output(self, path: str, file: Path, size: int, is_copy: bool) -> str:
        self._instruct({"output": {"path": path, "file": str(file), "size": size, "is_copy": is_copy}})
        return path

    def _send(self) -> None:
        """The work of the thread."""
        try:
            self._send_until_closed()
        finally:
            self._api.connection.close()

    def _send_until_closed(self) -> None:
        """Sends what was logged, and a heartbeat, until the run is closed."""
        pause, last_call, has_started = SEND_INTERVAL_S, time.monotonic(), False
        while not self._delivery.is_finished:
            is_closing = self._closing.is_set()
            self._wake.clear()
            try:
                run = self._delivery.create()
                if not self._answered.is_set():
                    self._answered.set()
                    last_call = time.monotonic()
                while self._delivery.send_next() and not self._delivery.is_finished:
                    pass
                if time.monotonic() - last_call > HEARTBEAT_INTERVAL_S and not self._delivery.is_finished:
                    self._obey(self._api.heartbeat(run["id"]))
                    last_call = time.monotonic()
                self._problem, pause = None, SEND_INTERVAL_S
            except Unreachable as error:
                self._problem = error
                if not has_started and not self._answered.is_set():
                    has_started = True
                    if self._start_server():
                        continue
                if is_closing:
                    return
                pause = min(pause * 2, PAUSE_MAX_S)
            except HvenError as error:
                self._problem = error
                self._report(error)
                if is_closing:
                    return
                pause = PAUSE_MAX_S
            except Exception as error:
                # A defect here must not end the script, and must not be silent.
                self._problem = HvenError(f"{type(error).__name__}: {error}")
                self._report(self._problem)
                return
            if not self._delivery.is_finished:
                self._wake.wait(pause)

    def _obey(self, state: str) -> None:
        """Interrupts the process, once, if a user has cancelled the run: like Ctrl-C, so that the script can tidy up."""
        if state == "stopping" and not self._was_interrupted:
            self._was_interrupted = True
            say(f"run {self.handle} was cancelled: the script is interrupted")
            main = threading.main_thread().ident
            if main is not None:
                # To the main thread itself: otherwise a call that waits would go on.
                signal.pthread_kill(main, signal.SIGINT)

    def _start_server(self) -> bool:
        try:
            self._place.start()
            return True
        except HvenError as error:
            self._problem = error
            self._report(error)
            return False

    def _report(self, error: HvenError) -> None:
        if not self._reported_problem:
            self._reported_problem = True
            self._answered.set()
            say(f"{error.message}. The run goes on, and is kept in {self._journal.path}")


_open_runs: List[ExternalRun] = []
_ending: Dict[str, Any] = {"error": None}
_is_watching = False


def open_run() -> Optional[ExternalRun]:
    """The run that this process started last and that is still open."""
    return _open_runs[-1] if _open_runs else None


def start(
    place: Place,
    name: Optional[str],
    project: Optional[str],
    params: Any,
    tags: Sequence[str],
) -> ExternalRun:
    """Starts a run; see `hven.start`."""
    new: Dict[str, Any] = {
        "source": "python",
        "command": [_text(word) for word in (sys.orig_argv if hasattr(sys, "orig_argv") else [sys.executable, *sys.argv])],
        "host": socket.gethostname(),
        "folder": _text(str(_place.working_folder())),
        "started": rfc3339(time.time()),
        "silent_after_s": SILENT_AFTER_S,
    }
    found = dict(_values.flat_params(params)) if params is not None else {}
    optional: Mapping[str, Any] = {
        "name": name,
        "project": project or _place.find_project(),
        "params": {key: _values.shortened(value)[0] for key, value in found.items()},
        "tags": [str(tag) for tag in tags],
        "parent": os.environ.get("HVEN_RUN_ID"),
    }
    new.update({key: value for key, value in optional.items() if value})
    run = ExternalRun(place, new)
    _watch()
    _open_runs.append(run)
    run._answered.wait(START_WAIT_S)
    if run.handle:
        say(f"run {run.handle}   {run.url}")
    _send_abandoned_later(run)
    return run


def _text(word: str) -> str:
    return word.encode("utf-8", "replace").decode()


def _forget(run: ExternalRun) -> None:
    if run in _open_runs:
        _open_runs.remove(run)


def _send_abandoned_later(run: ExternalRun) -> None:
    from ._sync import has_abandoned, sync

    if run.handle and has_abandoned():
        threading.Thread(target=sync, kwargs={"is_quiet": True}, name="hven sync", daemon=True).start()


def _watch() -> None:
    """Ends open runs with the process, and remembers how it ends: by an exception, by `sys.exit`, or at its last line."""
    global _is_watching
    if _is_watching:
        return
    _is_watching = True
    hook, leave = sys.excepthook, sys.exit

    def excepthook(kind: Any, error: Any, trace: Any) -> None:
        _ending["error"] = error
        hook(kind, error, trace)

    def leave_with(status: Any = None) -> Any:
        _ending["error"] = SystemExit(status)
        leave(status)

    sys.excepthook = excepthook
    sys.exit = leave_with
    atexit.register(_close_all)


def _close_all() -> None:
    for run in list(reversed(_open_runs)):
        run.close(*end_of(_ending["error"]))


def forget_in_child() -> None:
    """In a forked process: it may log to the runs of its parent, and closes none of them."""
    _ending["error"] = None


os.register_at_fork(after_in_child=forget_in_child)
