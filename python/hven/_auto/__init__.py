"""`hven.auto()`: logs the usual signals of libraries without a change of the script."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Any, Callable, Dict, Optional, Sequence

from . import _argparse, _keras, _lightning, _matplotlib, _sklearn, _xgboost
from ._hooks import Hooks

#: The module after whose import a library is watched, and the function that does it.
_LIBRARIES: Dict[str, Callable[[Hooks, ModuleType], None]] = {
    "argparse": _argparse.watch,
    "matplotlib.pyplot": _matplotlib.watch,
    "sklearn.base": _sklearn.watch,
    "xgboost": _xgboost.watch,
    "keras": _keras.watch,
    "lightning.pytorch": _lightning.watch,
    "pytorch_lightning": _lightning.watch,
}
_finder: Optional["_Finder"] = None


def auto(*, name: Optional[str] = None) -> None:
    """Logs from now on to the current run, or to a new run called `name`, which starts with the first signal:

    - argparse: the values that a parser returns, as parameters. Options called like passwords and tokens are left out.
    - Matplotlib: files that `savefig` writes, and the figures that `plt.show` shows.
    - scikit-learn: the parameters of the estimator on which `fit` is called, and the results of `score` and of searches.
    - XGBoost: the parameters and the evaluations of each round of `train` and `fit`.
    - Keras: the logs of each epoch of `Model.fit`. Lightning: the logged metrics of training and validation.

    Call it before the libraries are used. Only this process logs, and not its forked processes. An error here never ends the script:
    it is reported once on standard error.
    """
    global _finder
    if _finder is not None:
        return
    hooks = Hooks(name)
    _finder = _Finder(hooks)
    for library, watch in _LIBRARIES.items():
        module = sys.modules.get(library)
        if module is not None or library == "argparse":
            watch(hooks, module or __import__(library))
    sys.meta_path.insert(0, _finder)


class _Finder(importlib.abc.MetaPathFinder):
    """Watches a library when it is imported later."""

    def __init__(self, hooks: Hooks):
        self._hooks = hooks
        self._is_searching = False

    def find_spec(self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None) -> Any:
        if self._is_searching or fullname not in _LIBRARIES:
            return None
        self._is_searching = True
        try:
            spec = importlib.util.find_spec(fullname)
        except (ImportError, ValueError):
            return None
        finally:
            self._is_searching = False
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return None
        run, hooks = spec.loader.exec_module, self._hooks

        def exec_module(module: ModuleType) -> None:
            run(module)
            hooks.quietly(_LIBRARIES[fullname], hooks, module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
