#!/usr/bin/env python3
"""Makes packages from the release build: a wheel with the program and the Python module, an archive, and a package for Debian.

Usage: wheel.py [--all] [--binary FILE] [--out FOLDER]

  --all           also the archive and the package for Debian, and SHA256SUMS
  --binary FILE   the program (default: release/hven of the target folder)
  --out FOLDER    where the files are written (default: dist/)

Uses the standard library only. The program is stripped with `strip`, if that is installed. The same files make the same
packages: times in them are those of SOURCE_DATE_EPOCH, or of the last commit.
"""

import argparse
import base64
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path

from elf import Elf, NotElf, newest_glibc

ROOT = Path(__file__).resolve().parent.parent
SUMMARY = "A permanent record of computations: runs, metrics, datasets, and claims with their evidence"
DEBIAN_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class Parts:
    """The program and the module, read once, with the description of the package."""

    def __init__(self, binary):
        manifest = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
        self.version, self.licence = manifest["version"], manifest["license"]
        self.time = source_time()
        self.program = stripped(binary)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "hven")
            file.write_bytes(self.program)
            elf = Elf(file)
        if elf.machine is None:
            raise NotElf(f"{binary} is for another machine than x86-64 and arm64")
        if elf.interpreter and "musl" in elf.interpreter:
            raise NotElf(f"{binary} needs the C library musl: the platform of its wheel is not known")
        self.machine = elf.machine
        self.glibc = newest_glibc(elf.needed_versions())
        module = ROOT / "python" / "hven"
        files = sorted(path for path in module.rglob("*") if path.suffix == ".py" or path.name == "py.typed")
        self.module = {f"hven/{path.relative_to(module)}": path.read_bytes() for path in files}

    @property
    def platform(self):
        """The platform tag of the wheel (PEP 600): the newest version of glibc that the program needs. A static program runs with any."""
        if self.glibc is None:
            return f"manylinux_2_5_{self.machine}.musllinux_1_1_{self.machine}"
        return f"manylinux_{self.glibc[0]}_{self.glibc[1]}_{self.machine}"


def source_time():
    """The time of the files in the packages, in seconds since 1970. A zip archive has no time before 1980."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800)
    asked = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False)
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else 315532800


def stripped(binary):
    """The bytes of the program without symbols for debuggers."""
    if shutil.which("strip") is None:
        print("strip is not installed: the program keeps its symbols", file=sys.stderr)
        return binary.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "hven")
        subprocess.run(["strip", "-o", target, binary], check=True)
        return target.read_bytes()


def wheel(parts, folder):
    """The wheel (PEP 427): the module, and the program as a script."""
    name = f"hven-{parts.version}"
    path = folder / f"{name}-py3-none-{parts.platform}.whl"
    tags = "\n".join(f"Tag: py3-none-{tag}" for tag in parts.platform.split("."))
    metadata = (
        f"Metadata-Version: 2.3\nName: hven\nVersion: {parts.version}\nSummary: {SUMMARY}\nLicense: {parts.licence}\n"
        "Requires-Python: >=3.9\nProvides-Extra: files\nRequires-Dist: blake3; extra == 'files'\n"
        "Description-Content-Type: text/markdown\n\n" + (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    )
    files = {
        **parts.module,
        f"{name}.data/scripts/hven": parts.program,
        f"{name}.dist-info/METADATA": metadata.encode(),
        f"{name}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: hven\nRoot-Is-Purelib: false\n{tags}\n".encode(),
        f"{name}.dist-info/licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
    }
    record = f"{name}.dist-info/RECORD"
    lines = [f"{file},{record_digest(content)},{len(content)}" for file, content in files.items()]
    files[record] = ("\n".join([*lines, f"{record},,"]) + "\n").encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file, content in files.items():
            entry = zipfile.ZipInfo(file, time.gmtime(parts.time)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if "/scripts/" in file else 0o100644) << 16
            archive.writestr(entry, content)
    return path


def record_digest(content):
    """A digest as the file RECORD of a wheel has it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def tar(files, when):
    """A tar archive, compressed. `files` are paths with content and mode; folders above them are added."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as target:
        made = set()
        for path, (content, mode) in files.items():
            for above in reversed(list(Path(path).parents)):
                text = str(above) if str(above).startswith(".") else f"./{above}"
                if path.startswith("./") and text not in made:
                    made.add(text)
                    target.addfile(member(text, 0, 0o755, when, tarfile.DIRTYPE))
            target.addfile(member(path, len(content), mode, when), io.BytesIO(content))
    return gzip.compress(archive.getvalue(), 9, mtime=0)


def member(path, size, mode, when, kind=tarfile.REGTYPE):
    """The header of a file in a tar archive, owned by root."""
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime, info.type, info.uname, info.gname = size, mode, when, kind, "root", "root"
    return info


def texts():
    """Files that go with the program."""
    return {name: (ROOT / name).read_bytes() for name in ("LICENSE", "README.md", "CHANGELOG.md")}


def archive(parts, folder):
    """A compressed tar archive with the program."""
    name = f"hven-{parts.version}-linux-{parts.machine}"
    files = {f"{name}/hven": (parts.program, 0o755)}
    files.update({f"{name}/{text}": (content, 0o644) for text, content in texts().items()})
    path = folder / f"{name}.tar.gz"
    path.write_bytes(tar(files, parts.time))
    return path


def debian(parts, folder):
    """A package for Debian (deb(5)): an `ar` archive of its format, its description and its files."""
    machine = DEBIAN_MACHINES[parts.machine]
    files = {
        "./usr/bin/hven": (parts.program, 0o755),
        "./usr/share/doc/hven/copyright": (texts()["LICENSE"], 0o644),
        "./usr/share/doc/hven/README.md": (texts()["README.md"], 0o644),
    }
    depends = f"Depends: libc6 (>= {parts.glibc[0]}.{parts.glibc[1]}), libgcc-s1\n" if parts.glibc else ""
    installed = sum(-(-len(content) // 1024) for content, _ in files.values())
    control = (
        f"Package: hven\nVersion: {parts.version}\nArchitecture: {machine}\nMaintainer: The Hven developers <hven@localhost>\n"
        f"Section: science\nPriority: optional\n{depends}Installed-Size: {installed}\nDescription: {SUMMARY}\n"
        " Hven records commands with their code, inputs, environment, output and results.\n"
    )
    sums = "".join(f"{hashlib.md5(content).hexdigest()}  {path[2:]}\n" for path, (content, _) in files.items())
    described = tar({"./control": (control.encode(), 0o644), "./md5sums": (sums.encode(), 0o644)}, parts.time)
    path = folder / f"hven_{parts.version}_{machine}.deb"
    content = b"!<arch>\n"
    for name, data in (("debian-binary", b"2.0\n"), ("control.tar.gz", described), ("data.tar.gz", tar(files, parts.time))):
        head = f"{name:<16}{parts.time:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n"
        content += head.encode() + data + b"\n" * (len(data) % 2)
    path.write_bytes(content)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--binary", type=Path, default=target / "release" / "hven")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    try:
        parts = Parts(asked.binary)
    except (OSError, NotElf) as error:
        sys.exit(f"error: {error}")
    made = [make(parts, asked.out) for make in ((wheel, archive, debian) if asked.all else (wheel,))]
    if asked.all:
        sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
        (asked.out / "SHA256SUMS").write_text(sums)
    before = asked.binary.stat().st_size
    print(f"program  {len(parts.program) / 1e6:.1f} MB, {before / 1e6:.1f} MB before strip")
    for path in made:
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
