"""Checks of fit.py: python3 -m unittest discover -s examples/kepler"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import fit

HERE = Path(__file__).parent


def run_fit(folder, metrics=None):
    env = {name: value for name, value in os.environ.items() if not name.startswith("HVEN_")}
    if metrics:
        env["HVEN_METRICS"] = str(metrics)
    command = [sys.executable, HERE / "fit.py", "--table", HERE / "planets.csv", "--out", folder]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


class Statistics(unittest.TestCase):
    def test_quantiles_of_student_t_agree_with_the_printed_tables(self):
        for probability, degrees, expected in [
            (0.975, 1, 12.7062),
            (0.975, 2, 4.3027),
            (0.975, 9, 2.2622),
            (0.95, 9, 1.8331),
            (0.995, 30, 2.7500),
            (0.975, 1000, 1.9623),
        ]:
            self.assertAlmostEqual(fit.student_t(probability, degrees), expected, places=4)

    def test_points_on_a_line_give_the_line_and_no_width(self):
        line = fit.fit_line([1, 2, 3, 4], [0.5, 2, 3.5, 5])
        self.assertAlmostEqual(line.slope, 1.5)
        self.assertAlmostEqual(line.intercept, -1)
        self.assertAlmostEqual(line.half_width, 0)

    def test_the_interval_by_hand(self):
        # Slope 0.6; residuals -0.8 0.6 1.0 -0.6 -0.2 squared sum to 2.4; sxx = 10, three degrees of
        # freedom: standard error sqrt(2.4 / 3 / 10) = 0.282843, times t = 3.182446.
        line = fit.fit_line([1, 2, 3, 4, 5], [2, 4, 5, 4, 5])
        self.assertAlmostEqual(line.slope, 0.6)
        self.assertAlmostEqual(line.half_width, 0.900132, places=6)

    def test_two_points_have_no_interval(self):
        with self.assertRaises(ValueError):
            fit.fit_line([1, 2], [1, 2])


class Study(unittest.TestCase):
    def test_the_planets_obey_kepler(self):
        bodies = fit.read_bodies(HERE / "planets.csv")
        self.assertEqual(len(bodies), 11)
        for body in bodies:  # also a check of the typing: period² = axis³ within 0.2 %
            self.assertAlmostEqual(body.period**2 / body.axis**3, 1, delta=2e-3, msg=body.name)

    def test_a_run_without_hven_writes_table_and_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            printed = run_fit(folder)
            self.assertIn("exponent = 1.49990, 95% interval 1.49981 to 1.49999", printed)
            with open(Path(folder, "fit.csv"), newline="", encoding="utf-8") as table:
                rows = list(csv.DictReader(table))
            self.assertEqual([rows[0]["name"], rows[-1]["name"]], ["Mercury", "Eris"])
            self.assertEqual(float(rows[2]["period_yr"]), 1.0000174)
            picture = xml.parse(Path(folder, "fit.svg")).getroot()
            circles = picture.findall("{http://www.w3.org/2000/svg}circle")
            self.assertEqual(len(circles), 11 + 2)  # the bodies and the legend

    def test_a_run_under_hven_logs_what_it_found(self):
        with tempfile.TemporaryDirectory() as folder:
            metrics = Path(folder, "metrics.jsonl")
            run_fit(folder, metrics)
            lines = [json.loads(line) for line in metrics.read_text().splitlines()]
        self.assertEqual(lines[0]["param"]["bodies"], 11)
        self.assertEqual([line["step"] for line in lines if "residual" in line], list(range(1, 12)))
        exponents = [line["exponent"] for line in lines if "exponent" in line]
        self.assertEqual(len(exponents), 9)
        last = lines[-1]
        self.assertEqual([f"{last[name]:.5f}" for name in ("exponent_low", "exponent_high")], ["1.49981", "1.49999"])


if __name__ == "__main__":
    unittest.main()
