"""Lightning: the metrics that the module logs, during training and after validation."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ._hooks import Hooks


def watch(hooks: Hooks, lightning: ModuleType) -> None:
    """Watches `Trainer.fit`."""
    base: Any = lightning.Callback

    class Logger(base):  # type: ignore[misc]
        """Logs in the process of rank 0 only. (Lightning's own `Callback.log` is another thing.)"""

        def record(self, trainer: Any, metrics: Any) -> None:
            if trainer.is_global_zero and metrics and not trainer.sanity_checking:
                hooks.quietly(lambda: hooks.run().log(dict(metrics), step=trainer.global_step))

        def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            if trainer.global_step % max(1, trainer.log_every_n_steps) == 0:
                self.record(trainer, trainer.callback_metrics)

        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            self.record(trainer, trainer.callback_metrics)

        def on_validation_epoch_end(self, trainer: Any, module: Any) -> None:
            self.record(trainer, trainer.callback_metrics)

    def with_logger(args: Any, kwargs: Any) -> None:
        trainer, module = args[0], args[1] if len(args) > 1 else kwargs.get("model")
        if trainer.is_global_zero:
            hooks.run().params({"lightning": {**dict(getattr(module, "hparams", {})), "max_epochs": trainer.max_epochs}})
        trainer.callbacks.append(Logger())

    hooks.around(lightning.Trainer, "fit", before=with_logger)
