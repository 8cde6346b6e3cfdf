"""Datasets of a home as tables."""

from __future__ import annotations

import os
import tempfile
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Optional

from ._api import Api
from ._delivery import say
from ._place import _user_folder
from ._run import TaskRun

_reported: Dict[str, None] = {}


class Dataset:
    """A version of a dataset, or one of its parts. The table is loaded when it is used first."""

    def __init__(self, api: Api, name: str, project: Optional[str], task: Optional[TaskRun]):
        self._api = api
        self._task = task
        self._detail = api.dataset(name, project)
        version = self._detail["reference"]
        part = name.partition("@")[2].partition(".")[2] if "@" in name else name.partition(".")[2]
        #: `name@version`, or `name@version.part`: it means the same bytes at any time.
        self.reference: str = f"{version}.{part}" if part else version
        self.project: str = self._detail["project"]
        self._path: Optional[Path] = None
        self._name = name

    @property
    def columns(self) -> List[str]:
        """The names of the columns."""
        return [column["name"] for column in self._schema()]

    @property
    def units(self) -> Dict[str, str]:
        """The unit of each column that has one, as Hven writes it: `{"period": "yr"}`."""
        return {column["name"]: column["unit"] for column in self._schema() if column.get("unit")}

    @property
    def url(self) -> str:
        """The page of the version."""
        return str(self._detail["url"])

    def path(self) -> Path:
        """The table as a Parquet file in a cache, which other processes use, too: do not change it.

        In a run of Hven that declares the table with `-i dataset:NAME`, it is the file of the run.
        """
        if self._path is None:
            self._path = self._declared() or self._fetched()
        return self._path

    def pandas(self) -> Any:
        """The table as a data frame of pandas, which reads Parquet with pyarrow or fastparquet."""
        import pandas

        return pandas.read_parquet(self.path())

    def polars(self) -> Any:
        """The table as a data frame of polars."""
        import polars

        return polars.read_parquet(self.path())

    def arrow(self) -> Any:
        """The table as a table of pyarrow."""
        import pyarrow.parquet

        return pyarrow.parquet.read_table(self.path())

    def _schema(self) -> List[Dict[str, Any]]:
        report = self._detail.get("report") or {}
        return list(report.get("schema", {}).get("columns", []))

    def _declared(self) -> Optional[Path]:
        if self._task is None:
            return None
        digest = self._api.dataset_file(self.reference, self.project)["digest"]
        for declared in self._task.inputs():
            path = Path(declared["path"])
            if declared["digest"] == digest and path.is_file():
                return path
        if self.reference not in _reported:
            _reported[self.reference] = None
            say(
                f"this run reads {self.reference} without declaring it, so its record does not rest on it: "
                f"`hven run -i dataset:{self._name} -- …` declares it"
            )
        return None

    def _fetched(self) -> Path:
        folder = _user_folder("XDG_CACHE_HOME", ".cache", os.environ) / "hven" / "tables"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = self._api.dataset_file(self.reference, self.project)["digest"]
        target = folder / f"{digest}.parquet"
        if target.is_file():
            return target
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with os.fdopen(descriptor, "w+b") as sink:
                tag = self._api.dataset_table(self.reference, self.project, sink)
            if tag and tag != digest:
                # A name such as `planets@1` means the same bytes at any time, so this is a defect, not a new version.
                raise RuntimeError(f"{self.reference} has the digest {tag}, and {digest} was expected")
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
        return target

    def __repr__(self) -> str:
        return f"<hven.Dataset {self.reference}: {self._detail['rows']} rows × {self._detail['columns']} columns>"

    def _repr_html_(self) -> str:
        units = self.units
        names = ", ".join(f"{escape(name)} [{escape(units[name])}]" if name in units else escape(name) for name in self.columns)
        size = f"{self._detail['rows']} rows × {self._detail['columns']} columns"
        link = f'<a href="{escape(self.url)}" target="_blank">{escape(self.reference)}</a>'
        return f"<div>Hven dataset {link}: {size}<br>{names}</div>"
