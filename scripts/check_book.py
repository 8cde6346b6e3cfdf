"""Checks that docs/ names every command, error and exit status as the code does, and that the test files which it names exist.

Usage: check_book.py HVEN   (the built binary; run in the root of the repository)
"""

import re
import subprocess
import sys
from pathlib import Path


def read(path):
    return Path(path).read_text(encoding="utf-8")


exit_rs = read("crates/hven-terminal/src/exit.rs")
status_of_name = {name: int(n) for name, n in re.findall(r"pub const (\w+): u8 = (\d+);", exit_rs)}
table = re.findall(r'^    \("([^"]+)", (\w+)\),', exit_rs, re.M)


def status_of(code):
    """The exit status of an error, as `exit::of_code`: of the refusal, otherwise of the first prefix that matches."""
    if code in status_of_refusal:
        return status_of_refusal[code]
    names = (name for beginning, name in table if code.startswith(beginning))
    return status_of_name[next(names, "INTERNAL")]


errors, commands = read("docs/errors.md"), read("docs/commands.md")
refusals = re.findall(r' = "([^"]+)", http (\d+), exit (\d+);', read("crates/hven-core/src/refusal.rs"))
of_server = [(code, http) for code, http, _ in refusals]
status_of_refusal = {code: int(status) for code, _, status in refusals}
# The crates of the binary.
parts = ("hven", "hven-bench", "hven-capture", "hven-client", "hven-steps", "hven-terminal")
sources = [read(path) for part in parts for path in sorted(Path(f"crates/{part}/src").rglob("*.rs"))]
of_command_line = {code for text in sources for code in re.findall(r'Failure::new\(\s*"([^"]+)"', text)}
help_text = subprocess.run([sys.argv[1], "--help"], check=True, capture_output=True, text=True).stdout

wrong = []
if not (of_server and of_command_line and table):
    wrong.append("this script does not find the tables in the code")
for code, http in of_server:
    row = f"| [`{code}`](#{code.replace('.', '')}) | {http} | {status_of(code)} |"
    if row not in errors:
        wrong.append(f"docs/errors.md lacks the row {row}")
for code in sorted(of_command_line - {code for code, _ in of_server}):
    rows = [line for line in errors.splitlines() if line.startswith("|") and f"`{code}`" in line]
    if not any(row.endswith((f"| {status_of(code)} |", "in the run's record |")) for row in rows):
        wrong.append(f"docs/errors.md lacks a row for `{code}` with the exit status {status_of(code)}")
for code in sorted(of_command_line | {code for code, _ in of_server}):
    if f"\n## `{code}`\n" not in errors:
        wrong.append(f"docs/errors.md lacks a section for `{code}`")
for status in sorted(set(status_of_name.values())):
    if f"\n| {status} |" not in commands:
        wrong.append(f"docs/commands.md does not explain the exit status {status}")
for command in re.findall(r"^  (\w+) ", help_text.split("Commands:")[1].split("Options:")[0], re.M):
    if not re.search(rf"^\|.*`hven {command}\b", commands, re.M):
        wrong.append(f"docs/commands.md lacks `hven {command}`")
for page in ("docs/tested-inputs.md", "docs/security.md"):
    for crate, file in sorted(set(re.findall(r"`(hven[\w-]*): ([\w/]+)`", read(page)))):
        path = Path("crates") / crate / (file if file.startswith("src/") else f"tests/it/{file}")
        if not (path.is_dir() or path.with_suffix(".rs").exists()):
            wrong.append(f"{page} names {path}.rs, which does not exist")

print("\n".join(wrong) or "docs/ is complete")
sys.exit(1 if wrong else 0)
