"""Finds the names of recipes in code outside the recipes' own files.

A recipe describes itself, and the kind of its result decides how the result is used. So only its own file contains its name: a
string with the name, or one that starts with `recipe NAME`, is a finding in every other file of `crates/*/src` and `web/src`,
except tests and comments.
"""

import re

# Strings with the same word that name no recipe: file, crate or folder of the web pages; word; and its meaning there.
OTHER_WORDS = {
    ("crates/hven/src/commands/law/args.rs", "law"): "the default name of a run",
    ("crates/hven-app", "split"): "the default name of a split",
    ("crates/hven-app/src/work/saved_views.rs", "compare"): "the page of a view",
    ("crates/hven-bench", "import"): "a measurement",
    ("crates/hven-core", "compare"): "the label of a run with that purpose in lists",
    ("crates/hven-core", "import"): "the starter of a recipe's runs",
    ("crates/hven-core", "law"): "a kind of result",
    ("crates/hven-core", "split"): "a section of a table in a manifest",
    ("crates/hven-learn", "law"): "the legend of a plot",
    ("crates/hven-publish", "law"): "the noun",
    ("crates/hven-record", "split"): "a column of an exported table",
    ("crates/hven-server", "split"): "the default name of a split",
    ("crates/hven-steps", "split"): "the default name of a split",
    ("crates/hven-terminal", "import"): "the starter of a recipe's runs",
    ("crates/hven-terminal", "law"): "the noun in a sentence",
    ("web/src/api/comparison.ts", "compare"): "the key of cached answers",
    ("web/src/api/saved_views.ts", "compare"): "the page of a view",
    ("web/src/compare/ComparePage.tsx", "compare"): "the page of a view",
    ("web/src/views/ViewLink.tsx", "compare"): "the page of a view",
    ("web/src/data", "import"): "the starter of a recipe's runs, and the action of a page",
    ("web/src/runs/where_completion.ts", "compare"): "a kind of word in a condition",
    ("web/src/law", "law"): "a kind of result, and a style of a line",
}

RECIPES = "crates/hven-recipes/src"
NAME = re.compile(r"schema: Schema \{\s*name: \"([^\"]+)\"")
RUST_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
WEB_TEXT = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`([^`]*)`|/\^?(recipe [^/\n]*)/")


def recipes_of(root):
    """name -> the recipe's file"""
    found = {}
    for path in sorted((root / RECIPES).glob("*.rs")):
        for name in NAME.findall(path.read_text(encoding="utf-8")):
            found[name] = path.relative_to(root).as_posix()
    return found


def sources(root):
    """Each file with its text, without tests and comments, and with the pattern of its strings."""
    for path in sorted(root.glob("crates/*/src/**/*.rs")):
        name = path.relative_to(root).as_posix()
        if path.name != "tests.rs" and "/tests/" not in name:
            text = re.split(r"^#\[cfg\(test\)\]\s*mod ", path.read_text(encoding="utf-8"), maxsplit=1, flags=re.M)[0]
            yield name, re.sub(r"^\s*//.*$", "", text, flags=re.M), RUST_TEXT
    for path in sorted([*root.glob("web/src/**/*.ts"), *root.glob("web/src/**/*.tsx")]):
        if ".test." not in path.name and path.name != "schema.d.ts":
            text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match.group().count("\n"), path.read_text(encoding="utf-8"), flags=re.S)
            yield path.relative_to(root).as_posix(), re.sub(r"^\s*//.*$", "", text, flags=re.M), WEB_TEXT


def places(root):
    """file, name and line of each string with the name of a recipe outside its file"""
    recipes = recipes_of(root)
    for file, text, pattern in sources(root):
        for match in pattern.finditer(text):
            string = next((group for group in match.groups() if group is not None), "")
            for name in recipes:
                is_name = string == name or re.match(rf"recipe {re.escape(name)}\b", string)
                if is_name and file != recipes[name]:
                    yield file, name, text.count("\n", 0, match.start()) + 1


def part_of(file):
    """`crates/NAME`, or `web/src/FOLDER`"""
    return "/".join(file.split("/")[: 2 if file.startswith("crates/") else 3])


def find(root):
    """The findings: strings that name a recipe, and unused lines of `OTHER_WORDS`."""
    root = root.resolve()
    if not (root / RECIPES).exists():
        return
    seen = set()
    for file, name, line in places(root):
        known = {(file, name), (part_of(file), name)} & OTHER_WORDS.keys()
        seen |= known
        if not known:
            yield file, name, line
    for part, name in sorted(OTHER_WORDS.keys() - seen):
        yield part, name, None
