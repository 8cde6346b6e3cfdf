"""The calls of the API that this module uses: the contract between it and a server. No other file knows their paths."""

from __future__ import annotations

from typing import IO, Any, Dict, List, Optional
from urllib.parse import quote, urlencode

from ._connection import Connection
from ._errors import HvenError

#: The server digests objects up to this size itself.
STORED_BYTES_MAX = 64 << 20
#: The server calls a run without any sign of life for this time silent.
SILENT_AFTER_S = 120
UPLOAD_TIMEOUT_S = 3600.0


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _query(values: Dict[str, Any]) -> str:
    wanted = {name: value for name, value in values.items() if value is not None}
    return "?" + urlencode(wanted) if wanted else ""


class Api:
    """The calls on one connection."""

    def __init__(self, connection: Connection):
        self.connection = connection

    # Runs that a process reports itself.

    def create_run(self, new: Dict[str, Any], key: str) -> Dict[str, Any]:
        """Creates an external run. A repeated call with the same key answers with the same run."""
        run = self.connection.call("POST", "/runs/external", new, key=key).json()["run"]
        if not isinstance(run, dict) or "id" not in run:
            raise HvenError("the server sent a run without id", code="server.not_understood")
        return run

    def heartbeat(self, run: str) -> str:
        """Reports that the process of an external run is alive. Returns the state of the run; `stopping`: a user cancelled it."""
        answer = self.connection.call("POST", _path("runs", run, "heartbeat"), {}).json() or {}
        return str(answer.get("state", "running"))

    def close_run(self, run: str, end: Dict[str, Any], key: str) -> None:
        """Ends an external run as `done`, `failed` or `cancelled`."""
        self.connection.call("POST", _path("runs", run, "close"), end, key=key)

    # What a run logs.

    def add_points(self, run: str, points: List[Dict[str, Any]], key: Optional[str] = None) -> None:
        """Adds points of metrics. They are durable when the call returns."""
        self.connection.call("POST", _path("runs", run, "metrics"), {"points": points}, key=key)

    def add_params(self, run: str, params: Dict[str, Any], key: Optional[str] = None) -> None:
        """Records parameters."""
        self.connection.call("POST", _path("runs", run, "params"), {"params": params}, key=key)

    def add_tags(self, run: str, tags: List[str], key: Optional[str] = None) -> None:
        """Adds tags to a run."""
        self.connection.call("POST", _path("runs", run, "labels"), {"add_tags": tags}, key=key)

    def store(self, content: bytes, key: Optional[str] = None) -> Dict[str, Any]:
        """Stores bytes, at most `STORED_BYTES_MAX`. The answer has their digest and size."""
        answer: Dict[str, Any] = self.connection.call("POST", "/objects", content, key=key).json()
        return answer

    def has(self, digest: str) -> bool:
        """Whether the home has an object already."""
        return not self.connection.call("POST", "/objects/missing", {"digests": [digest]}).json()["digests"]

    def upload(self, digest: str, content: Any, size: int) -> None:
        """Uploads an open file of any size, whose digest is known."""
        path = _path("objects", digest)
        self.connection.call("PUT", path, content, length=size, timeout_s=UPLOAD_TIMEOUT_S)

    def add_outputs(self, run: str, files: List[Dict[str, Any]], key: Optional[str] = None) -> None:
        """Adds files to the outputs of a run: `path`, `digest` and `size` of each."""
        self.connection.call("POST", _path("runs", run, "outputs"), {"files": files}, key=key)

    # What the record has.

    def run(self, run: str) -> Dict[str, Any]:
        """Everything about a run."""
        answer: Dict[str, Any] = self.connection.call("GET", _path("runs", run)).json()
        return answer

    def run_metrics(self, run: str) -> Dict[str, Any]:
        """A line for each metric of a run."""
        answer: Dict[str, Any] = self.connection.call("GET", _path("runs", run, "metrics")).json()
        return answer

    def runs(self, wanted: Dict[str, Any]) -> Dict[str, Any]:
        """A page of the list of runs."""
        answer: Dict[str, Any] = self.connection.call("GET", "/runs" + _query(wanted)).json()
        return answer

    def dataset(self, name: str, project: Optional[str]) -> Dict[str, Any]:
        """A version of a dataset by `name` or `name@version`."""
        path = _path("datasets", name) + _query({"project": project})
        answer: Dict[str, Any] = self.connection.call("GET", path).json()
        return answer

    def dataset_file(self, name: str, project: Optional[str]) -> Dict[str, Any]:
        """The digest and the size of the table that a name refers to."""
        path = _path("datasets", name, "table") + _query({"project": project})
        answer: Dict[str, Any] = self.connection.call("GET", path).json()
        return answer

    def dataset_table(self, name: str, project: Optional[str], sink: IO[bytes]) -> str:
        """Writes the table as Parquet to `sink`, and returns its digest. The server records a reading of held-out rows."""
        path = _path("datasets", name, "data") + _query({"project": project})
        answer = self.connection.call("GET", path, sink=sink, timeout_s=UPLOAD_TIMEOUT_S)
        return answer.headers.get("etag", "").strip('"')
