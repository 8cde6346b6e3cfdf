"""What all watchers share: the run, the guard against calls within calls, and the rule that no error ends the script."""

from __future__ import annotations

import functools
import os
import threading
from typing import Any, Callable, Optional

from .._delivery import say
from .._run import Run


class Hooks:
    """The state of `hven.auto()`."""

    def __init__(self, name: Optional[str]):
        self._name = name
        self._pid = os.getpid()
        self._inside = threading.local()
        self._has_failed = False

    @property
    def is_silent(self) -> bool:
        """In a forked process, which reports nothing for its parent, and within a call that is logged already."""
        return os.getpid() != self._pid or getattr(self._inside, "library", None) is not None

    def run(self) -> Run:
        """The current run, or a new one."""
        import hven

        return hven.current() or hven.start(self._name)

    def quietly(self, action: Callable[..., Any], *args: Any) -> Any:
        """Calls an action; an error is reported once and does not end the script."""
        try:
            return action(*args)
        except Exception as error:
            if not self._has_failed:
                self._has_failed = True
                say(f"hven.auto() left out a signal: {type(error).__name__}: {error}")
            return None

    def around(
        self,
        owner: Any,
        name: str,
        before: Optional[Callable[..., Any]] = None,
        after: Optional[Callable[..., Any]] = None,
        within: Optional[str] = None,
    ) -> None:
        """Replaces `owner.name` by a function that calls `before(args, kwargs)`, which may return other arguments, the original,
        and `after(result, args, kwargs)`. Calls within it are not logged, except for calls with `within` in those of that library."""
        original = owner.__dict__[name] if isinstance(owner, type) and name in owner.__dict__ else getattr(owner, name)
        if not callable(original) or getattr(original, "_hven", False):
            return

        @functools.wraps(original)
        def watched(*args: Any, **kwargs: Any) -> Any:
            outer = getattr(self._inside, "library", None)
            if self.is_silent and (outer is None or outer != within):
                return original(*args, **kwargs)
            changed = self.quietly(before, args, kwargs) if before else None
            if changed is not None:
                args, kwargs = changed
            self._inside.library = type(args[0]).__module__.partition(".")[0] if args else ""
            try:
                result = original(*args, **kwargs)
            finally:
                self._inside.library = outer
            if after:
                self.quietly(after, result, args, kwargs)
            return result

        watched._hven = True  # type: ignore[attr-defined]
        setattr(owner, name, watched)
