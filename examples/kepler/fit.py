"""Kepler's third law, found again from the table of the planets.

Fits log10(period) on log10(semi-major axis) by ordinary least squares. The slope is the exponent of
the law: Kepler says 3/2. Needs Python 3.8 or newer and nothing else.

    python3 fit.py [--table planets.csv] [--out .]

Reads  planets.csv   name, kind, semi_major_axis (au), period (years)
Writes fit.csv       measured and predicted period of each body, residual in log10(period)
       fit.svg       the same as a picture

Under `hven run` the numbers are logged too: one JSON object per line, appended to the file that
$HVEN_METRICS names. Without Hven that variable is not set, and nothing else changes.
"""

import argparse
import csv
import json
import math
import os
from pathlib import Path
from typing import NamedTuple

CONFIDENCE = 0.95


class Body(NamedTuple):
    name: str
    kind: str
    axis: float  # semi-major axis of the orbit, au
    period: float  # sidereal period, years


class Line(NamedTuple):
    """y = intercept + slope * x, with the half-width of the slope's confidence interval."""

    slope: float
    intercept: float
    half_width: float

    def at(self, x):
        return self.intercept + self.slope * x


def read_bodies(path):
    with open(path, newline="", encoding="utf-8") as table:
        return [
            Body(row["name"], row["kind"], float(row["semi_major_axis"]), float(row["period"]))
            for row in csv.DictReader(table)
        ]


def fit_line(xs, ys, confidence=CONFIDENCE):
    """Ordinary least squares; the interval of the slope is Student's t with n - 2 degrees of freedom."""
    n = len(xs)
    if n < 3:
        raise ValueError(f"an interval for the slope needs at least 3 points, not {n}")
    mean_x, mean_y = math.fsum(xs) / n, math.fsum(ys) / n
    sxx = math.fsum((x - mean_x) ** 2 for x in xs)
    sxy = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys))
    slope = sxy / sxx
    intercept = mean_y - slope * mean_x
    unexplained = math.fsum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys))
    standard_error = math.sqrt(unexplained / (n - 2) / sxx)
    half_width = student_t((1 + confidence) / 2, n - 2) * standard_error
    return Line(slope, intercept, half_width)


