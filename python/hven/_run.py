"""Runs of this process: what a script logs to them."""

from __future__ import annotations

import os
import shutil
import sys
import time
import traceback
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type, TypeVar, Union

from . import _media, _values
from ._api import Api
from ._connection import Connection
from ._delivery import say, store_file
from ._errors import HvenError
from ._journal import LineFile
from ._place import Fixed, InHome, find_home

_finite_min, _finite_max = -sys.float_info.max, sys.float_info.max
_encode = _values.encode
_now = time.time
_R = TypeVar("_R", bound="Run")
PathLike = Union[str, "os.PathLike[str]"]

#: Below this folder are the outputs of a run that cannot be added to its record.
LOCAL_OUTPUTS = "hven-out"


class Run:
    """A run that this process logs to. Threads and forked processes may log, too. No method waits for the network."""

    def __init__(self, lines: LineFile):
        self._lines = lines
        self._step = -1
        self._names: Dict[str, str] = {}
        self._figures = 0
        self._pid = os.getpid()
        self._reported_loss = False
        self._closed = False

    @property
    def id(self) -> Optional[str]:
        """The id of the run, 32 hexadecimal digits; `None` until the server has answered."""
        raise NotImplementedError

    @property
    def url(self) -> Optional[str]:
        """The page of the run; `None` until the server has answered."""
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        """Whether the run still accepts what is logged."""
        return not self._closed

    def log(self, values: Optional[Mapping[str, Any]] = None, /, *, step: Any = None, **named: Any) -> None:
        """Logs one point of each metric at a step: `run.log(loss=0.25, step=3)` or `run.log({"train/loss": 0.25}, step=3)`.

        A value is a number, or has one element: of NumPy, torch, pandas, polars, `Decimal` … NaN and infinity are values. Without
        `step`, the step is one more than in the call before, from 0 on. Raises `TypeError` with the name of a value that is not a
        number, and then logs nothing.
        """
        if values is not None:
            named = {**values, **named} if named else dict(values)
        if step is None and "step" in named:
            step = named.pop("step")
        # The line is put together from parts: this takes half the time of an encoder, and most lines have one value or two.
        parts: List[str] = []
        names = self._names
        for name, value in named.items():
            part = names.get(name) or self._add_name(name)
            if type(value) is float and _finite_min <= value <= _finite_max:
                parts.append(f"{part}{value!r}")
            else:
                parts.append(part + _encode(_values.number(name, value)))
        if step is None:
            step = self._step + 1
        elif type(step) is not int or not -(1 << 63) <= step < 1 << 63:
            step = _values.step_of(step)
        self._step = step
        if not parts:
            return
        if len(parts) > 100 or "time" in named or "step" in named:
            line = _values.point_lines({name: _values.number(name, value) for name, value in named.items()}, step, _now())
        else:
            parts.append(f'"step":{step},"time":{_now()!r}}}\n')
            line = ("{" + ",".join(parts)).encode()
        if self._closed or not self._lines.write(line):
            self._report_loss()

    def params(self, params: Any = None, /, **named: Any) -> None:
        """Records parameters: `run.params(vars(args))` or `run.params(lr=0.1)`.

        Nested mappings, namespaces and dataclasses become names with dots (`optimizer.lr`). A value that JSON cannot express is
        recorded as its `str`, and a value of more than 8 KiB is cut, which is reported. A later value of a name replaces the
        earlier one.
        """
        found = dict(_values.flat_params(params)) if params is not None else {}
        found.update(_values.flat_params(named))
        for name, value in found.items():
            found[name], is_cut = _values.shortened(value)
            if is_cut:
                say(f"the parameter {name} has more than 8 KiB: the record has only its beginning")
        for line in _values.param_lines(found):
            if self._closed or not self._lines.write(line):
                self._report_loss()

    def figure(self, figure: Any, name: Optional[str] = None, *, step: Optional[int] = None) -> List[str]:
        """Adds a figure to the outputs: of Matplotlib as SVG and PNG, of Plotly or Altair as JSON. Returns the paths.

        Without `name`, its label or `figure-1`, `figure-2` … names it.
        """
        files = _media.figure_files(figure)
        if name is None:
            label = figure.get_label() if hasattr(figure, "get_label") else ""
            self._figures += 1
            name = label if isinstance(label, str) and label.strip() else f"figure-{self._figures}"
            name = name.replace("/", "-")
        return [self._add_bytes(_named(name, ending, step), content) for ending, content in files]

    def table(self, table: Any, name: str = "table", *, step: Optional[int] = None) -> str:
        """Adds a table to the outputs, and returns its path: Parquet if possible, else CSV.

        Accepts data frames of pandas, polars and pyarrow, a list of dicts, and a dict of columns.
        """
        ending, content = _media.table_file(table)
        return self._add_bytes(_named(name, ending, step), content)

    def image(self, image: Any, name: str = "image", *, step: Optional[int] = None) -> str:
        """Adds an image to the outputs, and returns its path: a file, an image of PIL, or an array.

        An array has the shape height × width (× 1, 3 or 4), with `uint8`, `bool`, or numbers from 0 to 1. With `step`, the image
        is one of a series: `samples/00000012.png`.
        """
        ending, content = _media.image_file(image)
        return self._add_bytes(_named(name, ending, step), content)

    def file(self, path: PathLike, name: Optional[str] = None) -> str:
        """Adds a file to the outputs under `name` (its own name by default), and returns that name.

        Its bytes are copied now; a file of more than 64 MiB is read later, and must not change until the run is closed.
        """
        source = Path(path)
        if not source.is_file():
            raise FileNotFoundError(f"{source} is not a file")
        return self._add_file(_media.output_path(name if name is not None else source.name), source)

    def tag(self, *tags: str) -> None:
        """Adds tags to the run."""
        raise NotImplementedError

    def close(self, state: str = "done", why: Optional[str] = None) -> None:
        """Ends the run as `done`, `failed` or `cancelled`. Hven itself ends a run that it started, and then this does nothing."""

    def _add_bytes(self, path: str, content: bytes) -> str:
        raise NotImplementedError

    def _add_file(self, path: str, source: Path) -> str:
        raise NotImplementedError

    def _add_name(self, name: str) -> str:
        """Checks a name, and keeps the beginning of its entry in a line."""
        part = _encode(_values.name_of("metric", name)) + ":"
        if len(self._names) > 100_000:
            self._names.clear()
        self._names[name] = part
        return part

    def _report_loss(self) -> None:
        """Reports once that something was not recorded. A script that computes for days must not end because of that."""
        if self._reported_loss:
            return
        self._reported_loss = True
        if self._closed:
            say("a run was closed already: what is logged to it now is not recorded")
        else:
            say(f"{self._lines.path} cannot be written ({self._lines.problem}): what the script logs now may not be recorded")

    def __enter__(self: _R) -> _R:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], _: Any) -> None:
        self.close(*end_of(error))

    def _repr_html_(self) -> str:
        name = escape(self.handle or "run")
        link = f'<a href="{escape(self.url)}" target="_blank">{name}</a>' if self.url else name
        return f"<div>Hven run {link}</div>"

    @property
    def handle(self) -> Optional[str]:
        """The short name of the run, such as `7Q2M`; `None` until the server has answered."""
        raise NotImplementedError


