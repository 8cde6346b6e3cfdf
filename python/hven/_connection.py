"""Requests to a server. On each new connection the server proves that it serves this home, before it gets a token.

After a crash, another program may listen at the address of the server. The proof covers both ends of the connection, so
it cannot be relayed.
"""

from __future__ import annotations

import hmac
import http.client
import json
import os
import shutil
import socket
import threading
from typing import IO, Any, Dict, Mapping, NamedTuple, Optional, Tuple, Union
from urllib.parse import urlsplit

from . import _blake3
from ._errors import HvenError, Unreachable
from ._place import Address, Place

PREFIX = "/api/v1"
CONTEXT_OF_PROOF = "hven 2026-11-29 the server proves itself"
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0

Body = Union[bytes, Any]


class Answer(NamedTuple):
    """An answer other than an error."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; an empty body is `None`."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise HvenError(f"the server sent an answer that is not JSON: {error}", code="server.not_understood") from error


class Connection:
    """Calls of one server. Threads take turns. After a fork, the child opens a connection of its own."""

    def __init__(self, place: Place):
        self.place = place
        self._lock = threading.Lock()
        self._http: Optional[http.client.HTTPConnection] = None
        self._address: Optional[Address] = None
        self._pid = os.getpid()

    def call(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        key: Optional[str] = None,
        length: Optional[int] = None,
        sink: Optional[IO[bytes]] = None,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> Answer:
        """Sends a request once, and again if a kept connection was closed. `body` is JSON, bytes, or an open file of `length`.
        A successful answer is written to `sink` if there is one.

        `key` is the idempotency key: a request that is repeated with it has no further effect. Raises `Unreachable` if no
        server answers, and `HvenError` if the server refuses the request.
        """
        headers: Dict[str, str] = {"User-Agent": "hven-python"}
        if hasattr(body, "read"):
            headers.update({"Content-Type": "application/octet-stream", "Content-Length": str(length)})
        elif isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        elif body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
        if method == "POST":
            headers["Idempotency-Key"] = key or os.urandom(16).hex()
        if os.getpid() != self._pid:
            # The inherited socket belongs to the parent process, which goes on using it.
            self._lock, self._http, self._pid = threading.Lock(), None, os.getpid()
        with self._lock:
            for is_last in (False, True):
                is_new = self._http is None
                try:
                    return self._once(method, path, body, headers, sink, timeout_s)
                except (OSError, http.client.HTTPException) as error:
                    self._close()
                    if is_new or is_last or hasattr(body, "read"):
                        url = self._address.url if self._address else "its address"
                        raise Unreachable(f"the server at {url} does not answer: {error or type(error).__name__}") from error
                except BaseException:
                    self._close()
                    raise
        raise AssertionError("the loop returns or raises")

    def close(self) -> None:
        """Closes the connection. A later call opens a new one."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None

    def _once(self, method: str, path: str, body: Any, headers: Dict[str, str], sink: Optional[IO[bytes]], timeout_s: float) -> Answer:
        if self._http is None:
            self._address = self.place.address()
            self._http = _open(self._address)
        address = self._address
        assert address is not None and self._http.sock is not None
        self._http.sock.settimeout(timeout_s)
        self._http.request(method, PREFIX + path, body=body, headers={**headers, "Authorization": f"Bearer {address.token}"})
        response = self._http.getresponse()
        is_success = 200 <= response.status < 300
        if is_success and sink is not None:
            sink.seek(0)
            sink.truncate()
            shutil.copyfileobj(response, sink)
            content = b""
        else:
            content = response.read()
        if response.will_close:
            self._close()
        if is_success:
            return Answer(response.status, dict((name.lower(), value) for name, value in response.getheaders()), content)
        error = _refusal(response.status, content)
        if response.status == 503:
            raise Unreachable(error.message, hint=error.hint)
        raise error


def _refusal(status: int, content: bytes) -> HvenError:
    try:
        detail = json.loads(content)["error"]
        return HvenError(str(detail["message"]), code=str(detail["code"]), hint=detail.get("hint"), status=status)
    except (ValueError, KeyError, TypeError):
        text = content.decode("utf-8", "replace").strip()[:300]
        return HvenError(f"the server answered with status {status}: {text}", code=f"http.{status}", status=status)


def _open(address: Address) -> http.client.HTTPConnection:
    parts = urlsplit(address.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise HvenError(f"{address.url} is not the address of a server", code="invalid", hint="write http://HOST:PORT")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(parts.hostname, port, timeout=CONNECT_TIMEOUT_S)
        connection.connect()
        return connection
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=CONNECT_TIMEOUT_S)
    stream = socket.create_connection((parts.hostname, port), timeout=CONNECT_TIMEOUT_S)
    try:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.witness is not None:
            _demand_proof(stream, address)
    except BaseException:
        stream.close()
        raise
    connection.sock = stream
    return connection


def _end(name: Tuple[Any, ...]) -> str:
    host, port = name[0], name[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _demand_proof(stream: socket.socket, address: Address) -> None:
    """The server must prove on this connection that it knows the secret. The token was not sent yet."""
    server, client = _end(stream.getpeername()), _end(stream.getsockname())
    nonce = os.urandom(32)
    body = json.dumps({"nonce": nonce.hex(), "witness": address.witness}).encode()
    head = f"POST {PREFIX}/proof HTTP/1.1\r\nHost: {server}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    stream.sendall(head.encode() + body)
    response = http.client.HTTPResponse(stream, method="POST")
    response.begin()
    content = response.read(16 << 10)
    try:
        proof = bytes.fromhex(json.loads(content)["proof"]) if response.status == 200 else b""
    except (ValueError, KeyError, TypeError):
        proof = b""
    key = _blake3.derive_key(CONTEXT_OF_PROOF, address.secret)
    wanted = _blake3.keyed(key, nonce + f"{server}\n{client}\n{address.witness}".encode())
    if response.will_close or not hmac.compare_digest(proof, wanted):
        raise Unreachable(
            f"another program answers at {address.url}, the address of the server: it gives no proof",
            hint="Hven sent it no secret; `hven up` starts a server at another port",
        )
