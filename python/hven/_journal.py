"""The file in which an external run keeps all that it logs until the server has it.

`run.log` appends a line; a thread sends the lines. So logging waits for no network, needs no memory, and a killed process
loses nothing: the next start, or `python -m hven sync`, sends the rest. The lines are those of `$HVEN_METRICS`. Lines of
the form `{"hven": {…}}` are instructions: the first one describes the run, `sent` counts the bytes that the server has.

The process holds a lock on its file. A file without a lock belongs to a process that has ended.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ._values import encode

FORMAT = "hven.pending/1"
_READ_BYTES = 128 << 10


class Header(NamedTuple):
    """The first line: which run this is, and where its server is looked up."""

    ticket: str
    home: Optional[str]
    url: Optional[str]
    new: Dict[str, Any]


class LineFile:
    """A file to which lines are appended, also by threads and by forked processes, each line with one call of the system."""

    def __init__(self, path: Path, flags: int = os.O_WRONLY):
        self.path = path
        self.descriptor = os.open(path, os.O_APPEND | os.O_CREAT | flags, 0o600)
        #: How many times a line could not be written, and why the last time.
        self.lost = 0
        self.problem: Optional[str] = None
        self._is_torn = False

    def write(self, line: bytes) -> bool:
        """Appends a line. Returns `False` if that was impossible, for example because the disk is full."""
        if self._is_torn:
            line = b"\n" + line
        written = 0
        try:
            written = os.write(self.descriptor, line)
            if written == len(line) and not self._is_torn:
                return True
            while written < len(line):
                written += os.write(self.descriptor, line[written:])
        except OSError as error:
            self.lost += 1
            self.problem = str(error)
            # The next line must not continue an incomplete one.
            self._is_torn = self._is_torn or written > 0
            return False
        self._is_torn = False
        return True

    def __del__(self) -> None:
        # Not earlier: a thread that still logs would write to another file that got the same number.
        descriptor = getattr(self, "descriptor", None)
        if descriptor is not None:
            os.close(descriptor)


class Journal(LineFile):
    """The file of a run of this process."""

    def __init__(self, folder: Path, header: Header):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().__init__(folder / f"{header.ticket}.jsonl", os.O_RDWR | os.O_EXCL | os.O_CLOEXEC)
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        if not self.instruct({"format": FORMAT, **header._asdict()}):
            raise OSError(f"{self.path} cannot be written: {self.problem}")

    def instruct(self, instruction: Dict[str, Any]) -> bool:
        """Appends an instruction."""
        return self.write(encode({"hven": instruction}).encode("utf-8", "replace") + b"\n")

    def unlock(self) -> None:
        """Lets other processes send the rest."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    @property
    def files(self) -> Path:
        """The folder for the bytes of outputs that the server does not have yet."""
        return files_of(self.path)


def files_of(path: Path) -> Path:
    """The folder next to a journal for the bytes of outputs."""
    return path.with_suffix(".files")


def remove(path: Path) -> None:
    """Removes the file of a run that the server has completely."""
    folder = files_of(path)
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    path.unlink()


def lock_abandoned(path: Path) -> Optional[int]:
    """Locks the file of a process that has ended, and returns the descriptor; `None` if the process is alive."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another process may have removed the file before it gave up the lock.
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def complete_lines(descriptor: int, offset: int) -> List[bytes]:
    """The next complete lines from `offset` on, with their line ends."""
    size = _READ_BYTES
    while True:
        part = os.pread(descriptor, size, offset)
        end = part.rfind(b"\n") + 1
        if end or len(part) < size:
            return part[:end].splitlines(keepends=True)
        # The header has all parameters of the start, so it may be longer.
        size *= 4


def instruction_of(line: bytes) -> Optional[Dict[str, Any]]:
    """The instruction in a line; `None` for a line with metrics or parameters, and for a line that is damaged."""
    if not line.startswith(b'{"hven":{'):
        return None
    try:
        instruction = json.loads(line)["hven"]
    except (ValueError, KeyError):
        return None
    return instruction if isinstance(instruction, dict) else None


def read_header(descriptor: int) -> Optional[Tuple[Header, int]]:
    """The header and its length in bytes; `None` if the file does not start with one."""
    lines = complete_lines(descriptor, 0)
    instruction = instruction_of(lines[0]) if lines else None
    if instruction is None or instruction.get("format") != FORMAT:
        return None
    values = {name: instruction.get(name) for name in Header._fields}
    return Header(**values), len(lines[0])  # type: ignore[arg-type]


def instructions(descriptor: int, offset: int) -> Iterator[Dict[str, Any]]:
    """All instructions from `offset` on."""
    while True:
        lines = complete_lines(descriptor, offset)
        if not lines:
            return
        for line in lines:
            instruction = instruction_of(line)
            if instruction is not None:
                yield instruction
        offset += sum(map(len, lines))
