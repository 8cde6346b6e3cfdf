"""The home, the project and the address of the server, by the rules of the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Mapping, NamedTuple, Optional, Union

from ._errors import HvenError, Unreachable

#: A server may have to rebuild its views when it starts.
START_TIMEOUT_S = 60.0
#: Variables of a task. A server that is started here must not inherit them.
OF_AN_ATTEMPT = ("HVEN_URL", "HVEN_TOKEN", "HVEN_RUN_ID", "HVEN_ATTEMPT", "HVEN_METRICS")


class Address(NamedTuple):
    """What a client needs to call a server. `witness` and `secret` check its proof; without them no proof is requested."""

    url: str
    token: str
    witness: Optional[str] = None
    secret: bytes = b""


class Place:
    """A server that can be looked up again, after it has moved or was started."""

    #: The folder of the home, if the server is found through it.
    home: Optional[Path] = None

    def address(self) -> Address:
        """The present address. Raises `Unreachable` if no server runs."""
        raise NotImplementedError

    def start(self) -> None:
        """Starts the server if that is possible from here. Raises `Unreachable` if it is not."""
        raise Unreachable("the server at this address does not answer", hint=None)


class Fixed(Place):
    """A server by its address, with the token of a user or of an attempt."""

    def __init__(self, url: str, token: str):
        self.url = url.rstrip("/")
        self.token = token

    def address(self) -> Address:
        parts = self.token.split("_")
        if len(parts) > 2 and parts[0] == "hva":
            # The server derives this token from its key, so it can prove that it knows the token.
            return Address(self.url, self.token, f"attempt {parts[1]}", self.token.encode())
        return Address(self.url, self.token)


class InHome(Place):
    """The server of a home, through the files in it."""

    def __init__(self, home: Path):
        self.home: Path = home

    def address(self) -> Address:
        refuse_foreign(self.home)
        try:
            url = json.loads((self.home / "server.json").read_text("utf-8"))["url"]
            token = (self.home / "token").read_text("utf-8").strip()
            secret = (self.home / "key").read_bytes()
        except (OSError, ValueError, KeyError) as error:
            raise Unreachable(f"no server runs for the home {self.home}") from error
        return Address(str(url), token, "home", secret)

    def start(self) -> None:
        program = find_program()
        if program is None:
            raise Unreachable(f"no server runs for the home {self.home}, and the program `hven` is not installed here")
        variables = {name: value for name, value in os.environ.items() if name not in OF_AN_ATTEMPT}
        command = [program, "--home", str(self.home), "--json", "ps"]
        try:
            ended = subprocess.run(
                command,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=START_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unreachable(f"{program} could not start the server: {error}") from error
        if ended.returncode != 0:
            said = ended.stderr.decode("utf-8", "replace").strip()
            raise Unreachable(f"{program} could not start the server: {said}", hint=None)


def find_program() -> Optional[str]:
    """The program `hven`: next to this Python's own programs, where pip puts it, or in `PATH`."""
    own = Path(sys.executable).parent / "hven" if sys.executable else None
    if own is not None and os.access(own, os.X_OK):
        return str(own)
    return shutil.which("hven")


def find_home(named: Union[str, "os.PathLike[str]", None] = None) -> Path:
    """The home: `named`, `$HVEN_HOME`, the nearest folder `.hven`, or the user's data folder. It need not exist."""
    folder = working_folder()
    if named is not None:
        return folder / named
    if os.environ.get("HVEN_HOME"):
        return folder / os.environ["HVEN_HOME"]
    for above in (folder, *folder.parents):
        if (above / ".hven").is_dir():
            return above / ".hven"
    return _user_folder("XDG_DATA_HOME", ".local/share", os.environ) / "hven"


def working_folder() -> Path:
    """The working directory; a name without meaning if it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/(removed)")


def state_folder() -> Path:
    """The folder for runs that the server does not have completely: `~/.local/state/hven/pending`."""
    return _user_folder("XDG_STATE_HOME", ".local/state", os.environ) / "hven" / "pending"


def _user_folder(variable: str, default: str, variables: Mapping[str, str]) -> Path:
    named = Path(variables.get(variable) or "-")
    if named.is_absolute():
        return named
    try:
        return Path.home() / default
    except RuntimeError as error:
        raise HvenError(
            f"neither HOME nor {variable} is set", code="home.not_found", hint="HVEN_HOME names a folder for the home"
        ) from error


def refuse_foreign(home: Path) -> None:
    """Refuses the home of another user: its files would decide where the token is sent."""
    try:
        owner = home.stat().st_uid
    except OSError:
        return
    if owner != os.getuid():
        raise HvenError(f"the home {home} belongs to another user", code="home.foreign", hint="HVEN_HOME names another")


def find_project() -> Optional[str]:
    """`$HVEN_PROJECT`, or the project of the nearest `hven.toml`; `None` leaves the choice to the server."""
    if os.environ.get("HVEN_PROJECT"):
        return os.environ["HVEN_PROJECT"]
    folder = working_folder()
    for above in (folder, *folder.parents):
        manifest = above / "hven.toml"
        if manifest.is_file():
            try:
                return project_of_manifest(manifest.read_text("utf-8"))
            except (OSError, UnicodeDecodeError):
                return None
    return None


def project_of_manifest(text: str) -> Optional[str]:
    """The value of `name` in the table `[project]`. Python 3.9 has no reader of TOML, so only plain strings are read."""
    table = ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            table = line.split("#")[0].strip()
        elif table == "[project]" and line.partition("=")[0].strip() == "name":
            value = line.partition("=")[2].strip()
            if len(value) > 1 and value[0] in "\"'" and value[0] in value[1:]:
                return value[1 : value.index(value[0], 1)] or None
    return None
