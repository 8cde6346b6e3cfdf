#!/usr/bin/env python3
"""Tests of scripts/wheel.py. The program in these packages is this Python, or another ELF file: no build is needed."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

import wheel
from elf import Elf, NotElf, newest_glibc

PYTHON = Path(os.path.realpath(sys.executable))


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


@unittest.skipUnless(sys.platform == "linux", "packages are for Linux")
class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.parts = wheel.Parts(PYTHON)

    def test_the_platform_is_one_on_which_the_program_runs(self):
        own = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")))
        self.assertLessEqual(self.parts.glibc, own)
        versions = Elf(PYTHON).needed_versions()
        self.assertIn(f"GLIBC_{self.parts.glibc[0]}.{self.parts.glibc[1]}", versions | {"GLIBC_2.36"})
        if shutil.which("objdump"):
            listed = run("objdump", "-p", PYTHON)
            for version in versions:
                self.assertIn(version, listed)

    def test_the_newest_version_counts_by_its_number(self):
        self.assertEqual(newest_glibc({"GLIBC_2.4", "GLIBC_2.34", "GLIBC_2.3.4", "GCC_3.0"}), (2, 34))
        self.assertEqual(newest_glibc({"GLIBC_2.35", "GLIBC_ABI_DT_RELR"}), (2, 36))
        self.assertIsNone(newest_glibc(set()))
        with self.assertRaises(NotElf):
            newest_glibc({"GLIBC_ABI_OF_TOMORROW"})
        with self.assertRaises(NotElf):
            Elf(Path(__file__))

    def test_pip_installs_the_wheel(self):
        made = wheel.wheel(self.parts, self.folder)
        place = self.folder / "venv"
        run(sys.executable, "-m", "venv", place)
        run(place / "bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", made)
        self.assertEqual((place / "bin/hven").read_bytes(), self.parts.program)
        self.assertTrue(os.access(place / "bin/hven", os.X_OK))
        imported = run(place / "bin/python", "-c", "import hven; print(hven.__version__, hven._place.find_program())")
        self.assertEqual(imported, f"{self.parts.version} {place / 'bin/hven'}\n")

    def test_the_same_files_make_the_same_packages(self):
        for make in (wheel.wheel, wheel.archive, wheel.debian):
            first = hashlib.sha256(make(self.parts, self.folder).read_bytes()).hexdigest()
            self.assertEqual(hashlib.sha256(make(self.parts, self.folder).read_bytes()).hexdigest(), first)

    def test_the_archive_has_the_program(self):
        with tarfile.open(wheel.archive(self.parts, self.folder)) as archive:
            program = next(member for member in archive if member.name.endswith("/hven"))
            self.assertEqual((program.mode, archive.extractfile(program).read()), (0o755, self.parts.program))

    @unittest.skipUnless(shutil.which("dpkg-deb"), "dpkg-deb is not installed")
    def test_dpkg_reads_the_package(self):
        made = wheel.debian(self.parts, self.folder)
        self.assertEqual(run("dpkg-deb", "--field", made, "Version").strip(), self.parts.version)
        run("dpkg-deb", "--extract", made, self.folder / "root")
        self.assertEqual((self.folder / "root/usr/bin/hven").read_bytes(), self.parts.program)


if __name__ == "__main__":
    unittest.main()
