"""XGBoost: the parameters, and the evaluations of each round."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ._hooks import Hooks


def watch(hooks: Hooks, xgboost: ModuleType) -> None:
    """Watches `train`, which the estimators of XGBoost call, too."""
    base: Any = xgboost.callback.TrainingCallback

    class Logger(base):  # type: ignore[misc]
        """Logs the newest evaluations after each round."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            hooks.quietly(self.log, epoch, evals_log)
            return False

        def log(self, epoch: int, evals_log: Any) -> None:
            point = {}
            for data, metrics in evals_log.items():
                for metric, values in metrics.items():
                    # With cross-validation a value is a pair of mean and deviation.
                    point[f"{data}/{metric}"] = values[-1][0] if isinstance(values[-1], tuple) else values[-1]
            if point:
                hooks.run().log(point, step=epoch)

    def with_logger(args: Any, kwargs: Any) -> Any:
        params = args[0] if args else kwargs.get("params", {})
        hooks.run().params({"xgboost": {key: value for key, value in dict(params).items() if value is not None and not callable(value)}})
        return args, {**kwargs, "callbacks": [*(kwargs.get("callbacks") or []), Logger()]}

    hooks.around(xgboost.training, "train", before=with_logger, within="xgboost")
    modules: Any = (xgboost, getattr(xgboost, "sklearn", None))
    for module in modules:
        if hasattr(module, "train"):
            module.train = xgboost.training.train
