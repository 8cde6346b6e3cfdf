"""Figures, tables and images become files that their libraries read."""

from __future__ import annotations

import io
import unittest
from typing import Any

from hven import _media
from test_values import library


class Images(unittest.TestCase):
    def test_png_has_the_pixels(self) -> None:
        np, image = library("numpy"), library("PIL.Image").Image
        random = np.random.default_rng(1)
        for shape in [(3, 5), (3, 5, 1), (4, 2, 3), (1, 1, 4)]:
            pixels = random.integers(0, 256, shape, dtype=np.uint8)
            ending, content = _media.image_file(pixels)
            self.assertEqual(ending, ".png")
            read = np.asarray(image.open(io.BytesIO(content)))
            self.assertEqual(read.tolist(), (pixels.squeeze(2) if shape[-1] == 1 and len(shape) == 3 else pixels).tolist())
        strided = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)[::2, ::-1]
        self.assertTrue((np.asarray(image.open(io.BytesIO(_media.image_file(strided)[1]))) == strided).all())
        self.assertEqual(np.asarray(image.open(io.BytesIO(_media.image_file(np.array([[0.0, 1.0]]))[1]))).tolist(), [[0, 255]])
        self.assertEqual(np.asarray(image.open(io.BytesIO(_media.image_file(np.array([[False, True]]))[1]))).tolist(), [[0, 255]])
        for bad in (np.array([[2.0]]), np.array([[float("nan")]])):
            with self.assertRaises(ValueError):
                _media.image_file(bad)
        for wrong in (np.zeros((2, 2, 2), np.uint8), np.zeros(3, np.uint8), np.zeros((0, 2), np.uint8), np.zeros((2, 2), int), 3):
            with self.assertRaises(TypeError):
                _media.image_file(wrong)


class Tables(unittest.TestCase):
    def check(self, table: Any, ending: str) -> bytes:
        found, content = _media.table_file(table)
        self.assertEqual(found, ending)
        return content

    def test_rows_and_columns_become_csv(self) -> None:
        self.assertEqual(self.check([{"a": 1}, {"b": "x,y"}], ".csv"), b'a,b\n1,\n,"x,y"\n')
        self.assertEqual(self.check({"a": [1, 2], "b": [3, 4]}, ".csv"), b"a,b\n1,3\n2,4\n")
        self.assertEqual(self.check([], ".csv"), b"\n")
        with self.assertRaises(ValueError):
            _media.table_file({"a": [1], "b": []})
        for bad in (3, "text", [1, 2]):
            with self.assertRaises(TypeError):
                _media.table_file(bad)

    def test_data_frames_become_parquet(self) -> None:
        pd, pl, pa = library("pandas"), library("polars"), library("pyarrow")
        frame = pd.DataFrame({"a": [1, 2], 3: ["x", "y"]})
        self.assertEqual(pd.read_parquet(io.BytesIO(self.check(frame, ".parquet"))).values.tolist(), frame.values.tolist())
        self.assertEqual(pl.read_parquet(io.BytesIO(self.check(pl.DataFrame({"a": [1]}).lazy(), ".parquet")))["a"].to_list(), [1])
        self.check(pa.table({"a": [1]}), ".parquet")
        self.check(pd.Series([1], name="s"), ".parquet")
        self.assertEqual(self.check(pd.DataFrame({"a": [1, "x"]}), ".csv"), b"a\n1\nx\n")


class Figures(unittest.TestCase):
    def test_the_same_figure_has_the_same_bytes(self) -> None:
        library("matplotlib").use("agg")
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        axes.plot([1, 2])
        first, second = _media.figure_files(figure), _media.figure_files(axes)
        self.assertEqual([ending for ending, _ in first], [".svg", ".png"])
        self.assertEqual(first, second)
        with self.assertRaises(TypeError):
            _media.figure_files(3)

    def test_plotly_becomes_json(self) -> None:
        library("plotly")
        import plotly.graph_objects as go

        self.assertEqual(_media.figure_files(go.Figure())[0][0], ".plotly.json")


class Names(unittest.TestCase):
    def test_an_output_stays_below_its_run(self) -> None:
        for good in ("a", "a/b.svg", "損失"):
            self.assertEqual(_media.output_path(good), good)
        for bad in ("", "/a", "a//b", "../a", "a/..", "./a", "a\nb", "x" * 1001):
            with self.assertRaises(ValueError):
                _media.output_path(bad)


if __name__ == "__main__":
    unittest.main()
