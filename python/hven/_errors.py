"""The errors of this module."""

from __future__ import annotations

from typing import Optional


class HvenError(Exception):
    """A request that could not be carried out. `code` is stable, such as `not_found`; `hint` is a possible next step."""

    def __init__(self, message: str, *, code: str = "internal", hint: Optional[str] = None, status: Optional[int] = None):
        super().__init__(message if hint is None else f"{message}\nhint: {hint}")
        self.message = message
        self.code = code
        self.hint = hint
        self.status = status


class Unreachable(HvenError):
    """No server of the home answers. The same request may succeed later."""

    def __init__(self, message: str, hint: Optional[str] = "`hven up` starts the server"):
        super().__init__(message, code="server.unreachable", hint=hint)