def student_t(probability, degrees):
    """Quantile (probability above one half) of Student's t distribution.

    With t = sqrt(degrees) * tan(angle) the density becomes scale * cos(angle)^(degrees - 1) on a
    bounded range: Simpson's rule integrates it, bisection inverts the integral.
    """
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(math.pi)

    def below(angle, steps=200):
        h = angle / steps
        weights = (1 if i in (0, steps) else 4 if i % 2 else 2 for i in range(steps + 1))
        total = math.fsum(w * math.cos(i * h) ** (degrees - 1) for i, w in enumerate(weights))
        return 0.5 + scale * total * h / 3

    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < probability else (low, middle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def log(**entry):
    """Appends one line to $HVEN_METRICS; does nothing where there is no Hven."""
    path = os.environ.get("HVEN_METRICS")
    if path:
        with open(path, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")


def write_table(path, bodies, residuals):
    with open(path, "w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(["name", "semi_major_axis_au", "period_yr", "predicted_period_yr", "residual_log10"])
        for body, residual in zip(bodies, residuals):
            predicted = body.period / 10**residual
            rows.writerow([body.name, body.axis, body.period, f"{predicted:.7g}", f"{residual:+.3e}"])


# The picture is drawn by hand, so that the example needs no package. It carries its own background
# and follows the reader's light or dark setting.
STYLE = """
  .paper { fill: #fbf9f4 } .ink { fill: #24292f } .soft { fill: #5b6168 }
  .grid { stroke: #dcd7cc } .frame { stroke: #8a8578; fill: none } .law { stroke: #9a6a12; stroke-width: 2 }
  .planet { fill: #1f5f99 } .dwarf { fill: #fbf9f4; stroke: #1f5f99; stroke-width: 2 }
  text { font: 13px system-ui, sans-serif } .title { font-size: 16px; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14181d } .ink { fill: #e8e6e1 } .soft { fill: #a3a9b0 }
    .grid { stroke: #2c333b } .frame { stroke: #6b727a } .law { stroke: #d9a441 }
    .planet { fill: #7db8ec } .dwarf { fill: #14181d; stroke: #7db8ec }
  }"""
WIDTH, HEIGHT = 760, 540
LEFT, RIGHT, TOP, BOTTOM = 74, 730, 62, 480  # of the frame, in pixels
DECADES_X, DECADES_Y = (-1, 2), (-1, 3)  # powers of ten shown: 0.1 to 100 au, 0.1 to 1,000 years


def x_pixel(log_axis):
    return LEFT + (log_axis - DECADES_X[0]) / (DECADES_X[1] - DECADES_X[0]) * (RIGHT - LEFT)


def y_pixel(log_period):
    return BOTTOM - (log_period - DECADES_Y[0]) / (DECADES_Y[1] - DECADES_Y[0]) * (BOTTOM - TOP)


def draw(bodies, line):
    """The bodies and the fitted law on logarithmic axes, as SVG."""
    exponent = f"{line.slope:.5f} ± {line.half_width:.5f}"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>Orbital period against semi-major axis: exponent {exponent}</title>",
        f"<style>{STYLE}\n</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="ink title" x="{LEFT}" y="28">Period grows as distance to the power {exponent}</text>',
        f'<text class="soft" x="{LEFT}" y="48">{len(bodies)} bodies, least squares in logarithms, '
        f"{CONFIDENCE:.0%} interval; Kepler: 3/2</text>",
    ]
    for power in range(DECADES_X[0], DECADES_X[1] + 1):
        x = x_pixel(power)
        out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}"/>')
        out.append(f'<text class="soft" x="{x:.1f}" y="{BOTTOM + 19}" text-anchor="middle">{10.0**power:g}</text>')
    for power in range(DECADES_Y[0], DECADES_Y[1] + 1):
        y = y_pixel(power)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text class="soft" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
    middle_x, middle_y = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2
    out += [
        f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>',
        f'<text class="ink" x="{middle_x}" y="{HEIGHT - 18}" text-anchor="middle">semi-major axis (au)</text>',
        f'<text class="ink" transform="translate(22 {middle_y}) rotate(-90)" text-anchor="middle">'
        "sidereal period (years)</text>",
    ]
    start, end = -0.6, 2.0
    out.append(
        f'<line class="law" x1="{x_pixel(start):.1f}" y1="{y_pixel(line.at(start)):.1f}" '
        f'x2="{x_pixel(end):.1f}" y2="{y_pixel(line.at(end)):.1f}"/>'
    )
    for body in bodies:
        x, y = x_pixel(math.log10(body.axis)), y_pixel(math.log10(body.period))
        shape = "planet" if body.kind == "planet" else "dwarf"
        out.append(f'<circle class="{shape}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        out.append(f'<text class="ink" x="{x + 10:.1f}" y="{y + 10:.1f}">{body.name}</text>')
    x, y = RIGHT - 130, BOTTOM - 40
    for shape, label in (("planet", "planet"), ("dwarf", "dwarf planet")):
        out.append(f'<circle class="{shape}" cx="{x}" cy="{y}" r="5"/>')
        out.append(f'<text class="soft" x="{x + 12}" y="{y + 4}">{label}</text>')
        y += 20
    return "\n".join(out + ["</svg>", ""])


def main():
    options = argparse.ArgumentParser(description="Fit Kepler's third law to a table of orbits.")
    options.add_argument("--table", type=Path, default=Path("planets.csv"))
    options.add_argument("--out", type=Path, default=Path("."), help="folder for fit.csv and fit.svg")
    options = options.parse_args()

    bodies = read_bodies(options.table)
    log(param={"table": options.table.name, "bodies": len(bodies), "confidence": CONFIDENCE, "method": "least squares"})
    print(f"{len(bodies)} bodies in {options.table}: log10(period) against log10(semi-major axis)")

    bodies.sort(key=lambda body: body.axis)
    xs = [math.log10(body.axis) for body in bodies]
    ys = [math.log10(body.period) for body in bodies]
    line = fit_line(xs, ys)
    low, high = line.slope - line.half_width, line.slope + line.half_width
    residuals = [y - line.at(x) for x, y in zip(xs, ys)]
    for step, residual in enumerate(residuals, start=1):
        log(residual=residual, step=step)

    # One body after the other, from the Sun outwards: how well was the exponent known with these alone?
    for n in range(3, len(bodies) + 1):
        part = fit_line(xs[:n], ys[:n])
        log(
            exponent=part.slope,
            exponent_low=part.slope - part.half_width,
            exponent_high=part.slope + part.half_width,
            step=n,
        )
        print(f"  {n:2} bodies, out to {bodies[n - 1].name:8} exponent {part.slope:.6f} ± {part.half_width:.6f}", flush=True)

    options.out.mkdir(parents=True, exist_ok=True)
    write_table(options.out / "fit.csv", bodies, residuals)
    (options.out / "fit.svg").write_text(draw(bodies, line), encoding="utf-8")

    worst = max(zip(bodies, residuals), key=lambda pair: abs(pair[1]))
    print(f"largest residual: {worst[0].name}, {worst[1] * math.log(10):+.3%} of its period")
    print(f"exponent = {line.slope:.5f}, {CONFIDENCE:.0%} interval {low:.5f} to {high:.5f}  (Kepler: 1.5)")


if __name__ == "__main__":
    main()
