#!/usr/bin/env python3
"""Checks the laws of this publication with Python alone: python3 check.py

The script evaluates each law of publication.json over the rows that its search used. These rows are in rows.csv of its run:
rows that the law was fitted to (train), rows that tested the law afterwards (hold_out), and rows that were left out of the
fit because they are far from the law (left_out). The script compares the numbers of rows,
R² and the mean of the squared errors with the published values. If the publication includes the source of the data as CSV,
the script also counts the rows that the source contains.

The exit status is 0 if all values are the same, 1 if a value differs, and 2 if a needed file is missing.
"""

import csv
import json
import math
import os
import re
import sys

# Sums in another order, and functions of another mathematical library, may differ in their last digits.
RELATIVE = 1e-9
# The relative rounding error of a value of a formula, which may be computed in another order.
ROUNDING = 1e-14
HERE = os.path.dirname(os.path.abspath(__file__))
FUNCTIONS = ("exp", "log", "sin", "cos", "tan", "tanh", "asin", "acos", "atan", "sqrt")
NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?")
# A name in backticks, or a word that is no function.
NAME = re.compile(r"`(?:[^`]|``)*`|(?!\d)\w[\w.]*(?![\w.(])")


class Missing(Exception):
    """A needed file or value is missing, or cannot be read."""


def quietly(function, *values):
    """The value of a function: NaN where the function is undefined, infinity where the value is too large."""
    try:
        value = function(*values)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(value, complex) else value


def divide(a, b):
    return quietly(lambda: a / b) if b else (math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a))


class Formula:
    """A formula in the syntax of publication.json: numbers, columns, + - * / ^, brackets and functions.

    A name that is no plain word is in backticks, and a backtick in it stands twice. Earlier versions of Hven wrote all names
    without backticks (is_quoted is false), so that some formulas can be read in two ways.
    """

    def __init__(self, text, columns, is_quoted):
        self.text = text
        self.place = 0
        self.is_quoted = is_quoted
        for name in columns:
            if not is_quoted and NUMBER.fullmatch(name):
                raise Missing("the column %s has the name of a number, so the formula can be read in two ways" % name)
        # Longer names first: a name may be the beginning of another.
        self.columns = sorted(columns, key=len, reverse=True)
        self.evaluate = self.sum()
        if self.peek():
            raise self.unreadable()

    def unreadable(self):
        return Missing("the formula cannot be read from its character %d on: %s" % (self.place + 1, self.text))

    def name(self):
        """The column that is named here, or None. A name before a bracket is a function."""
        rest = self.text[self.place :]
        if self.is_quoted:
            found = NAME.match(rest)
            if not found:
                return None
            name = found.group()
            if name.startswith("`"):
                name = name[1:-1].replace("``", "`")
            if name not in self.columns:
                raise self.unreadable()
            self.place += found.end()
            return name
        for name in self.columns:
            # If a name or a number continues here, it is another name or number.
            if rest.startswith(name) and not re.match(r"[\w.(]", rest[len(name) :]):
                self.place += len(name)
                return name
        return None

    def peek(self):
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1
        return self.text[self.place : self.place + 1]

    def take(self, sign):
        if self.peek() == sign:
            self.place += 1
            return True
        return False

    def sum(self):
        left = self.product()
        while True:
            if self.take("+"):
                left = (lambda a, b: lambda row: a(row) + b(row))(left, self.product())
            elif self.take("-"):
                left = (lambda a, b: lambda row: a(row) - b(row))(left, self.product())
            else:
                return left

    def product(self):
        left = self.signed()
        while True:
            if self.take("*"):
                left = (lambda a, b: lambda row: a(row) * b(row))(left, self.signed())
            elif self.take("/"):
                left = (lambda a, b: lambda row: divide(a(row), b(row)))(left, self.signed())
            else:
                return left

    def signed(self):
        if self.take("-"):
            of = self.signed()
            return lambda row: -of(row)
        return self.power()

    def power(self):
        base = self.atom()
        if not self.take("^"):
            return base
        exponent = self.signed()
        return lambda row: quietly(lambda: base(row) ** exponent(row))

    def atom(self):
        if self.take("("):
            inner = self.sum()
            if not self.take(")"):
                raise Missing("a bracket is open in the formula %s" % self.text)
            return inner
        name = self.name()
        if name is not None:
            return lambda row: row[name]
        rest = self.text[self.place :]
        for name in FUNCTIONS:
            if rest.startswith(name + "("):
                self.place += len(name)
                argument, function = self.atom(), getattr(math, name)
                return lambda row: quietly(function, argument(row))
        number = NUMBER.match(rest)
        if not number:
            raise self.unreadable()
        self.place += number.end()
        value = float(number.group())
        return lambda row: value


