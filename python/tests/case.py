"""A test with folders of its own for the home, the state and the cache, and a fake server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any, Dict
from unittest import mock

import hven
from fake_server import FakeServer

SOURCE = Path(hven.__file__).parent.parent


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.environment: Dict[str, str] = {
            "HVEN_HOME": str(self.folder / "home"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            # No program `hven`: tests start no server.
            "PATH": "/usr/bin:/bin",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HVEN_")}
        patch = mock.patch.dict(os.environ, {**kept, **self.environment}, clear=True)
        patch.start()
        self.addCleanup(patch.stop)
        no_program = mock.patch("hven._place.find_program", return_value=None)
        no_program.start()
        self.addCleanup(no_program.stop)
        self.fake = FakeServer(self.folder / "home")

    def pending(self) -> "list[Path]":
        return sorted((self.folder / "state/hven/pending").glob("*"))

    def script(self, text: str, *, status: int = 0, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Runs a script in a process of its own."""
        code = "import hven, hven._place; hven._place.find_program = lambda: None\n" + textwrap.dedent(text)
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), **variables}
        ended = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended

    def only_run(self) -> Dict[str, Any]:
        self.assertEqual(len(self.fake.runs), 1)
        return next(iter(self.fake.runs.values()))
