"""`hven.auto()` with the real libraries, each in a process of its own."""

from __future__ import annotations

import textwrap
import unittest
from typing import Any, Dict

from case import Case
from test_values import library


class Auto(Case):
    def logged(self, text: str) -> Dict[str, Any]:
        with self.fake:
            said = self.script("hven.auto(name='auto')\n" + textwrap.dedent(text)).stderr
        self.assertNotIn("left out", said)
        return self.only_run()

    def test_argparse(self) -> None:
        run = self.logged("""
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument("--lr", type=float)
            parser.add_argument("--api-token", default="s3cret")
            parser.parse_args(["--lr", "0.5"])
        """)
        self.assertEqual(run["params"], {"lr": 0.5})
        self.assertEqual(run["new"]["name"], "auto")

    def test_matplotlib(self) -> None:
        library("matplotlib")
        run = self.logged("""
            import matplotlib; matplotlib.use("agg")
            import matplotlib.pyplot as plt
            plt.plot([1, 2]); plt.savefig("saved"); plt.figure("shown"); plt.show()
        """)
        self.assertEqual(sorted(run["files"]), ["figure-1.png", "figure-1.svg", "saved.png", "shown.png", "shown.svg"])

    def test_scikit_learn(self) -> None:
        library("sklearn")
        run = self.logged("""
            import numpy as np
            from sklearn.linear_model import Ridge
            from sklearn.model_selection import GridSearchCV
            x = np.arange(20.0).reshape(-1, 1); y = x[:, 0]
            Ridge(alpha=0.5).fit(x, y).score(x, y)
            class Own(Ridge):
                def fit(self, x, y): return super().fit(x, y)
            Own(alpha=0.25).fit(x, y)
            GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(x, y)
        """)
        self.assertEqual((run["params"]["Ridge.alpha"], run["params"]["Own.alpha"]), (0.5, 0.25))
        self.assertEqual(run["params"]["GridSearchCV.best_params.alpha"], 0.1)
        self.assertEqual(sorted(run["points"]), ["GridSearchCV.best_score", "Ridge.score"])

    def test_xgboost(self) -> None:
        library("xgboost")
        run = self.logged("""
            import numpy as np, xgboost
            x = np.arange(40.0).reshape(-1, 2); y = x[:, 0]
            data = xgboost.DMatrix(x, y)
            xgboost.train({"eta": 0.3}, data, num_boost_round=4, evals=[(data, "fit")], verbose_eval=False)
            xgboost.XGBRegressor(n_estimators=3).fit(x, y, eval_set=[(x, y)], verbose=False)
        """)
        self.assertEqual(len(run["points"]["fit/rmse"]), 4)
        self.assertEqual(len(run["points"]["validation_0/rmse"]), 3)
        self.assertEqual((run["params"]["XGBRegressor.n_estimators"], run["params"]["xgboost.eta"]), (3, 0.3))

    def test_keras(self) -> None:
        library("jax")
        try:
            import importlib.metadata

            importlib.metadata.version("keras")
        except importlib.metadata.PackageNotFoundError:
            self.skipTest("keras is not installed")
        run = self.logged("""
            import os; os.environ["KERAS_BACKEND"] = "jax"
            import keras, numpy as np
            x = np.ones((8, 2)); model = keras.Sequential([keras.layers.Dense(1)])
            model.compile("sgd", "mse"); model.fit(x, x[:, 0], epochs=2, verbose=0)
        """)
        self.assertEqual(len(run["points"]["loss"]), 2)
        self.assertEqual(run["params"]["keras.optimizer"], "SGD")

    def test_an_error_of_a_signal_does_not_end_the_script(self) -> None:
        with self.fake:
            said = self.script("""
                import argparse
                hven.auto()
                hven.start = lambda name: 1 / 0
                argparse.ArgumentParser().parse_args([])
                parser = argparse.ArgumentParser(); parser.add_argument("--a", default=1); print(parser.parse_args([]).a)
            """)
        self.assertEqual(said.stdout, "1\n")
        self.assertIn("left out a signal: ZeroDivisionError", said.stderr)


if __name__ == "__main__":
    unittest.main()
