"""Checks how the files of the crates import each other, and that each file has one purpose.

Usage: check_house.py [--list | --graph FILE] [ROOT]     (ROOT is the repository; the current folder by default)

  (nothing)      report every finding and fail if there is one
  --list         per crate: its files, and how often it breaks each rule
  --graph FILE   what FILE imports and which files import it, with the lines

Seven rules apply to `crates/*/src`, except test modules:

  circle       No files import each other in a circle. A re-exported name (`pub use`) counts as an import of its defining file;
               the re-export itself is not an import. `mod child;` is not an import; a child that uses an item of its parent is.
  upward       A crate imports only the crates that `deny.toml` allows it (`wrappers`). Inside the crates of `FLOORS`, a file
               imports files of its own floor and of the floors below.
  command      No command of `hven` imports from another command: shared code is in a separate file.
  environment  Only the files of `ENVIRONMENT` read environment variables. Other files get values as arguments.
  logic        A file with child files (`mod child;`) has no logic: no function with a body, and no `impl`.
  long         No file has more than 500 lines.
  recipe       Only the recipe's own file contains its name (`recipe_names.py`). This applies to `web/src`, too.
"""

import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import recipe_names
from rust_modules import House

LINES_MAX = 500

# The floors from bottom to top: modules of the crate, each with its child files. `lib.rs` belongs to no floor.
FLOORS = {"hven-app": ["ports", "kernel", "work", "catalogue", "knowledge", "publish", "app/services"]}

# The files that may read environment variables, with the reason.
ENVIRONMENT = {
    "crates/hven-client/src/env.rs": "the one reader of the command line",
    "crates/hven-compute/src/local.rs": "removes Hven's own variables for a runner that it starts",
    "crates/hven-recipes/src/metrics.rs": "runs as a task: the runner passes the path of its metrics",
    "crates/hven-runner/src/main.rs": "detects that it was started inside a task",
    "crates/hven-testing/src/left_out.rs": "is for tests: `CI` decides whether a suite may be left out",
    "crates/hven-testing/src/soak.rs": "is for tests: the number of rounds, and the seed",
    "crates/hven-testing/src/postgresql.rs": "is for tests: searches PostgreSQL in `PATH`",
}
READERS = {"var", "var_os", "vars", "vars_os"}
COMMANDS = "crates/hven/src/commands/"

ADVICE = {
    "circle": "move the shared code to the file that owns it, or to a separate file below both",
    "upward": "move the item down, or pass it from above as an argument or through a port",
    "command": "move the shared code to a file next to `commands`",
    "environment": "read it with `hven_client::env` where the command starts, and pass it on",
    "logic": "move functions and `impl`s to a child file, and keep `mod` and `pub use` here",
    "recipe": "use the kind of result that the recipe declares, or the caller; add a word that names no recipe to "
    "OTHER_WORDS of scripts/recipe_names.py",
    "long": f"a file of more than {LINES_MAX} lines usually has two purposes: move the second one to its own file",
}


class Finding:
    """A broken rule: its key identifies it, its details list the places."""

    def __init__(self, rule, files, text, details=()):
        self.rule, self.files, self.text, self.details = rule, files, text, list(details)
        self.key = " ".join([rule, *files])


def circles(imports):
    """Sets of files that reach each other (strongly connected components of more than one file), after Tarjan."""
    index, low, stack, found = {}, {}, [], []

    def open_file(file):
        index[file] = low[file] = len(index)
        stack.append(file)
        return file, iter(sorted(imports.get(file, ())))

    for start in sorted(imports):
        if start in index:
            continue
        work = [open_file(start)]
        while work:
            file, targets = work[-1]
            for target in targets:
                if target not in index:
                    work.append(open_file(target))
                    break
                if target in stack:
                    low[file] = min(low[file], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[file])
                if low[file] == index[file]:
                    at = stack.index(file)
                    component = stack[at:]
                    del stack[at:]
                    if len(component) > 1:
                        found.append(set(component))
    return found


def import_lines(imports, source, target):
    """A line for each place where `source` imports `target`."""
    places = sorted(imports[source][target])
    return [f"{source}:{line} imports {path} of {target}" for line, path in places]


def find_circles(imports):
    for component in circles(imports):
        for file in sorted(component):
            inside = sorted(component & imports[file].keys())
            details = [import_lines(imports, file, target)[0] for target in inside]
            yield Finding("circle", [file], f"{file} is in a circle of {len(component)} files", details)


def allowed_crates(deny_toml):
    """For each crate of this repository, the crates that may import it."""
    if not deny_toml.exists():
        return {}
    bans = tomllib.loads(deny_toml.read_text(encoding="utf-8"))["bans"]["deny"]
    return {ban["crate"]: set(ban.get("wrappers", ())) for ban in bans}


def floor_of(house, file):
    """The number and the name of a file's floor; None for a crate without floors, and for `lib.rs`."""
    crate, inside = house.crate_of(file), file.split("/src/", 1)[1]
    floors = FLOORS.get(crate)
    if floors is None or inside == "lib.rs":
        return None
    name = inside.split("/")[0].removesuffix(".rs")
    return next(((number, floor) for number, floor in enumerate(floors) if name in floor.split("/")), (-1, "none"))


