"""Figures, tables and images as files: the bytes and the ending of each. The libraries are used only if the value is theirs."""

from __future__ import annotations

import csv
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple, Union

#: The ending of a file, and its bytes.
Rendered = Tuple[str, bytes]


def _module(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def figure_files(figure: Any) -> List[Rendered]:
    """Matplotlib as SVG and PNG, Plotly as `.plotly.json`, Altair as `.vl.json` (Vega-Lite)."""
    module = _module(figure)
    if module == "plotly" and hasattr(figure, "to_json"):
        return [(".plotly.json", figure.to_json().encode())]
    if module == "altair" and hasattr(figure, "to_json"):
        return [(".vl.json", figure.to_json().encode())]
    for attribute in ("figure", "fig"):
        # Axes, and the grids of seaborn.
        if not hasattr(figure, "savefig") and hasattr(getattr(figure, attribute, None), "savefig"):
            figure = getattr(figure, attribute)
    if not hasattr(figure, "savefig"):
        raise TypeError(f"{type(figure).__name__} is not a figure of Matplotlib, Plotly or Altair")
    import matplotlib

    files = []
    # Without date and random ids, the same figure has the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "hven"}):
        for ending, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=ending, metadata=metadata)
            files.append((f".{ending}", buffer.getvalue()))
    return files


def table_file(table: Any) -> Rendered:
    """A table as Parquet if its library can write that here, else as CSV. Accepts pandas, polars, pyarrow, a list of dicts, and a
    dict of columns."""
    module = _module(table)
    if module == "polars":
        table = table.collect() if hasattr(table, "collect") else table
        table = table.to_frame() if hasattr(table, "to_frame") else table
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        return ".parquet", buffer.getvalue()
    if module == "pandas":
        return _pandas_file(table.to_frame() if hasattr(table, "to_frame") else table)
    if module == "pyarrow" or hasattr(table, "__arrow_c_stream__"):
        import pyarrow
        import pyarrow.parquet

        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table(table), buffer)
        return ".parquet", buffer.getvalue()
    if isinstance(table, Mapping):
        columns = {str(name): list(values) for name, values in table.items()}
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"the columns of the table have different lengths: {sorted(lengths)}")
        return ".csv", _csv(list(columns), zip(*columns.values()))
    if isinstance(table, Sequence) and not isinstance(table, (str, bytes)) and all(isinstance(row, Mapping) for row in table):
        names: Dict[str, None] = {}
        for row in table:
            names.update(dict.fromkeys(row))
        return ".csv", _csv(list(names), ([row.get(name) for name in names] for row in table))
    raise TypeError(f"{type(table).__name__} is not a table: pass a data frame, a list of dicts, or a dict of columns")


def _pandas_file(table: Any) -> Rendered:
    buffer = io.BytesIO()
    try:
        table.rename(columns=str).to_parquet(buffer)
        return ".parquet", buffer.getvalue()
    except (ImportError, ValueError, TypeError, OverflowError):
        # Parquet has no type for a column of mixed values; without pyarrow and fastparquet there is no writer.
        return ".csv", table.to_csv(index=type(table.index).__name__ != "RangeIndex").encode("utf-8", "replace")
    except Exception as error:
        if _module(error) != "pyarrow":
            raise
        return ".csv", table.to_csv(index=type(table.index).__name__ != "RangeIndex").encode("utf-8", "replace")


def _csv(names: List[str], rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def image_file(image: Any) -> Rendered:
    """An image as a file: a path as it is; PIL's images and arrays as PNG.

    An array has the shape height × width, or height × width × 1, 3 or 4 (torch also channels first), with `uint8`, `bool`, or
    numbers with a fraction from 0 to 1.
    """
    if isinstance(image, (str, os.PathLike)):
        path = Path(image)
        return path.suffix or ".png", path.read_bytes()
    if hasattr(image, "save") and _module(image) == "PIL":
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return ".png", buffer.getvalue()
    if _module(image) == "torch":
        image = image.detach().cpu()
        if image.dim() == 3 and image.shape[0] in (1, 3, 4) and image.shape[-1] not in (1, 3, 4):
            image = image.permute(1, 2, 0)
        image = image.numpy()
    elif not hasattr(image, "dtype") and hasattr(image, "__array__"):
        image = image.__array__()
    elif _module(image) not in ("numpy",) and hasattr(image, "__array__"):
        image = image.__array__()
    if not (hasattr(image, "dtype") and hasattr(image, "shape") and hasattr(image, "tobytes")):
        raise TypeError(f"{type(image).__name__} is not an image: pass a path, an image of PIL, or an array")
    kind, shape = str(image.dtype), tuple(image.shape)
    if kind == "bool":
        image = image.astype("uint8") * 255
    elif kind.startswith("float"):
        if image.size and not (image.min() >= 0 and image.max() <= 1):
            raise ValueError("an image of numbers with a fraction must have values from 0 to 1, and no NaN")
        image = (image * 255).round().astype("uint8")
    elif kind != "uint8":
        raise TypeError(f"an image is an array of uint8, bool, or numbers from 0 to 1, not of {kind}")
    channels = 1 if len(shape) == 2 else shape[2] if len(shape) == 3 else 0
    if channels not in (1, 3, 4) or 0 in shape:
        raise TypeError(f"an image has the shape height × width, or height × width × 1, 3 or 4; this array has {shape}")
    return ".png", png(image.tobytes(), shape[1], shape[0], channels)


def png(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """A PNG file of 8 bits for each channel: 1 grey, 3 RGB, 4 RGBA. `pixels` has the rows from top to bottom (ISO/IEC 15948)."""
    row = width * channels
    rows = b"".join(b"\0" + pixels[at : at + row] for at in range(0, row * height, row))
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    )


def output_path(name: Union[str, "os.PathLike[str]"]) -> str:
    """Checks the name of an output: a path below the outputs of the run, with `/` between folders."""
    text = os.fspath(name)
    parts = text.split("/")
    if not text or len(text.encode("utf-8", "replace")) > 1000 or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{text[:80]!r} is not a name for an output: it is a path without `..` that does not start with `/`")
    if any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in text):
        raise ValueError(f"the name {text[:80]!r} of an output has control characters")
    return text
