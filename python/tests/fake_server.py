"""A small server with the calls of `hven._api`, for tests without the program. It proves itself like the real one."""

from __future__ import annotations

import json
import re
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from hven import _blake3
from hven._connection import CONTEXT_OF_PROOF, PREFIX


class FakeServer:
    """A server of the home at `home`. `fails` answers each call with a status as long as it is set."""

    def __init__(self, home: Path):
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        (home / "key").write_bytes(secrets.token_bytes(32))
        (home / "token").write_text("hvu_test\n")
        self.runs: Dict[str, Dict[str, Any]] = {}
        self.objects: Dict[str, bytes] = {}
        self.calls: List[Tuple[str, str]] = []
        self.fails: Optional[int] = None
        self.is_impostor = False
        self.has_external = True
        self.is_cancelled = False
        self._answers: Dict[str, Tuple[int, Any]] = {}
        self._lock = threading.Lock()
        self._server: Optional[ThreadingHTTPServer] = None

    def __enter__(self) -> "FakeServer":
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                pass

            def _carry_out(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path[len(PREFIX) :]
                if path == "/proof":
                    status, answer = 200, {"proof": fake.prove(self, json.loads(body))}
                else:
                    status, answer = fake.answer(self, path, body)
                content = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = _carry_out

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{self._server.server_address[1]}"
        (self.home / "server.json").write_text(json.dumps({"url": url}))
        return self

    def __exit__(self, *_: Any) -> None:
        assert self._server is not None
        (self.home / "server.json").unlink()
        self._server.shutdown()
        self._server.server_close()
        # A kept connection would still be answered.
        self.fails = 503

    def prove(self, handler: BaseHTTPRequestHandler, asked: Dict[str, str]) -> str:
        ends = [f"{host}:{port}" for host, port in (handler.connection.getsockname(), handler.client_address)]
        secret = b"another" if self.is_impostor else (self.home / "key").read_bytes()
        message = bytes.fromhex(asked["nonce"]) + f"{ends[0]}\n{ends[1]}\n{asked['witness']}".encode()
        return _blake3.keyed(_blake3.derive_key(CONTEXT_OF_PROOF, secret), message).hex()

    def answer(self, handler: BaseHTTPRequestHandler, path: str, body: bytes) -> Tuple[int, Any]:
        if handler.headers.get("Authorization") != "Bearer hvu_test":
            return 401, error("access.unknown", "the token is not valid")
        if self.fails is not None:
            return self.fails, error("busy", "not now")
        with self._lock:
            self.calls.append((handler.command, path))
            key = handler.headers.get("Idempotency-Key")
            if key is not None and key in self._answers:
                return self._answers[key]
            answer = self._act(path, body)
            if key is not None and answer[0] < 400:
                self._answers[key] = answer
            return answer

    def _act(self, path: str, body: bytes) -> Tuple[int, Any]:
        if path == "/objects":
            digest = _blake3.digest(body).hex()
            self.objects[digest] = body
            return 201, {"digest": digest, "size": len(body)}
        asked = json.loads(body) if body else {}
        if path == "/runs/external":
            if not self.has_external:
                return 405, error("method.refused", "there is no such call")
            number = len(self.runs)
            run = {"id": f"{number:032x}", "handle": f"R{number}", "new": asked, "points": {}, "params": dict(asked.get("params", {}))}
            self.runs[run["id"]] = {**run, "tags": list(asked.get("tags", [])), "files": {}, "end": None, "beats": 0}
            return 201, {"run": {"id": run["id"], "handle": run["handle"]}}
        found = re.fullmatch(r"/runs/([0-9a-f]{32})/(\w+)", path)
        if not found or found[1] not in self.runs:
            return 404, error("not_found", f"there is no {path}")
        run = self.runs[found[1]]
        if found[2] == "metrics":
            if any(point["key"] == "refused" for point in asked["points"]):
                return 400, error("invalid", "the metric is refused")
            for point in asked["points"]:
                assert isinstance(point["value"], (int, float)) or point["value"] in ("NaN", "Infinity", "-Infinity"), point
                # Like the real server: a point that is repeated with its time is one point.
                run["points"].setdefault(point["key"], {})[(point["step"], point["time"])] = point["value"]
            return 200, {"accepted": len(asked["points"])}
        if found[2] == "params":
            run["params"].update(asked["params"])
            return 204, None
        if found[2] == "labels":
            run["tags"] += asked["add_tags"]
            return 200, {}
        if found[2] == "outputs":
            for file in asked["files"]:
                assert len(self.objects[file["digest"]]) == file["size"]
                run["files"][file["path"]] = self.objects[file["digest"]]
            return 200, {}
        if found[2] == "heartbeat":
            run["beats"] += 1
            return 200, {"run": {"id": run["id"], "handle": run["handle"]}, "state": "stopping" if self.is_cancelled else "running"}
        if found[2] == "close":
            if asked.get("why") and asked["state"] != "failed":
                return 422, error("invalid", "`why` belongs to `failed`")
            if run["end"] is not None:
                return 409, error("conflict", "the run has ended")
            run["end"] = asked
            return 200, {}
        return 404, error("not_found", f"there is no {path}")

    def curve(self, run: Dict[str, Any], name: str) -> List[Tuple[int, Any]]:
        """The steps and values of a metric, by time."""
        points = run["points"].get(name, {})
        return [(step, points[step, time]) for step, time in sorted(points, key=lambda at: (at[1], at[0]))]


def error(code: str, message: str) -> Dict[str, Any]:
    return {"error": {"code": code, "message": message}}