def find_upward(house, imports, wrappers):
    for file in sorted(house.files):
        floor = floor_of(house, file)
        if floor and floor[0] < 0:
            text = f"{file} belongs to no floor of {house.crate_of(file)}: {' <- '.join(FLOORS[house.crate_of(file)])}"
            yield Finding("upward", [file], text)
    for source in sorted(house.crates_used):
        above = house.crate_of(source)
        for below, lines in sorted(house.crates_used[source].items()):
            if above not in wrappers.get(below, {above}):
                details = [f"{source}:{line} names {below}" for line in sorted(lines)]
                yield Finding("upward", [source, below], f"{above} may not import {below} (deny.toml)", details)
    for source in sorted(imports):
        for target in sorted(imports[source]):
            here, there = floor_of(house, source), floor_of(house, target)
            if here and there and 0 <= here[0] < there[0] and house.crate_of(source) == house.crate_of(target):
                text = f"{source} ({here[1]}) imports from a floor above ({there[1]})"
                yield Finding("upward", [source, target], text, import_lines(imports, source, target))


def command_of(file):
    return file.removeprefix(COMMANDS).split("/")[0].removesuffix(".rs") if file.startswith(COMMANDS) else None


def find_commands(imports):
    for source in sorted(imports):
        for target in sorted(imports[source]):
            here, there = command_of(source), command_of(target)
            if here and there and here != there:
                text = f"{source} belongs to the command {here} and imports from the command {there}"
                yield Finding("command", [source, target], text, import_lines(imports, source, target))


def find_environment(house):
    places = defaultdict(set)
    for module in house.modules:
        if module.file not in ENVIRONMENT:
            for line, path in module.used:
                if any(pair[0] == "env" and pair[1] in READERS for pair in zip(path, path[1:])):
                    places[module.file].add((line, "::".join(path)))
    for file, lines in sorted(places.items()):
        details = [f"{file}:{line} {path}" for line, path in sorted(lines)]
        yield Finding("environment", [file], f"{file} reads environment variables", details)


def find_logic(house):
    for name, file in sorted(house.files.items()):
        if file.children and file.logic:
            details = [f"{name}:{line} {what}" for line, what in file.logic[:3]]
            more = len(file.logic) - len(details)
            details += [f"and {more} more"] if more > 0 else []
            yield Finding("logic", [name], f"{name} has child files and logic", details)


def find_long(house):
    for name, file in sorted(house.files.items()):
        if file.lines > LINES_MAX:
            yield Finding("long", [name], f"{name} has {file.lines} lines")


def find_recipe_names(root):
    for file, name, line in recipe_names.find(root):
        text = f"{file}:{line} names the recipe {name}" if line else f"{file} does not contain {name!r} any more: remove the line"
        yield Finding("recipe", [file, name], text)


def findings(root, house):
    imports = house.imports()
    yield from find_circles(imports)
    yield from find_upward(house, imports, allowed_crates(root / "deny.toml"))
    yield from find_commands(imports)
    yield from find_environment(house)
    yield from find_logic(house)
    yield from find_long(house)
    yield from find_recipe_names(root)


def check(root, house):
    """The report, as lines, and whether there are no findings."""
    found = list(findings(root, house))
    lines, bad = [], 0
    for rule in ADVICE:
        broken = [finding for finding in found if finding.rule == rule]
        for finding in broken:
            lines += [f"{rule}: {finding.text}", *(f"    {detail}" for detail in finding.details)]
        if broken:
            lines += [f"  Solution: {ADVICE[rule]}.", ""]
        bad += len(broken)
    lines.append(f"{bad} findings" if bad else f"no findings in {len(house.files)} files")
    return lines, bad == 0


def list_counts(root, house):
    counts = defaultdict(lambda: defaultdict(int))
    for finding in findings(root, house):
        counts[house.crate_of(finding.files[0])][finding.rule] += 1
    sizes = defaultdict(int)
    for file in house.files:
        sizes[house.crate_of(file)] += 1
    yield f"{'crate':14}{'files':>7}" + "".join(f"{rule:>12}" for rule in ADVICE)
    for crate in sorted(sizes):
        yield f"{crate:14}{sizes[crate]:7}" + "".join(f"{counts[crate][rule]:12}" for rule in ADVICE)
    totals = (sum(of_crate[rule] for of_crate in counts.values()) for rule in ADVICE)
    yield f"{'all':14}{len(house.files):7}" + "".join(f"{total:12}" for total in totals)


def graph_of(house, file):
    imports = house.imports()
    for target in sorted(imports.get(file, ())):
        yield from import_lines(imports, file, target)
    for source in sorted(imports):
        if file in imports[source]:
            yield from import_lines(imports, source, file)


def main(arguments):
    arguments = list(arguments)
    shown = None
    list_only = "--list" in arguments
    if list_only:
        arguments.remove("--list")
    if "--graph" in arguments:
        at = arguments.index("--graph")
        if at + 1 == len(arguments):
            sys.exit("check_house.py: --graph needs a file")
        shown = arguments[at + 1]
        del arguments[at : at + 2]
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        sys.exit(__doc__)
    root = Path(arguments[0] if arguments else ".")
    house = House(root)
    if not house.files:
        sys.exit(f"check_house.py: there is no crates/*/src in {root.absolute()}")
    if shown is not None:
        if shown not in house.files:
            sys.exit(f"check_house.py: {shown} is not a file of a crate, or is a test")
        print("\n".join(graph_of(house, shown)))
    elif list_only:
        print("\n".join(list_counts(root, house)))
    else:
        lines, good = check(root, house)
        print("\n".join(lines))
        sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
