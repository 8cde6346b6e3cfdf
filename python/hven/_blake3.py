"""BLAKE3 in plain Python, for short inputs: the proof of a server. Files are digested by the server, or by the package `blake3`.

Source: O'Connor, Aumasson, Neves, Wilcox-O'Hearn: BLAKE3, one function, fast everywhere (2021). About 0.3 MB/s.
"""

from __future__ import annotations

import struct
from typing import List, Sequence

_IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
_PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
_MIXED = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip
_CHUNK_START, _CHUNK_END, _PARENT, _ROOT, _KEYED, _DERIVE_CONTEXT, _DERIVE_MATERIAL = (1 << bit for bit in range(7))
_CHUNK_BYTES = 1024
_BLOCK_BYTES = 64
_MASK = 0xFFFFFFFF


def _compress(chaining: Sequence[int], block: Sequence[int], counter: int, length: int, flags: int) -> List[int]:
    v = [*chaining, *_IV[:4], counter & _MASK, counter >> 32, length, flags]
    m = list(block)
    for round_number in range(7):
        for index, (a, b, c, d) in enumerate(_MIXED):
            for word, first, second in ((m[2 * index], 16, 12), (m[2 * index + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & _MASK
                x = v[d] ^ v[a]
                v[d] = (x >> first | x << (32 - first)) & _MASK
                v[c] = (v[c] + v[d]) & _MASK
                x = v[b] ^ v[c]
                v[b] = (x >> second | x << (32 - second)) & _MASK
        if round_number < 6:
            m = [m[at] for at in _PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)]


def _words(block: bytes) -> Sequence[int]:
    return struct.unpack("<16I", block.ljust(_BLOCK_BYTES, b"\0"))


def _chunk(key: Sequence[int], chunk: bytes, counter: int, flags: int) -> List[int]:
    blocks = [chunk[at : at + _BLOCK_BYTES] for at in range(0, len(chunk), _BLOCK_BYTES)] or [b""]
    chaining = list(key)
    for index, block in enumerate(blocks):
        here = flags | (_CHUNK_START if index == 0 else 0)
        # The flag of the root belongs to the last block only.
        here = here | _CHUNK_END if index == len(blocks) - 1 else here & ~_ROOT
        chaining = _compress(chaining, _words(block), counter, len(block), here)
    return chaining


def _tree(key: Sequence[int], data: bytes, counter: int, flags: int, root: int) -> List[int]:
    """The value of a subtree; `root` is the flag of the root for the whole tree, and 0 below it."""
    if len(data) <= _CHUNK_BYTES:
        return _chunk(key, data, counter, flags | root)
    chunks_left = 1 << (((len(data) - 1) // _CHUNK_BYTES).bit_length() - 1)
    cut = chunks_left * _CHUNK_BYTES
    left = _tree(key, data[:cut], counter, flags, 0)
    right = _tree(key, data[cut:], counter + chunks_left, flags, 0)
    return _compress(key, [*left, *right], 0, _BLOCK_BYTES, flags | _PARENT | root)


def _digest(key: Sequence[int], data: bytes, flags: int) -> bytes:
    return struct.pack("<8I", *_tree(key, data, 0, flags, _ROOT))


def digest(data: bytes) -> bytes:
    """The BLAKE3 digest of `data`, 32 bytes."""
    return _digest(_IV, data, 0)


def keyed(key: bytes, data: bytes) -> bytes:
    """The keyed digest of `data`; the key has 32 bytes."""
    return _digest(struct.unpack("<8I", key), data, _KEYED)


def derive_key(context: str, material: bytes) -> bytes:
    """A key of 32 bytes that is derived from `material` for one purpose, which `context` names."""
    of_context = _digest(_IV, context.encode(), _DERIVE_CONTEXT)
    return _digest(struct.unpack("<8I", of_context), material, _DERIVE_MATERIAL)
