"""Sends the lines of a journal to the server, in order. A line that was sent twice has no further effect."""

from __future__ import annotations

import datetime
import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import _journal
from ._api import STORED_BYTES_MAX, Api
from ._errors import HvenError
from ._journal import Header
from ._values import encode

#: The most points and parameters in one call.
_BATCH_MAX = 1000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
#: The end of a run whose process did not close it. Its journal is complete, because no process holds its lock.
ABANDONED = {"state": "failed", "why": "its process ended without closing the run"}


def is_final(error: HvenError) -> bool:
    """Whether a repetition of the request cannot help, because the server refused its content."""
    return error.status is not None and error.status in (400, 409, 413, 415, 422)


def say(text: str) -> None:
    """Reports something to the user, on standard error."""
    try:
        print(f"hven: {text}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        # Standard error may be closed already.
        pass


def rfc3339(time_s: float) -> str:
    """A time in seconds since 1970 as text, exact to microseconds."""
    time = _EPOCH + datetime.timedelta(microseconds=int(time_s * 1e6))
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Delivery:
    """The state of sending one journal. Only one thread uses it."""

    def __init__(self, path: Path, descriptor: int, api: Api):
        read = _journal.read_header(descriptor)
        if read is None:
            raise ValueError(f"{path} is not the file of a run")
        self.path = path
        self.api = api
        self.header: Header = read[0]
        self.run: Optional[Dict[str, Any]] = None
        self.offset = read[1]
        #: All lines were sent, and the run is closed.
        self.is_finished = False
        #: How many points, parameters and files the server refused, and why the last time.
        self.refused = 0
        self.refusal: Optional[str] = None
        self._descriptor = descriptor
        # Before this process appends its own marks.
        self._last_write_s = os.fstat(descriptor).st_mtime

    def resume(self) -> None:
        """Continues where an earlier process stopped."""
        for instruction in _journal.instructions(self._descriptor, self.offset):
            if isinstance(instruction.get("run"), dict):
                self.run = instruction["run"]
            if isinstance(instruction.get("sent"), int):
                self.offset = max(self.offset, instruction["sent"])

    def create(self) -> Dict[str, Any]:
        """Creates the run on the server, if that has not been done."""
        if self.run is None:
            run = self.api.create_run(self.header.new, self._key("create"))
            self.run = {"id": run["id"], "handle": run.get("handle", run["id"])}
            self._mark({"run": self.run})
        return self.run

    def send_next(self) -> bool:
        """Sends the next batch. Returns whether there was one. Raises `HvenError` if it must be sent later."""
        run = self.create()["id"]
        lines = _journal.complete_lines(self._descriptor, self.offset)
        points: List[Dict[str, Any]] = []
        params: Dict[str, Any] = {}
        instruction: Optional[Dict[str, Any]] = None
        length = 0
        for line in lines:
            instruction = _journal.instruction_of(line)
            if instruction is not None:
                is_mark = "run" in instruction or "sent" in instruction
                if not is_mark and (points or params):
                    instruction = None
                    break
                length += len(line)
                if not is_mark:
                    break
                instruction = None
                continue
            if len(points) >= _BATCH_MAX or len(params) >= _BATCH_MAX:
                break
            new_points, new_params = _read(line)
            if (params and new_points) or (points and new_params):
                break
            if len(points) + len(new_points) > _BATCH_MAX and points:
                break
            points += new_points
            params.update(new_params)
            length += len(line)
        if length == 0:
            return False
        key = self._key(str(self.offset))
        if points:
            self._offer(points, lambda part, key: self.api.add_points(run, part, key), key)
        if params:
            self._offer(list(params.items()), lambda part, key: self.api.add_params(run, dict(part), key), key)
        if instruction is not None:
            self._carry_out(run, instruction, key)
        self.offset += length
        if not self.is_finished and (points or params or instruction):
            self._mark({"sent": self.offset})
        return True

    def close_abandoned(self) -> None:
        """Closes a run whose process ended without doing that."""
        if not self.is_finished:
            self._close(self.create()["id"], {**ABANDONED, "ended": rfc3339(self._last_write_s)}, self._key("abandoned"))

    def _offer(self, items: List[Any], send: Any, key: str) -> None:
        """Sends items. If the server refuses them, sends halves, so that it gets all items that it accepts."""
        try:
            send(items, key)
        except HvenError as error:
            if not is_final(error):
                raise
            if len(items) == 1:
                self._refuse(error.message)
                return
            middle = len(items) // 2
            self._offer(items[:middle], send, key + "a")
            self._offer(items[middle:], send, key + "b")

    def _carry_out(self, run: str, instruction: Dict[str, Any], key: str) -> None:
        try:
            if "output" in instruction:
                self._add_output(run, instruction["output"], key)
            elif "tags" in instruction:
                self.api.add_tags(run, instruction["tags"], key)
            elif "close" in instruction:
                self._close(run, instruction["close"], key)
        except HvenError as error:
            if not is_final(error):
                raise
            self._refuse(error.message)

    def _close(self, run: str, end: Dict[str, Any], key: str) -> None:
        try:
            self.api.close_run(run, end, key)
        except HvenError as error:
            # The run has another end already, for example because a user cancelled it.
            if not is_final(error):
                raise
            self._refuse(error.message)
        self.is_finished = True

    def _add_output(self, run: str, output: Dict[str, Any], key: str) -> None:
        file = Path(output["file"])
        try:
            stored = store_file(self.api, file, output["size"], key)
        except OSError as error:
            self._refuse(f"the output {output['path']} cannot be read: {error}")
            return
        if stored["size"] != output["size"]:
            self._refuse(f"the output {output['path']} changed before it was sent")
            return
        self.api.add_outputs(run, [{"path": output["path"], **stored}], key + "o")
        if output.get("is_copy"):
            file.unlink()

    def _refuse(self, why: str) -> None:
        self.refused += 1
        if self.refusal is None:
            say(f"the server does not record a part of this run: {why}")
        self.refusal = why

    def _mark(self, instruction: Dict[str, Any]) -> None:
        # Without this mark, a later process sends the same lines again, which has no further effect.
        try:
            os.write(self._descriptor, encode({"hven": instruction}).encode() + b"\n")
        except OSError:
            pass

    def _key(self, part: str) -> str:
        return f"{self.header.ticket}-{part}"


def store_file(api: Api, file: Path, size: int, key: Optional[str] = None) -> Dict[str, Any]:
    """Stores the bytes of a file. Returns their digest and size. Raises `HvenError` with a hint for a large file without `blake3`."""
    if size <= STORED_BYTES_MAX:
        stored = api.store(file.read_bytes(), key)
        return {"digest": stored["digest"], "size": stored["size"]}
    digest = digest_of_large(file)
    if not api.has(digest):
        with file.open("rb") as content:
            api.upload(digest, content, size)
    return {"digest": digest, "size": size}


def digest_of_large(file: Path) -> str:
    """The BLAKE3 digest of a file that is larger than the server digests itself."""
    try:
        import blake3  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise HvenError(
            f"{file} has more than {STORED_BYTES_MAX >> 20} MiB, and this Python has no package blake3 for its digest",
            code="invalid",
            hint="pip install blake3",
            status=400,
        ) from None
    hasher = blake3.blake3()
    with file.open("rb") as content:
        while True:
            part = content.read(1 << 20)
            if not part:
                return str(hasher.hexdigest())
            hasher.update(part)


def _read(line: bytes) -> Any:
    """The points and the parameters of a line. A line that a full disk has cut has neither."""
    try:
        values = json.loads(line)
    except ValueError:
        return [], {}
    if not isinstance(values, dict):
        return [], {}
    if isinstance(values.get("param"), dict):
        return [], values["param"]
    step, time = values.pop("step", 0), values.pop("time", None)
    if isinstance(values.get("key"), str):
        values = {values["key"]: values.get("value")}
    at = {"step": step} if time is None else {"step": step, "time": rfc3339(time)}
    return [{"key": name, "value": value, **at} for name, value in values.items()], {}
