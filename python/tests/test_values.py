"""Values of metrics and parameters, with and without the libraries whose types they are."""

from __future__ import annotations

import argparse
import json
import math
import unittest
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import hven
from case import Case
from hven import _blake3, _place, _values


def library(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        raise unittest.SkipTest(f"{name} is not installed") from None


class Numbers(unittest.TestCase):
    def check(self, value: Any, wanted: Any) -> None:
        found = _values.number("x", value)
        self.assertEqual((found, type(found)), (wanted, type(wanted)), repr(value))

    def refuse(self, value: Any, words: str, error: type = TypeError) -> None:
        with self.assertRaises(error) as raised:
            _values.number("train/x", value)
        self.assertIn("'train/x'", str(raised.exception))
        self.assertIn(words, str(raised.exception))

    def test_numbers_of_python(self) -> None:
        for value, wanted in [
            (1, 1), (1.5, 1.5), (True, 1), (Decimal("1.5"), 1.5), (Fraction(1, 2), 0.5), (2**60, float(2**60)),
            (math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (Decimal("NaN"), "NaN"), (-0.0, -0.0),
        ]:  # fmt: skip
            self.check(value, wanted)

    def test_other_values_are_refused_by_name(self) -> None:
        for value, words in [
            (None, "None"), ("0.5", "'0.5'"), (b"1", "b'1'"), (1j, "1j"), ([1, 2], "2 elements"), ({}, "0 elements"),
            ({"a": 1}, "{'a': 1}"), (object(), "object"), (print, "print"),
        ]:  # fmt: skip
            self.refuse(value, words)
        self.refuse(10**400, "too large", ValueError)

    def test_numpy(self) -> None:
        np = library("numpy")
        for value, wanted in [
            (np.float32(0.5), 0.5), (np.float64(0.1), 0.1), (np.int64(3), 3), (np.bool_(True), 1), (np.array(2.5), 2.5),
            (np.array([[7]]), 7), (np.float16("nan"), "NaN"), (np.float64("-inf"), "-Infinity"), (np.uint8(255), 255),
        ]:  # fmt: skip
            self.check(value, wanted)
        self.refuse(np.zeros(3), "3 elements")
        self.refuse(np.array([]), "0 elements")
        self.refuse(np.array("text"), "'text'")
        self.refuse(np.datetime64("2026-01-01"), "not a number")
        self.refuse(np.complex128(1j), "1j")

    def test_pandas_and_polars(self) -> None:
        pd, pl = library("pandas"), library("polars")
        self.check(pd.Series([1.5]).mean(), 1.5)
        self.check(pd.Series([1.5]), 1.5)
        self.check(pl.Series([2]), 2)
        self.refuse(pd.Series([1, 2]), "2 elements")
        self.refuse(pl.Series([1, 2]), "2 elements")
        self.refuse(pd.NA, "not a number")

    def test_torch(self) -> None:
        torch = library("torch")
        self.check(torch.tensor(0.5, requires_grad=True), 0.5)
        self.check(torch.tensor([3]), 3)
        self.refuse(torch.zeros(2), "2 elements")

    def test_jax(self) -> None:
        library("jax")
        import jax.numpy

        self.check(jax.numpy.float32(0.5), 0.5)

    def test_steps(self) -> None:
        self.assertEqual([_values.step_of(step) for step in (0, -3, 2.0)], [0, -3, 2])
        for bad, error in [(1.5, TypeError), ("1", TypeError), (True, TypeError), (2**63, ValueError)]:
            with self.assertRaises(error):
                _values.step_of(bad)

    def test_names(self) -> None:
        for good in ("loss", "train/loss", "損失 🎉", "a" * 250):
            self.assertEqual(_values.name_of("metric", good), good)
        for bad in ("", "a" * 251, "é" * 126, "a\nb", "a\x00", "\ud800"):
            with self.assertRaises(ValueError):
                _values.name_of("metric", bad)
        with self.assertRaises(TypeError):
            _values.name_of("metric", 3)


class Parameters(unittest.TestCase):
    def test_nested_parameters_get_names_with_dots(self) -> None:
        @dataclass
        class Optimizer:
            lr: float = 0.1

        asked = argparse.Namespace(lr=0.5, out=Path("a/b"), layers=[1, (2, 3)], optimizer=Optimizer(), empty={}, none=None)
        found = dict(_values.flat_params({"args": asked, "nan": math.nan, "s": {2, 1}, "n": {"a": {"b": 1}}, "big": 2**70}))
        self.assertEqual(
            found,
            {
                "args.lr": 0.5, "args.out": "a/b", "args.layers": [1, [2, 3]], "args.optimizer.lr": 0.1, "args.empty": {},
                "args.none": None,
                "nan": "NaN", "s": [1, 2], "n.a.b": 1, "big": str(2**70),
            },
        )  # fmt: skip
        with self.assertRaises(TypeError):
            dict(_values.flat_params([1]))

    def test_deep_and_circular_parameters_end(self) -> None:
        circle: Any = {}
        circle["again"] = circle
        deep: Any = []
        deep.append(deep)
        for value in (circle, {"deep": deep}):
            for _, plain in _values.flat_params(value):
                self.assertLessEqual(len(_values.encode(plain)), 10_000)

    def test_long_values_are_cut(self) -> None:
        self.assertEqual(_values.shortened("x" * 8000), ("x" * 8000, False))
        for long in ("x" * 9000, "\x00" * 9000, "é" * 9000, list(range(5000))):
            cut, is_cut = _values.shortened(long)
            self.assertTrue(is_cut)
            self.assertLessEqual(len(_values.encode(cut).encode()), _values.PARAM_BYTES_MAX)

    def test_no_line_is_longer_than_a_line_may_be(self) -> None:
        many = {f"metric/{i:0100}": i for i in range(2000)}
        lines = _values.point_lines({**many, "time": 1, "step": 2}, 7, 1.5).splitlines()
        self.assertTrue(all(len(line) <= 64 << 10 for line in lines))
        found = [json.loads(line) for line in lines]
        self.assertEqual(found[:2], [{"key": name, "value": value, "step": 7, "time": 1.5} for name, value in (("time", 1), ("step", 2))])
        self.assertEqual({name: value for line in found[2:] for name, value in line.items() if name not in ("step", "time")}, many)
        lines = _values.param_lines({f"p{i}": "x" * 8000 for i in range(50)})
        self.assertTrue(all(len(line) <= 64 << 10 for line in lines))


class TaskRuns(Case):
    def setUp(self) -> None:
        super().setUp()
        self.metrics = self.folder / "metrics"
        self.run_in_task = hven.TaskRun("0" * 32, self.metrics)

    def lines(self) -> "list[Any]":
        return [json.loads(line) for line in self.metrics.read_bytes().splitlines()]

    def test_lines_of_metrics(self) -> None:
        run = self.run_in_task
        run.log(loss=0.5, acc=1)
        run.log({"train/loss": math.nan}, step=5)
        run.log(a=1)
        run.log({"b": 2, "step": 9})
        run.log(time=3, step=1)
        run.log()
        run.params({"a": {"b": 1}}, lr=0.5)
        found = self.lines()
        self.assertTrue(all(1.7e9 < line.pop("time") < 1e10 for line in found if "time" in line))
        self.assertEqual(
            found,
            [
                {"loss": 0.5, "acc": 1, "step": 0}, {"train/loss": "NaN", "step": 5}, {"a": 1, "step": 6}, {"b": 2, "step": 9},
                {"key": "time", "value": 3, "step": 1}, {"param": {"a.b": 1, "lr": 0.5}},
            ],
        )  # fmt: skip

    def test_a_bad_value_logs_nothing(self) -> None:
        with self.assertRaises(TypeError):
            self.run_in_task.log(good=1, bad="x")
        with self.assertRaises(ValueError):
            self.run_in_task.log({"a\nb": 1})
        self.assertEqual(self.lines(), [])

    def test_the_current_run_is_the_one_of_hven(self) -> None:
        self.assertIsNone(hven.current())
        ended = self.script("run = hven.current(); run.log(x=1); print(run.id)", HVEN_RUN_ID="a" * 32, HVEN_METRICS=str(self.metrics))
        self.assertEqual(ended.stdout, "a" * 32 + "\n")
        self.assertEqual(self.lines()[0]["x"], 1)

    def test_files_stay_in_the_folder_if_they_cannot_be_recorded(self) -> None:
        text = "run = hven.current(); run.table([{'a': 1}], 'deep/t'); run.table({'b': [1, 2]}, 'u')"
        variables = {"HVEN_RUN_ID": "a" * 32, "HVEN_METRICS": str(self.metrics), "HVEN_URL": "http://127.0.0.1:9", "HVEN_TOKEN": "t"}
        said = self.script(text, **variables).stderr
        self.assertEqual(said.count("hven-out"), 2, said)
        self.assertEqual((self.folder / "hven-out/deep/t.csv").read_text(), "a\n1\n")
        self.assertEqual((self.folder / "hven-out/u.csv").read_text(), "b\n1\n2\n")


class Places(Case):
    def test_the_project_is_that_of_the_variable_or_the_manifest(self) -> None:
        for text, wanted in [
            ('[project]\nname = "astro"\n', "astro"),
            ("# a\n[project] # b\nname='geo' # c\n", "geo"),
            ('[run.x]\nname = "no"\n[project]\n', None),
            ("", None),
        ]:
            self.assertEqual(_place.project_of_manifest(text), wanted)

    def test_a_home_of_another_user_is_refused(self) -> None:
        foreign = unittest.mock.patch("os.getuid", return_value=4321)
        self.fake.home.joinpath("server.json").write_text('{"url": "http://127.0.0.1:9"}')
        with foreign, self.assertRaises(hven.HvenError) as raised:
            hven.runs()
        self.assertEqual(raised.exception.code, "home.foreign")

    def test_blake3(self) -> None:
        # From the test vectors of BLAKE3: input bytes 0, 1, …, 250, 0, 1 …
        for size, start in [(0, "af1349b9f5f9a1a6"), (1, "2d3adedff11b61f1"), (1024, "42214739f095a406"), (1025, "d00278ae47eb27b3")]:
            self.assertTrue(_blake3.digest(bytes(i % 251 for i in range(size))).hex().startswith(start), size)


if __name__ == "__main__":
    unittest.main()
