"""Matplotlib: saved files and shown figures are outputs."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

from ._hooks import Hooks


def watch(hooks: Hooks, pyplot: ModuleType) -> None:
    """Watches `savefig` and `show`."""
    from matplotlib.figure import Figure

    def saved(result: Any, args: Any, kwargs: Any) -> None:
        target = args[1] if len(args) > 1 else kwargs.get("fname")
        if isinstance(target, (str, os.PathLike)):
            path = Path(target)
            # Matplotlib appends the ending of its default format to a name without ending.
            file = path if path.is_file() else path.with_name(f"{path.name}.{pyplot.rcParams['savefig.format']}")
            hooks.run().file(file, file.name)

    def shown(args: Any, kwargs: Any) -> None:
        run = hooks.run()
        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            run.figure(figure, figure.get_label() or f"figure-{number}")

    hooks.around(Figure, "savefig", after=saved)
    hooks.around(pyplot, "show", before=shown)
