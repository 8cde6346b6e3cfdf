"""argparse: the values that a parser returns are parameters."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from ._hooks import Hooks

_SECRET = re.compile(r"(?:^|_)(?:password|passwd|secret|token|api_?key|credentials?)(?:$|_)", re.IGNORECASE)


def watch(hooks: Hooks, argparse: ModuleType) -> None:
    """Watches all parsers."""

    def log(values: Any) -> None:
        found = {name: value for name, value in vars(values).items() if not _SECRET.search(name) and not callable(value)}
        if found:
            hooks.run().params(found)

    parser = argparse.ArgumentParser
    hooks.around(parser, "parse_args", after=lambda values, args, kwargs: log(values))
    hooks.around(parser, "parse_known_args", after=lambda result, args, kwargs: log(result[0]))
