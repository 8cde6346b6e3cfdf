"""`python -m hven sync` sends the runs that are kept in files; `python -m hven` shows the version and how many there are."""

from __future__ import annotations

import argparse
import sys

from . import __version__, sync
from ._place import state_folder


def main() -> int:
    """The command line of the module. Returns the exit status: 1 if runs are left."""
    parser = argparse.ArgumentParser(prog="python -m hven", description="Runs that this module keeps in files for the server.")
    parser.add_argument("command", nargs="?", choices=["sync"], help="sync: send them")
    asked = parser.parse_args()
    if asked.command == "sync":
        sync()
    left = sorted(state_folder().glob("*.jsonl"))
    if asked.command is None:
        print(f"hven {__version__} for Python; {len(left)} runs in {state_folder()}")
        return 0
    return 1 if left else 0


sys.exit(main())
