"""Reads the modules of Rust crates: which file holds them, which names they define, and which names they use.

It reads tokens and is not a compiler: it knows items, `use` trees and paths, and follows a name through re-exports to the file
that defines it. A method call is not an import here, because no path names the method's file.
"""

import re
from collections import defaultdict
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<raw>b?c?r(?P<hashes>\#*)".*?"(?P=hashes))
  | (?P<string>[bc]?"(?:[^"\\]|\\.)*")
  | (?P<char>b?'(?:[^'\\]|\\(?:u\{[^}]*\}|x..|.))')
  | (?P<lifetime>'\w+)
  | (?P<ident>(?:r\#)?[A-Za-z_]\w*)
  | (?P<number>\d[\w]*)
  | (?P<sign>::|->|=>|.)
    """,
    re.VERBOSE | re.DOTALL,
)

ITEMS = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}
OPENING = {"{", "(", "["}


def tokens_of(text):
    """Identifiers and signs with their line numbers; strings, numbers, lifetimes and comments are left out or shortened."""
    found, at, line = [], 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        kind, end = match.lastgroup, match.end()
        if kind == "comment":
            end = end_of_comment(text, at)
        elif kind == "ident" or kind == "sign":
            found.append((match.group(), line))
        elif kind == "string" or kind == "hashes" or kind == "raw":
            found.append(('"' + match.group().strip('"'), line))
        elif kind != "skip":
            found.append(("0", line))
        line += text.count("\n", at, end)
        at = end
    return found


def end_of_comment(text, at):
    """The end of a block comment, which may contain other block comments."""
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


class Module:
    """A module: a file, or a `mod name { … }` inside one."""

    def __init__(self, file, parent, root=None):
        self.file, self.parent, self.root = file, parent, root or self
        self.children = defaultdict(list)  # name -> modules: several if each operating system has its own
        self.items = {}  # name -> line
        self.made = set()  # names that macros may define here: words of their calls, and items of their definitions
        self.aliases, self.globs = defaultdict(list), []  # name -> paths · paths
        self.used = []  # (line, path): names that `use` imports, and paths in the code
        self.re_exported = []  # (line, path, name)
        self.words = defaultdict(int)  # identifiers without a path -> their first line


class File:
    def __init__(self, lines):
        self.lines, self.children, self.logic = lines, [], []


class House:
    """All modules of all crates below `root`."""

    def __init__(self, root):
        self.root, self.files, self.modules = Path(root), {}, []
        self.crates = {}  # by their names in code: `hven_core` -> the module of its lib.rs
        self.macros = defaultdict(dict)  # crate -> macro -> file
        for folder in sorted(self.root.glob("crates/*/src")):
            roots = [folder / "lib.rs", folder / "main.rs", *sorted(folder.glob("bin/*.rs"))]
            for start in filter(Path.exists, roots):
                module = self.read_file(start, start.parent, None)
                if start.name == "lib.rs":
                    self.crates[folder.parent.name.replace("-", "_")] = module
        self._imports = None
        self.crates_used = defaultdict(lambda: defaultdict(set))  # file -> crate -> lines

    def crate_of(self, file):
        return file.split("/")[1]

    def name_of(self, path):
        return path.relative_to(self.root).as_posix()

    def read_file(self, path, folder, parent):
        """The module of the file `path`; `folder` has the files of its children."""
        text, name = path.read_text(encoding="utf-8"), self.name_of(path)
        module = Module(name, parent, parent and parent.root)
        self.files[name] = File(text.count("\n"))
        reader = Reader(self, module, folder, tokens_of(text))
        reader.read()
        if reader.at < len(reader.tokens):
            raise SystemExit(f"{name}:{reader.tokens[reader.at][1]}: this script cannot read on from here")
        return module

    def imports(self):
        """file -> imported file -> {(line, path)}"""
        if self._imports is None:
            self._imports = defaultdict(lambda: defaultdict(set))
            for module in self.modules:
                self.add_imports(module)
        return self._imports

    def add_imports(self, module):
        for line, path in module.used:
            self.add(module, line, path)
        for line, path in [*module.used, *((line, path) for line, path, _ in module.re_exported)]:
            crate = self.crates.get(path[0])
            if crate and crate.file != module.root.file and not self.look_up(module, path[0], ()):
                self.crates_used[module.file][self.crate_of(crate.file)].add(line)
        for line, path, name in module.re_exported:
            if name in module.words:
                self.add(module, line, path)
        macros = self.macros[self.crate_of(module.file)]
        for word, line in module.words.items():
            if word.endswith("!"):
                if word[:-1] in macros:
                    self.add_file(module, line, word, macros[word[:-1]])
            elif word not in module.items and word not in module.aliases and word not in module.children:
                for glob in module.globs:
                    self.add(module, line, [*glob, word])

    def add(self, module, line, path):
        for target in self.resolve(module, path):
            if not isinstance(target, Module):
                self.add_file(module, line, "::".join(path), target)

    def add_file(self, module, line, path, file):
        if file != module.file:
            self._imports[module.file][file].add((line, path))

    def resolve(self, module, path, seen=()):
        """The modules that a path names, and the files that define the item. Empty for foreign crates."""
        first, rest = path[0], path[1:]
        if (id(module), tuple(path)) in seen:
            return []
        seen = (*seen, (id(module), tuple(path)))
        if first == "crate" or first == "$crate":
            return self.below([module.root], rest, seen)
        if first == "self":
            return self.below([module], rest, seen)
        if first == "super":
            return self.below([module.parent], rest, seen) if module.parent else []
        found = self.look_up(module, first, seen)
        if not found and first in self.crates:
            found = [self.crates[first]]
        return self.below(found, rest, seen)

    def below(self, found, path, seen):
        for at, name in enumerate(path):
            modules = [each for each in found if isinstance(each, Module)]
            if name == "super":
                found = [each.parent for each in modules if each.parent]
                continue
            inner = [target for each in modules for target in self.look_up(each, name, seen)]
            # The rest of the path (`Type::new`, `Enum::Variant`) is in the item's file.
            found = inner or [each for each in found if not isinstance(each, Module)]
        return found

    def look_up(self, module, name, seen):
        """The meanings of a name in a module: it may be both a module and an item."""
        found = []
        found += module.children.get(name, [])
        if name in module.items:
            found.append(module.file)
        for path in module.aliases.get(name, ()):
            found += [each for each in self.resolve(module, path, seen) if each not in found]
        if not found:
            if name in module.made:
                return [module.file]
            for glob in module.globs:
                for each in self.resolve(module, glob, seen):
                    mark = (id(each), name)
                    if isinstance(each, Module) and mark not in seen:
                        found += self.look_up(each, name, (*seen, mark))
        return found


class Reader:
    """Reads the tokens of one file into its modules."""

    def __init__(self, house, module, folder, tokens):
        self.house, self.module, self.folder, self.tokens = house, module, folder, tokens
        self.at = 0
        self.file = house.files[module.file]

    def text(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at][0] if at < len(self.tokens) else ""

    def read(self):
        self.house.modules.append(self.module)
        attributes, visible = [], False
        while self.at < len(self.tokens) and self.text() != "}":
            word, line = self.tokens[self.at]
            if word == "#":
                attributes.append(self.attribute())
            elif word == "pub":
                visible = True
                self.at += 1
                if self.text() == "(" and self.text(1) in ("crate", "super", "self", "in"):
                    self.skip_group()
            elif is_test(attributes) and word != ";":
                self.skip_item()
                attributes, visible = [], False
            elif word == "use":
                self.use(visible)
                attributes, visible = [], False
            elif word == "mod":
                self.mod(attributes)
                attributes, visible = [], False
            elif word == "macro_rules":
                self.house.macros[self.house.crate_of(self.module.file)][self.text(2)] = self.module.file
                self.module.items[self.text(2)] = line
                self.macro_rules()
                attributes, visible = [], False
            elif word == "const" and self.text(1) in ("fn", "unsafe", "async"):
                self.at += 1
            elif word in ITEMS or word == "impl":
                if word == "impl":
                    self.file.logic.append((line, "impl"))
                elif self.text(1) != "_":
                    self.module.items[plain(self.text(1))] = line
                name = plain(self.text(1))
                if self.item(is_value=word in ("const", "static")) and word == "fn":
                    self.file.logic.append((line, f"fn {name}"))
                attributes, visible = [], False
            elif word in ("unsafe", "async", "extern", "auto", "default"):
                self.at += 1
            else:
                self.macro() if self.text(1) == "!" or self.text(1) == "::" else self.step()
                attributes, visible = ([], False) if word != '"C' else (attributes, visible)

    def attribute(self):
        """Skips `#[…]` or `#![…]` and returns its words. Names in attributes are not imports."""
        self.at += 1
        if self.text() == "!":
            self.at += 1
        start = self.at
        self.skip_group()
        return [word for word, _ in self.tokens[start : self.at]]

    def skip_group(self):
        depth = 0
        while self.at < len(self.tokens):
            word = self.text()
            depth += word in ("{", "(", "[")
            depth -= word in ("}", ")", "]")
            self.at += 1
            if depth == 0:
                return

    def skip_item(self):
        """Skips an item, up to its `;` or to the end of its block."""
        while self.at < len(self.tokens):
            word = self.text()
            if word == ";":
                self.at += 1
                return
            if word in ("}", ")", "]"):
                return
            if word in OPENING:
                self.skip_group()
                if word == "{" and self.text() not in (";", ","):
                    return
            else:
                self.at += 1

    def item(self, is_value=False):
        """Reads an item to its end, with all its paths; returns whether it ends with a block. A value ends with `;`."""
        while self.at < len(self.tokens):
            word = self.text()
            if word == ";":
                self.at += 1
                return False
            if word == "{" and not is_value:
                self.group()
                if self.text() == ";":
                    self.at += 1
                return True
            if word in OPENING:
                self.group()
            else:
                self.step()
        return False

    def macro_rules(self):
        start = self.at
        self.item()
        words = [word for word, _ in self.tokens[start : self.at]]
        self.module.made.update(name for keyword, name in zip(words, words[1:]) if keyword in ITEMS and is_ident(name))

    def macro(self):
        """Reads a macro call: the macro may define names in it, and `mod name` in it declares a file."""
        start = self.at
        self.item()
        end = self.at
        self.module.made.update(plain(word) for word, _ in self.tokens[start:end] if is_ident(word))
        for at in range(start, end):
            if self.tokens[at][0] == "mod" and is_ident(self.tokens[at + 1][0]):
                self.at = at
                self.mod([])
        self.at = end

    def group(self):
        """Reads the contents of brackets: paths, and `use` inside blocks."""
        depth = 0
        while self.at < len(self.tokens):
            word = self.text()
            if word == "#" and self.text(1) == "[" and "test" in self.peek_attribute():
                self.attribute()
                self.skip_item()
                continue
            if word == "use" and self.text(-1) in ("{", "}", ";"):
                self.use(False)
                continue
            depth += word in ("{", "(", "[")
            depth -= word in ("}", ")", "]")
            self.step()
            if depth == 0:
                return

    def peek_attribute(self):
        at, words = self.at, []
        self.at += 1
        start = self.at
        self.skip_group()
        words = [word for word, _ in self.tokens[start : self.at]]
        self.at = at
        return words if words[1:2] == ["cfg"] and "not" not in words else []

    def step(self):
        """Reads one token, or a path."""
        word, line = self.tokens[self.at]
        before = self.text(-1) if self.at else ""
        if word == "$" and self.text(1) == "crate":
            self.at += 1
            return self.step()
        if not is_ident(word):
            self.at += 1
            return
        path = [plain(word)]
        self.at += 1
        while self.text() == "::" and is_ident(self.text(1)):
            path.append(plain(self.text(1)))
            self.at += 2
        if before in (".", "::"):
            return
        if self.text() == "!" and len(path) == 1:
            self.module.words.setdefault(path[0] + "!", line)
        self.module.words.setdefault(path[0], line)
        if len(path) > 1:
            self.module.used.append((line, path))

    def use(self, visible):
        self.at += 1
        if self.text() == "::":
            self.at += 1
        self.use_tree([], visible)
        while self.text() not in (";", ""):
            self.at += 1
        self.at += 1

    def use_tree(self, before, visible):
        path = list(before)
        while True:
            word, line = self.tokens[self.at]
            if word == "{":
                self.at += 1
                while self.text() != "}":
                    self.use_tree(path, visible)
                    if self.text() == ",":
                        self.at += 1
                self.at += 1
                return
            self.at += 1
            if word == "*":
                self.module.globs.append(path)
                return
            if not (word == "self" and path):
                path.append(plain(word))
            if self.text() == "::":
                self.at += 1
                continue
            name = path[-1]
            if self.text() == "as":
                name = plain(self.text(1))
                self.at += 2
            if path != [name]:
                self.module.aliases[name].append(path)
            if visible:
                self.module.re_exported.append((line, path, name))
            else:
                self.module.used.append((line, path))
            return

    def mod(self, attributes):
        name = plain(self.text(1))
        self.at += 2
        if self.text() == "{":
            self.at += 1
            outer, folder = self.module, self.folder
            inner = Module(outer.file, outer, outer.root)
            outer.children[name].append(inner)
            self.module, self.folder = inner, folder / name
            self.read()
            self.module, self.folder = outer, folder
            self.at += 1
            return
        self.at += 1
        given = [words for words in attributes if words[1:2] == ["path"]]
        own = self.folder / f"{name}.rs"
        path = self.path_of(given[0]) if given else own if own.exists() else self.folder / name / "mod.rs"
        if path.exists():
            folder = path.parent if path.name == "mod.rs" or given else self.folder / name
            self.file.children.append(self.house.name_of(path))
            self.module.children[name].append(self.house.read_file(path, folder, self.module))

    def path_of(self, words):
        """The file of `#[path = "…"]`, relative to the folder of the declaring file."""
        text = next(word for word in words if word.startswith('"'))
        return (self.house.root / self.module.file).parent / text[1:]


def is_ident(word):
    return word[:1].isalpha() or word[:1] == "_"


def plain(word):
    return word.removeprefix("r#")


def is_test(attributes):
    return any(words[1:2] == ["cfg"] and "test" in words and "not" not in words for words in attributes)