def _named(name: str, ending: str, step: Optional[int]) -> str:
    if step is not None:
        return _media.output_path(f"{name}/{_values.step_of(step):08d}{ending}")
    return _media.output_path(name if name.endswith(ending) else name + ending)


def end_of(error: Optional[BaseException]) -> Tuple[str, Optional[str]]:
    """The end of a run whose code raised `error`: its state and the reason."""
    if error is None:
        return "done", None
    if isinstance(error, SystemExit):
        is_success = error.code in (None, 0)
        return ("done", None) if is_success else ("failed", f"exit status {error.code}"[:500])
    if isinstance(error, KeyboardInterrupt):
        return "cancelled", None
    return "failed", traceback.format_exception_only(type(error), error)[-1].strip()[:500]


class TaskRun(Run):
    """The run that Hven started, and in which this process runs. Metrics and parameters go to the file `$HVEN_METRICS`."""

    def __init__(self, run: str, metrics: PathLike):
        super().__init__(LineFile(Path(metrics), os.O_WRONLY | os.O_CLOEXEC))
        self._id = run
        self._handle: Optional[str] = None
        self._place: Optional[Fixed] = None
        if os.environ.get("HVEN_URL") and os.environ.get("HVEN_TOKEN"):
            self._place = Fixed(os.environ["HVEN_URL"], os.environ["HVEN_TOKEN"])
        self._api: Optional[Api] = Api(Connection(self._place)) if self._place else None
        self._detail: Optional[Dict[str, Any]] = None
        self._store_api: Optional[Api] = None
        self._is_refused = False

    @property
    def id(self) -> str:
        return self._id

    @property
    def handle(self) -> Optional[str]:
        return str(self._look().get("handle") or "") or None

    @property
    def url(self) -> Optional[str]:
        return str(self._look().get("url") or "") or None

    def tag(self, *tags: str) -> None:
        """A process of a run may not change its tags: `hven run --tag` does."""
        raise HvenError("a process may not tag its own run", code="access.denied", hint="hven run --tag TAG -- …")

    def inputs(self) -> List[Dict[str, Any]]:
        """The declared inputs with their digests; an empty list if the server does not answer."""
        return list((self._look().get("spec") or {}).get("inputs") or [])

    def _look(self) -> Dict[str, Any]:
        if self._detail is None and self._api is not None:
            try:
                self._detail = self._api.run(self._id)
            except HvenError:
                return {}
        return self._detail or {}

    def _add_bytes(self, path: str, content: bytes) -> str:
        target = self._local(path)
        target.write_bytes(content)
        self._offer(path, target)
        return path

    def _add_file(self, path: str, source: Path) -> str:
        target = self._local(path)
        shutil.copyfile(source, target)
        self._offer(path, target)
        return path

    def _local(self, path: str) -> Path:
        target = Path(LOCAL_OUTPUTS, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _store(self, file: Path) -> Dict[str, Any]:
        """Uploads a file: with the token of the attempt, or as the user, if the token may not do that and the home is on this machine."""
        assert self._api is not None
        size = file.stat().st_size
        try:
            return store_file(self._store_api or self._api, file, size)
        except HvenError as error:
            if error.status != 403 or self._store_api is not None or not os.environ.get("HVEN_HOME"):
                raise
        self._store_api = Api(Connection(InHome(find_home())))
        return store_file(self._store_api, file, size)

    def _offer(self, path: str, file: Path) -> None:
        """Adds a file to the outputs of the run if the server permits it. Otherwise the file stays in the folder of the run."""
        declared = (self._look().get("spec") or {}).get("outputs") or []
        if any(str(output.get("path") if isinstance(output, dict) else output).rstrip("/") == LOCAL_OUTPUTS for output in declared):
            # The runner stores the folder at the end.
            return
        if self._api is not None and not self._is_refused:
            try:
                stored = self._store(file)
                self._api.add_outputs(self._id, [{"path": path, **stored}])
                file.unlink()
                for folder in file.parents:
                    if str(folder) == "." or any(folder.iterdir()):
                        break
                    folder.rmdir()
                return
            except HvenError as error:
                self._is_refused = True
                say(
                    f"files of this run are in {LOCAL_OUTPUTS}/, and not in its record ({error.message}): "
                    f"`hven run -o {LOCAL_OUTPUTS} -- …` records them"
                )
