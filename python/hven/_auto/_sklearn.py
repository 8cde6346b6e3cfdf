"""scikit-learn: the parameters of a fitted estimator, its score, and the result of a search."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Dict, List, Type

from ._hooks import Hooks


def watch(hooks: Hooks, base: ModuleType) -> None:
    """Watches all estimators, also those whose classes are made later."""
    root = base.BaseEstimator

    def watch_class(kind: Type[Any]) -> None:
        if "fit" in kind.__dict__:
            hooks.around(kind, "fit", after=lambda result, args, kwargs: fitted(hooks, args[0]))
        if "score" in kind.__dict__:
            hooks.around(kind, "score", after=lambda result, args, kwargs: scored(hooks, args[0], result))

    made = root.__init_subclass__.__func__

    def init_subclass(cls: Type[Any], /, **kwargs: Any) -> None:
        made(cls, **kwargs)
        watch_class(cls)

    known: List[Type[Any]] = [root, *(getattr(base, mixin) for mixin in ("ClassifierMixin", "RegressorMixin"))]
    for kind in known:
        watch_class(kind)
        known += [below for below in kind.__subclasses__() if below not in known]
    root.__init_subclass__ = classmethod(init_subclass)


def fitted(hooks: Hooks, estimator: Any) -> None:
    """Logs the parameters of an estimator, and the best score of a search."""
    name = type(estimator).__name__
    run = hooks.run()
    found: Dict[str, Any] = estimator.get_params(deep=True)
    run.params({name: {key: value for key, value in found.items() if not hasattr(value, "get_params")}})
    if hasattr(estimator, "best_score_"):
        run.log({f"{name}.best_score": estimator.best_score_})
        run.params({f"{name}.best_params": dict(estimator.best_params_)})


def scored(hooks: Hooks, estimator: Any, score: Any) -> None:
    """Logs a score."""
    hooks.run().log({f"{type(estimator).__name__}.score": score})
