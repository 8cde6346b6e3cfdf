#!/usr/bin/env python3
"""Checks the laws of this publication with Python alone: python3 check.py

Each law is evaluated as publication.json writes it, over the rows that its search used. They lie in rows.csv of its run:
those that the search saw (train) and those on which the law was tried afterwards (hold_out). The numbers of rows, R² and
the mean of the squared errors are compared with what the run had found. Where the source of the data is here as CSV, it
is also looked whether each row stands in it.

It ends with 0 when all is the same, with 1 when something differs, and with 2 when something that it needs is not here.
"""

import csv
import json
import math
import os
import re
import sys

# Sums in another order may differ in their last digits; so may functions of another mathematical library.
RELATIVE = 1e-9
# What a formula leaves of a value may differ by so much of the value: it is computed in another order.
ROUNDING = 1e-14
HERE = os.path.dirname(os.path.abspath(__file__))
FUNCTIONS = ("exp", "log", "sin", "cos", "tan", "tanh", "asin", "acos", "atan", "sqrt")
NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?")


class Missing(Exception):
    """Something that is needed is not here, or cannot be read."""


def quietly(function, *values):
    """A value of a function; where it has none, not a number, and where it is too large, infinity."""
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
    """A formula as publication.json writes it: numbers, columns, + - * / ^, brackets and functions."""

    def __init__(self, text, columns):
        self.text = text
        self.place = 0
        for name in columns:
            if NUMBER.fullmatch(name):
                raise Missing("the column %s has the name of a number, so the formula can be read in two ways" % name)
        # A longer name first: one may begin with another.
        self.columns = sorted(columns, key=len, reverse=True)
        self.evaluate = self.sum()
        if self.peek():
            raise Missing("the formula cannot be read from its character %d on: %s" % (self.place + 1, text))

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
        rest = self.text[self.place :]
        for name in self.columns:
            # What goes on like a name or a number is another name or a number; before a bracket stands a function.
            if rest.startswith(name) and not re.match(r"[\w.(]", rest[len(name) :]):
                self.place += len(name)
                return lambda row: row[name]
        for name in FUNCTIONS:
            if rest.startswith(name + "("):
                self.place += len(name)
                argument, function = self.atom(), getattr(math, name)
                return lambda row: quietly(function, argument(row))
        number = NUMBER.match(rest)
        if not number:
            raise Missing("the formula cannot be read from its character %d on: %s" % (self.place + 1, self.text))
        self.place += number.end()
        value = float(number.group())
        return lambda row: value


def mean(values):
    return quietly(lambda: math.fsum(values) / len(values))


class Check:
    """What is compared, line by line, and whether all of it is the same."""

    def __init__(self):
        self.all_same = True

    def compare(self, what, found, told, allowed=0.0):
        if told is None:
            print("  %-36s %.12g   (the run noted none)" % (what, found))
            return
        told = float(told)
        same = abs(found - told) <= allowed or found == told or (math.isnan(found) and math.isnan(told))
        self.say(what, "%.12g" % found, same, "published is %.12g" % told)

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
    """Where an output of a run lies in this folder."""
    digest = next((output["digest"] for output in outputs if output["path"] == name), None)
    if digest is None:
        raise Missing("its run has left no %s" % name)
    if digest not in places:
        raise Missing("%s is not part of this publication" % name)
    return places[digest]


def read_rows(path, target):
    """The rows of a law: for each part a list of columns by their names, and the names of its inputs."""
    parts = {"train": [], "hold_out": []}
    try:
        with open(os.path.join(HERE, path), newline="", encoding="utf-8") as file:
            lines = csv.reader(file)
            names = next(lines, [])[1:]
            for line in lines:
                parts[line[0]].append(dict(zip(names, map(float, line[1:]))))
    except (OSError, ValueError, LookupError, csv.Error) as error:
        raise Missing("%s cannot be read: %s" % (path, error)) from error
    if not names or names[-1] != target or not parts["train"]:
        raise Missing("%s holds no rows of %s" % (path, target))
    return parts, names


class Errors:
    """What a formula leaves of the target over some rows."""

    def __init__(self, formula, rows, target):
        values = [row[target] for row in rows]
        errors = [value - formula.evaluate(row) for value, row in zip(values, rows)]
        middle = mean(values)
        self.largest = max(map(abs, errors))
        self.squared = mean([e * e for e in errors])
        # By so much the mean of the squares may differ when each error does by its rounding.
        rounding = ROUNDING * math.sqrt(mean([value * value for value in values]))
        self.allowed = RELATIVE * self.squared + 2 * rounding * math.sqrt(self.squared) + rounding * rounding
        self.spread = mean([(value - middle) * (value - middle) for value in values])

    def compare_r_squared(self, told, check):
        allowed = 1e-12 + (self.allowed / self.spread if self.spread else 0.0)
        check.compare("R² on them", 1 - divide(self.squared, self.spread), told, allowed)
        print("  %-36s %.12g" % ("largest error on them", self.largest))


def in_source(rows, names, dataset, places):
    """How many of the rows stand in the source of a dataset; None when it cannot be read so."""
    source = dataset.get("source") or {}
    path = places.get(source.get("digest"))
    if path is None:
        return None
    try:
        with open(os.path.join(HERE, path), newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file)
            if not set(names) <= set(lines.fieldnames or []):
                return None
            there = set()
            for line in lines:
                try:
                    there.add(tuple(float(line[name]) for name in names))
                except (TypeError, ValueError):
                    continue
    except (OSError, ValueError, csv.Error):
        return None
    return sum(tuple(row[name] for name in names) in there for row in rows)


def check_law(law, run, publication, places, check):
    outputs, target = run["outputs"], law["target"]
    parts, names = read_rows(file_of(outputs, "rows.csv", places), target)
    found = read_json(file_of(outputs, "law.json", places))
    candidate = next((one for one in found["front"] if one["text"] == law["text"]), None)
    formula = Formula(law["text"], names[:-1])
    train, hold_out = parts["train"], parts["hold_out"]
    is_found = candidate is not None
    check.say("formula is one that its run found", "yes" if is_found else "no", is_found, "the run found others")
    check.compare("rows that the search saw", len(train), found.get("rows"))
    errors = Errors(formula, train, target)
    told = (candidate or {}).get("loss")
    check.compare("mean of the squared errors on them", errors.squared, told, errors.allowed)
    errors.compare_r_squared(law.get("r2"), check)
    check.compare("rows that were held out", len(hold_out), found.get("rows_holdout"))
    if len(hold_out) > 1:
        Errors(formula, hold_out, target).compare_r_squared(law.get("r2_holdout"), check)
    for dataset in publication.get("datasets", []):
        count = in_source(train + hold_out, names, dataset, places)
        if count is not None:
            name = "%s@%s" % (dataset["name"], dataset["version"])
            remark = "" if count else "   (its numbers may be written otherwise, as in another unit)"
            print("  %-36s %d of %d%s" % ("rows that stand in %s" % name, count, len(train) + len(hold_out), remark))


def main():
    # Not every terminal can show each character of a formula.
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
        print("something differs from what was published")
        return 1
    if missing:
        print("not all laws could be checked")
        return 2
    print("all is as published")
    return 0


if __name__ == "__main__":
    sys.exit(main())
