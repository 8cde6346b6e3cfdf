"""Lists of recorded runs."""

from __future__ import annotations

from html import escape
from typing import Any, Dict, List, Optional, Sequence, Union

from ._api import Api

_PAGE = 1000


class RunList(List[Dict[str, Any]]):
    """Recorded runs, newest first, each as a dict of the API (`RunSummary` in docs/openapi.json)."""

    def rows(self) -> List[Dict[str, Any]]:
        """A flat row for each run: its columns, `params.NAME`, and the last value of each metric as `metrics.NAME`.

        The list of runs has at most eight metrics of each run: those that were logged last.
        """
        plain = ("handle", "name", "project", "state", "command", "submitted", "started", "ended", "wall_s", "cpu_s", "memory_max_bytes")
        rows = []
        for run in self:
            row: Dict[str, Any] = {name: run.get(name) for name in plain}
            row["tags"] = " ".join(run.get("tags", []))
            row.update({f"params.{name}": value for name, value in run.get("params", {}).items()})
            row.update({f"metrics.{metric['key']}": _number(metric["last"]) for metric in run.get("metrics", [])})
            rows.append(row)
        return rows

    def pandas(self) -> Any:
        """The rows as a data frame of pandas."""
        import pandas

        return pandas.DataFrame(self.rows())

    def polars(self) -> Any:
        """The rows as a data frame of polars. A column of mixed types becomes text."""
        import polars

        rows = self.rows()
        names: Dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        columns = {name: [row.get(name) for row in rows] for name in names}
        kinds = {name: {type(value) for value in values if value is not None} for name, values in columns.items()}
        for name, kind in kinds.items():
            if len(kind) > 1 and kind != {int, float} or kind & {dict, list}:
                columns[name] = [None if value is None else str(value) for value in columns[name]]
        return polars.DataFrame(columns, strict=False)

    def _repr_html_(self) -> str:
        cells = [[str(run.get(name) or "") for name in ("handle", "state", "name", "command", "submitted")] for run in self[:50]]
        rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in cells)
        more = f"<div>and {len(self) - 50} more</div>" if len(self) > 50 else ""
        return f"<table>{rows}</table>{more}"


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value


def fetch(
    api: Api,
    project: Optional[str],
    state: Union[str, Sequence[str], None],
    tag: Union[str, Sequence[str], None],
    words: Optional[str],
    limit: Optional[int],
) -> RunList:
    """Loads pages until there are `limit` runs."""
    runs, cursor = RunList(), None
    while limit is None or len(runs) < limit:
        wanted = {
            "project": project,
            "state": _joined(state),
            "tag": _joined(tag),
            "q": words,
            "limit": _PAGE if limit is None else min(_PAGE, limit - len(runs)),
            "cursor": cursor,
        }
        page = api.runs(wanted)
        runs.extend(page["items"])
        cursor = page.get("next")
        if not cursor or not page["items"]:
            break
    return runs


def _joined(values: Union[str, Sequence[str], None]) -> Optional[str]:
    return values if values is None or isinstance(values, str) else ",".join(values)
