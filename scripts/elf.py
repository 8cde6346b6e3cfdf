"""Reads which versions of the C library a program needs, from its ELF file (System V ABI, GNU symbol versions)."""

import struct

DT_STRTAB, DT_VERNEED, DT_VERNEEDNUM = 5, 0x6FFFFFFE, 0x6FFFFFFF
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
MACHINES = {62: "x86_64", 183: "aarch64"}


class NotElf(Exception):
    """The file is no 64-bit little-endian ELF file."""


class Elf:
    """A program. `machine` is `x86_64` or `aarch64`; `needed_versions` are names such as `GLIBC_2.34`."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise NotElf(f"{path} is no 64-bit little-endian ELF file")
        self.machine = MACHINES.get(self._read("H", 18)[0])
        offset, size, number = self._read("Q", 32)[0], *self._read("HH", 54)
        self._segments = [self._read("IIQQQQ", offset + at * size) for at in range(number)]
        self.interpreter = next((self._text(segment[2]) for segment in self._segments if segment[0] == PT_INTERP), None)

    def _read(self, form, offset):
        return struct.unpack_from("<" + form, self.bytes, offset)

    def _text(self, offset):
        return self.bytes[offset : self.bytes.index(b"\0", offset)].decode()

    def _file_offset(self, address):
        for kind, _, offset, start, _, size in self._segments:
            if kind == PT_LOAD and start <= address < start + size:
                return offset + address - start
        raise NotElf(f"no segment of the file contains the address {address:#x}")

    def needed_versions(self):
        """The symbol versions that other libraries must provide."""
        dynamic = next((segment for segment in self._segments if segment[0] == PT_DYNAMIC), None)
        if dynamic is None:
            return set()
        entries = {}
        for at in range(dynamic[2], dynamic[2] + dynamic[5], 16):
            tag, value = self._read("QQ", at)
            if tag == 0:
                break
            entries[tag] = value
        if DT_VERNEED not in entries:
            return set()
        texts, at, found = self._file_offset(entries[DT_STRTAB]), self._file_offset(entries[DT_VERNEED]), set()
        for _ in range(entries[DT_VERNEEDNUM]):
            _, number, _, first, following = self._read("HHIII", at)
            inner = at + first
            for _ in range(number):
                _, _, _, name, further = self._read("IHHII", inner)
                found.add(self._text(texts + name))
                inner += further
            at += following
        return found


# Abilities of the loader that a program may need, and the version of glibc that has them.
ABILITIES = {"GLIBC_ABI_DT_RELR": (2, 36)}


def newest_glibc(versions):
    """The newest version of glibc among symbol versions, as (major, minor); `None` if none is needed."""
    found = set()
    for name in versions:
        if name.startswith("GLIBC_2."):
            found.add((2, int(name.split(".")[1])))
        elif name.startswith("GLIBC_"):
            if name not in ABILITIES:
                raise NotElf(f"the program needs {name}, and it is not known which glibc has that")
            found.add(ABILITIES[name])
    return max(found, default=None)
