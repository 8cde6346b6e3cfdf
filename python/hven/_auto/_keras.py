"""Keras: the logs of each epoch of `Model.fit`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ._hooks import Hooks


def watch(hooks: Hooks, keras: ModuleType) -> None:
    """Watches `Model.fit`."""
    base: Any = keras.callbacks.Callback

    class Logger(base):  # type: ignore[misc]
        """Logs the results of each epoch."""

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if logs:
                hooks.quietly(lambda: hooks.run().log(dict(logs), step=epoch))

    def with_logger(args: Any, kwargs: Any) -> Any:
        model = args[0]
        optimizer = getattr(model, "optimizer", None)
        names = ("batch_size", "epochs", "steps_per_epoch", "validation_split")
        found = {name: kwargs[name] for name in names if kwargs.get(name) is not None}
        if optimizer is not None:
            rate = optimizer.get_config().get("learning_rate")
            found.update(optimizer=type(optimizer).__name__, **({"learning_rate": rate} if isinstance(rate, (int, float)) else {}))
        hooks.run().params({"keras": found})
        callbacks = kwargs.get("callbacks") or []
        given = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
        return args, {**kwargs, "callbacks": [*given, Logger()]}

    hooks.around(keras.Model, "fit", before=with_logger)
