"""Hven in Python: log metrics, parameters, figures and tables, and read datasets and runs.

    import hven

    run = hven.current() or hven.start("tune")
    run.params(lr=0.1)
    for step in range(100):
        run.log(loss=1 / (step + 1), step=step)

Under `hven run` the run is the one that Hven started. Elsewhere `start` makes a run that this process reports itself.
"""

from __future__ import annotations

import functools
import inspect
import os
from importlib import metadata as _metadata
from typing import Any, Callable, Optional, Sequence, TypeVar, Union, overload

from . import _external, _place, _run_list
from ._api import Api as _Api
from ._auto import auto
from ._connection import Connection as _Connection
from ._datasets import Dataset
from ._errors import HvenError, Unreachable
from ._external import ExternalRun
from ._run import PathLike as _PathLike
from ._run import Run, TaskRun
from ._run_list import RunList
from ._sync import sync

try:
    __version__ = _metadata.version("hven")
except _metadata.PackageNotFoundError:
    # The module is used from its source.
    __version__ = "0"

__all__ = [
    "Dataset", "ExternalRun", "HvenError", "Run", "RunList", "TaskRun", "Unreachable",
    "auto", "current", "dataset", "runs", "start", "sync", "track",
]  # fmt: skip

_F = TypeVar("_F", bound=Callable[..., Any])
_task: Optional[TaskRun] = None


def current() -> Optional[Run]:
    """The run of this process: the one that `start` opened last, or the one that Hven started. `None` without a run."""
    return _external.open_run() or _task_run()


def _task_run() -> Optional[TaskRun]:
    global _task
    run, metrics = os.environ.get("HVEN_RUN_ID"), os.environ.get("HVEN_METRICS")
    if not run or not metrics:
        return None
    if _task is None or _task.id != run:
        _task = TaskRun(run, metrics)
    return _task


def start(
    name: Optional[str] = None,
    *,
    project: Optional[str] = None,
    params: Any = None,
    tags: Sequence[str] = (),
    home: Optional[_PathLike] = None,
    url: Optional[str] = None,
    token: Optional[str] = None,
) -> ExternalRun:
    """Starts a run that this process reports itself, and returns it. Use it with `with`, or call `close`; else it ends with the process.

    The home is `home`, `$HVEN_HOME`, the nearest folder `.hven`, or `~/.local/share/hven`; its server is started if none runs.
    `url` names a server without its home, with a `token` (or `$HVEN_TOKEN`). If no server answers, the run is kept in a file, and a
    later start or `python -m hven sync` sends it.
    """
    return _external.start(_find(home, url, token), name, project, params, tags)


@overload
def track(name: _F) -> _F: ...
@overload
def track(
    name: Optional[str] = None, *, project: Optional[str] = None, tags: Sequence[str] = (), home: Optional[_PathLike] = None
) -> Callable[[_F], _F]: ...
def track(name: Any = None, *, project: Optional[str] = None, tags: Sequence[str] = (), home: Optional[_PathLike] = None) -> Any:
    """Makes a run of each call of a function: `@hven.track` or `@hven.track("tune")`.

    Arguments that are numbers, texts, bool or `None` become parameters. Within another run, such as one that Hven started, the
    function logs to that run.
    """

    def decorate(function: _F) -> _F:
        title = name if isinstance(name, str) else function.__name__
        signature = inspect.signature(function)

        @functools.wraps(function)
        def tracked(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            plain = {key: value for key, value in bound.arguments.items() if value is None or isinstance(value, (bool, int, float, str))}
            run = current()
            if run is not None:
                run.params(plain)
                return function(*args, **kwargs)
            with start(title, project=project, params=plain, tags=tags, home=home):
                return function(*args, **kwargs)

        return tracked  # type: ignore[return-value]

    return decorate(name) if callable(name) else decorate


def dataset(
    name: str,
    *,
    project: Optional[str] = None,
    home: Optional[_PathLike] = None,
    url: Optional[str] = None,
    token: Optional[str] = None,
) -> Dataset:
    """A dataset by `planets` (the newest version), `planets@2`, or `planets@2.train` (a part).

    Raises `HvenError` with the code `not_found` if there is none. A table contains held-out rows only if their part is named, and
    that reading is recorded.
    """
    return Dataset(_api(home, url, token), name, project, _task_run())


def runs(
    *,
    project: Optional[str] = None,
    state: Union[str, Sequence[str], None] = None,
    tag: Union[str, Sequence[str], None] = None,
    words: Optional[str] = None,
    limit: Optional[int] = 100,
    home: Optional[_PathLike] = None,
    url: Optional[str] = None,
    token: Optional[str] = None,
) -> RunList:
    """The newest recorded runs, as a list of dicts with `.pandas()` and `.polars()`; `limit=None` loads all.

    `project` includes the projects below it. A run must have one of the states, all tags, and all words (in its handle, name,
    command or project).
    """
    return _run_list.fetch(_api(home, url, token), project, state, tag, words, limit)


def _find(home: Optional[_PathLike], url: Optional[str], token: Optional[str]) -> _place.Place:
    if url is None:
        return _place.InHome(_place.find_home(home))
    token = token or os.environ.get("HVEN_TOKEN")
    if not token:
        raise HvenError(
            f"there is no token for {url}", code="access.denied", hint="`hven token create NAME` makes one; HVEN_TOKEN passes it"
        )
    return _place.Fixed(url, token)


def _api(home: Optional[_PathLike], url: Optional[str], token: Optional[str]) -> _Api:
    place = _find(home, url, token)
    try:
        place.address()
    except Unreachable:
        place.start()
    return _Api(_Connection(place))
