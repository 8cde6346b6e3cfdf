"""Sends runs of processes that have ended before the server had everything."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import List, Optional

from . import _journal
from ._api import Api
from ._connection import Connection
from ._delivery import Delivery, say
from ._errors import HvenError, Unreachable
from ._place import Fixed, InHome, Place, state_folder


def has_abandoned() -> bool:
    """Whether there is a file of a process that has ended."""
    for path in _pending():
        descriptor = _journal.lock_abandoned(path)
        if descriptor is not None:
            os.close(descriptor)
            return True
    return False


def sync(*, token: Optional[str] = None, is_quiet: bool = False) -> List[str]:
    """Sends all runs that are kept in files, and returns their handles. Runs of living processes are left alone.

    `token` is for runs that were started with `url`. A run whose process was killed is closed as failed. Problems are reported on
    standard error; with `is_quiet`, nothing is reported, because a later call tries again.
    """
    sent = []
    for path in _pending():
        descriptor = _journal.lock_abandoned(path)
        if descriptor is None:
            continue
        try:
            handle = _send(path, descriptor, token)
            sent.append(handle)
            if not is_quiet:
                say(f"run {handle} was sent")
        except (HvenError, OSError, ValueError) as error:
            if not is_quiet:
                say(f"{path} was not sent: {error}")
        finally:
            os.close(descriptor)
    return sent


def _pending() -> List[Path]:
    try:
        return sorted(state_folder().glob("*.jsonl"))
    except (OSError, HvenError):
        return []


def _send(path: Path, descriptor: int, token: Optional[str]) -> str:
    read = _journal.read_header(descriptor)
    if read is None:
        raise ValueError("it is not the file of a run")
    delivery = Delivery(path, descriptor, Api(Connection(_place_of(read[0], token))))
    delivery.resume()
    try:
        try:
            delivery.create()
        except Unreachable:
            delivery.api.connection.place.start()
        while not delivery.is_finished and delivery.send_next():
            pass
        delivery.close_abandoned()
    finally:
        delivery.api.connection.close()
    handle = str((delivery.run or {}).get("handle"))
    _journal.remove(path)
    return handle


def _place_of(header: _journal.Header, token: Optional[str]) -> Place:
    if header.home is not None:
        return InHome(Path(header.home))
    token = token or os.environ.get("HVEN_TOKEN")
    if not header.url or not token:
        raise HvenError(f"the run belongs to {json.dumps(header.url)}", code="access.denied", hint="HVEN_TOKEN has a token for it")
    return Fixed(header.url, token)
