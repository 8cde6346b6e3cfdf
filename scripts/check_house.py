"""Checks how the files of the crates import each other, and that each file holds one thing.

Usage: check_house.py [--list | --graph FILE] [ROOT]     (ROOT is the repository; the current folder by default)

  (nothing)      report every finding and fail if there is one
  --list         per crate: files, circles, imports that run upward, parents with logic, long files
  --graph FILE   what FILE imports and which files import it, with the lines

Four rules hold for `crates/*/src`, test modules apart:

  circle   No files import each other in a circle. A name that is re-exported (`pub use`) counts as its defining file, and
           the re-export itself is no import. `mod child;` is no import; an item that a child takes from its parent is one.
  upward   A crate imports only the crates that `deny.toml` allows it (`wrappers`). Inside the crates of `FLOORS`, a file
           imports files of its own floor and of the floors below.
  logic    A file that has files below it (`mod child;`) holds no logic: no function with a body, and no `impl`.
  long     No file has more than 500 lines.

`scripts/house.allow` lists findings that are still allowed, one a line: `rule file`, and for `upward` the imported file
too. A line that is no longer needed fails as well, so the list can only become shorter.
"""

import sys
import tomllib
from collections import defaultdict
from pathlib import Path

from rust_modules import House

LINES_MAX = 500

# From the ground up: modules of the crate, each with the files below it. `lib.rs` alone belongs to no floor.
FLOORS = {"hven-app": ["ports", "kernel", "work", "catalogue", "knowledge", "publish", "app/services"]}

ADVICE = {
    "circle": "move what both need to the file that owns it, or to a file of its own below both",
    "upward": "move the item down, or hand it in from above as an argument or through a port",
    "logic": "move functions and `impl`s to a file below, and keep `mod` and `pub use` here",
    "long": f"a file of more than {LINES_MAX} lines usually holds two things: give the second one its own file",
}


class Finding:
    """A broken rule: its key is its line in `house.allow`, its details say where to look."""

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
    """For each crate of ours, which crates may import it."""
    if not deny_toml.exists():
        return {}
    bans = tomllib.loads(deny_toml.read_text(encoding="utf-8"))["bans"]["deny"]
    return {ban["crate"]: set(ban.get("wrappers", ())) for ban in bans}


def floor_of(house, file):
    """The number and the name of a file's floor; None where the crate has no floors, or for its `lib.rs`."""
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
            text = f"{file} lies on no floor of {house.crate_of(file)}: {' <- '.join(FLOORS[house.crate_of(file)])}"
            yield Finding("upward", [file], text)
    for source in sorted(house.crates_used):
        above = house.crate_of(source)
        for below, lines in sorted(house.crates_used[source].items()):
            if above not in wrappers.get(below, {above}):
                details = [f"{source}:{line} names {below}" for line in sorted(lines)]
                yield Finding("upward", [source, below], f"{above} may not import {below}, says deny.toml", details)
    for source in sorted(imports):
        for target in sorted(imports[source]):
            here, there = floor_of(house, source), floor_of(house, target)
            if here and there and 0 <= here[0] < there[0] and house.crate_of(source) == house.crate_of(target):
                text = f"{source} ({here[1]}) imports from a floor above ({there[1]})"
                yield Finding("upward", [source, target], text, import_lines(imports, source, target))


def find_logic(house):
    for name, file in sorted(house.files.items()):
        if file.children and file.logic:
            details = [f"{name}:{line} {what}" for line, what in file.logic[:3]]
            more = len(file.logic) - len(details)
            details += [f"and {more} more"] if more > 0 else []
            yield Finding("logic", [name], f"{name} has files below it, and holds logic", details)


def find_long(house):
    for name, file in sorted(house.files.items()):
        if file.lines > LINES_MAX:
            yield Finding("long", [name], f"{name} has {file.lines} lines")


def findings(root, house):
    imports = house.imports()
    yield from find_circles(imports)
    yield from find_upward(house, imports, allowed_crates(root / "deny.toml"))
    yield from find_logic(house)
    yield from find_long(house)


def read_allowed(path):
    if not path.exists():
        return set()
    lines = (line.split("#")[0].split() for line in path.read_text(encoding="utf-8").splitlines())
    return {" ".join(words) for words in lines if words}


def check(root, house):
    """The report, as lines, and whether all is well."""
    found = list(findings(root, house))
    allowed = read_allowed(root / "scripts/house.allow")
    lines, bad = [], 0
    for rule in ADVICE:
        new = [finding for finding in found if finding.rule == rule and finding.key not in allowed]
        for finding in new:
            lines += [f"{rule}: {finding.text}", *(f"    {detail}" for detail in finding.details)]
        if new:
            lines += [f"  What to do: {ADVICE[rule]}.", ""]
        bad += len(new)
    for key in sorted(allowed - {finding.key for finding in found}):
        lines.append(f"house.allow: the line `{key}` is not needed any more: remove it")
        bad += 1
    rest = f", {len(allowed)} findings are still allowed" if allowed else ""
    lines.append(f"{bad} findings" if bad else f"the house is in order: {len(house.files)} files{rest}")
    return lines, bad == 0


def list_counts(root, house):
    counts = defaultdict(lambda: defaultdict(int))
    for finding in findings(root, house):
        counts[house.crate_of(finding.files[0])][finding.rule] += 1
    sizes = defaultdict(int)
    for file in house.files:
        sizes[house.crate_of(file)] += 1
    yield f"{'crate':14}{'files':>7}" + "".join(f"{rule:>9}" for rule in ADVICE)
    for crate in sorted(sizes):
        yield f"{crate:14}{sizes[crate]:7}" + "".join(f"{counts[crate][rule]:9}" for rule in ADVICE)
    totals = (sum(of_crate[rule] for of_crate in counts.values()) for rule in ADVICE)
    yield f"{'all':14}{len(house.files):7}" + "".join(f"{total:9}" for total in totals)


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