def mean(values):
    return quietly(lambda: math.fsum(values) / len(values))


class Check:
    """Prints the compared values, line by line, and notes whether all are the same."""

    def __init__(self):
        self.all_same = True

    def compare(self, what, found, published, allowed=0.0):
        if published is None:
            print("  %-36s %.12g   (the run has no such value)" % (what, found))
            return
        published = float(published)
        both_nan = math.isnan(found) and math.isnan(published)
        same = abs(found - published) <= allowed or found == published or both_nan
        self.say(what, "%.12g" % found, same, "the published value is %.12g" % published)

    def say(self, what, found, same, otherwise):
        self.all_same = self.all_same and same
        print("  %-36s %s   %s" % (what, found, "as published" if same else "DIFFERS: " + otherwise))


def read_json(path):
    try:
        with open(os.path.join(HERE, path), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise Missing("%s cannot be read: %s" % (path, error)) from error


def file_of(outputs, name, places):
    """The path of an output of a run in this folder."""
    digest = next((output["digest"] for output in outputs if output["path"] == name), None)
    if digest is None:
        raise Missing("its run has no output %s" % name)
    if digest not in places:
        raise Missing("%s is not part of this publication" % name)
    return places[digest]


def read_rows(path, target):
    """The rows of a law: for each part a list of rows, which map names to values; and the names of the columns."""
    parts = {"train": [], "hold_out": [], "left_out": []}
    try:
        with open(os.path.join(HERE, path), newline="", encoding="utf-8") as file:
            lines = csv.reader(file)
            names = next(lines, [])[1:]
            for line in lines:
                parts[line[0]].append(dict(zip(names, map(float, line[1:]))))
    except (OSError, ValueError, LookupError, csv.Error) as error:
        raise Missing("%s cannot be read: %s" % (path, error)) from error
    if not names or names[-1] != target or not parts["train"]:
        raise Missing("%s has no rows of %s" % (path, target))
    return parts, names


class Errors:
    """The errors of a formula over some rows, measured as the errors of its law: equal, relative or logarithmic."""

    def __init__(self, formula, rows, target, model):
        values = [row[target] for row in rows]
        predicted = [formula.evaluate(row) for row in rows]
        weights = [1.0 for _ in rows]
        # The relative rounding error of a value is one of its logarithm, and of a quotient.
        size = 1.0
        if model == "logarithmic":
            errors = [quietly(lambda: math.log(divide(y, f))) for y, f in zip(values, predicted)]
            values = [quietly(math.log, abs(y)) for y in values]
        elif model == "relative":
            errors = [divide(y, f) - 1 for y, f in zip(values, predicted)]
            weights = [divide(1.0, f * f) for f in predicted]
        else:
            errors = [y - f for y, f in zip(values, predicted)]
            size = math.sqrt(mean([y * y for y in values]))
        whole = mean(weights)
        middle = divide(mean([w * y for w, y in zip(weights, values)]), whole)
        self.largest = max(map(abs, errors))
        self.squared = mean([e * e for e in errors])
        # The mean of the squares may differ by this much, because each error has a rounding error.
        rounding = ROUNDING * size
        self.allowed = RELATIVE * self.squared + 2 * rounding * math.sqrt(self.squared) + rounding * rounding
        self.spread = mean([w * (y - middle) * (y - middle) for w, y in zip(weights, values)])

    def compare_r_squared(self, published, check):
        allowed = 1e-12 + (self.allowed / self.spread if self.spread else 0.0)
        check.compare("R² on them", 1 - divide(self.squared, self.spread), published, allowed)
        print("  %-36s %.12g" % ("largest error on them", self.largest))


def in_source(rows, names, dataset, places):
    """The number of rows that the source of a dataset contains; None if the source cannot be read as such a table."""
    source = dataset.get("source") or {}
    path = places.get(source.get("digest"))
    if path is None:
        return None
    try:
        with open(os.path.join(HERE, path), newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file)
            if not set(names) <= set(lines.fieldnames or []):
                return None
            in_file = set()
            for line in lines:
                try:
                    in_file.add(tuple(float(line[name]) for name in names))
                except (TypeError, ValueError):
                    continue
    except (OSError, ValueError, csv.Error):
        return None
    return sum(tuple(row[name] for name in names) in in_file for row in rows)


def check_law(law, run, publication, places, check):
    outputs, target = run["outputs"], law["target"]
    parts, names = read_rows(file_of(outputs, "rows.csv", places), target)
    found = read_json(file_of(outputs, "law.json", places))
    candidate = next((one for one in found["front"] if one["text"] == law["text"]), None)
    # Laws of versions that write backticks have this field.
    formula = Formula(law["text"], names[:-1], "target_text" in found)
    train, hold_out = parts["train"], parts["hold_out"]
    is_found = candidate is not None
    check.say("its run found this formula", "yes" if is_found else "no", is_found, "the run found other formulas")
    check.compare("rows that the search saw", len(train), found.get("rows"))
    # The laws of earlier versions have equal errors.
    model = (found.get("errors") or {}).get("model", "equal")
    print("  %-36s %s" % ("errors of the target", model))
    errors = Errors(formula, train, target, model)
    loss = (candidate or {}).get("loss")
    check.compare("mean of the squared errors on them", errors.squared, loss, errors.allowed)
    errors.compare_r_squared(law.get("r2"), check)
    if parts["left_out"] or found.get("left_out"):
        check.compare("rows that were left out of the fit", len(parts["left_out"]), len(found.get("left_out", [])))
    check.compare("rows that were held out", len(hold_out), found.get("rows_holdout"))
    if len(hold_out) > 1:
        Errors(formula, hold_out, target, model).compare_r_squared(law.get("r2_holdout"), check)
    used = train + hold_out + parts["left_out"]
    for dataset in publication.get("datasets", []):
        count = in_source(used, names, dataset, places)
        if count is not None:
            name = "%s@%s" % (dataset["name"], dataset["version"])
            remark = "" if count else "   (it may have other numbers, for example in another unit)"
            print("  %-36s %d of %d%s" % ("rows found in %s" % name, count, len(used), remark))


def main():
    # Some terminals cannot show every character of a formula.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    publication, manifest = read_json("publication.json"), read_json("manifest.json")
    places = {file["blake3"]: path for path, file in sorted(manifest["files"].items(), reverse=True)}
    runs = {run["id"]: run for run in publication.get("runs", [])}
    check, missing = Check(), False
    for law in publication.get("laws", []):
        run = runs.get(law["run"], {"handle": law["run"], "outputs": []})
        print("%s   (run %s)" % (law["display"], run["handle"]))
        try:
            check_law(law, run, publication, places, check)
        except Missing as error:
            missing = True
            print("  not checked: %s" % error)
    if not check.all_same:
        print("some values differ from the published ones")
        return 1
    if missing:
        print("not all laws could be checked")
        return 2
    print("all values are as published")
    return 0


if __name__ == "__main__":
    sys.exit(main())
