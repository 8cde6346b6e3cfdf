"""Values of metrics and parameters: from the types of Python's libraries to JSON, without importing these libraries."""

from __future__ import annotations

import json
import math
import numbers
from decimal import Decimal
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple, Union

Number = Union[int, float, str]

#: Integers up to this size are exact as numbers of 64 bits with a fraction.
_EXACT_MAX = 1 << 53
_STEP_MAX = 1 << 63
_NAME_BYTES_MAX = 250
#: A line of a file of metrics has at most 64 KiB.
LINE_BYTES_MAX = 60_000
#: A parameter has at most 8 KiB of JSON.
PARAM_BYTES_MAX = 8 << 10
_DEPTH_MAX = 30

encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def word_of(value: float) -> str:
    """The word for a value that JSON has no number for."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def number(name: str, value: Any) -> Number:
    """A metric's value as JSON: a number, or `NaN`, `Infinity` or `-Infinity` as a word.

    Accepts numbers, bool, `Decimal`, `Fraction`, and everything with one element: NumPy, torch, JAX, pandas, polars.
    Raises `TypeError` for everything else, and `ValueError` for a number that is too large.
    """
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else word_of(value)
    if kind is bool:
        return int(value)
    if isinstance(value, (str, bytes, bytearray, complex)) or value is None:
        raise TypeError(f"the metric {name!r} is {_shown(value)}, not a number")
    if isinstance(value, numbers.Integral):
        whole = int(value)
        if -_EXACT_MAX <= whole <= _EXACT_MAX:
            return whole
        value = whole
    elif not isinstance(value, (float, numbers.Real, Decimal)):
        element = _one_element(name, value)
        if element is not value:
            return number(name, element)
    try:
        as_float = float(value)
    except OverflowError:
        raise ValueError(f"the metric {name!r} is too large for a number of 64 bits") from None
    except (TypeError, ValueError):
        raise TypeError(f"the metric {name!r} is {_shown(value)}, not a number") from None
    return as_float if math.isfinite(as_float) else word_of(as_float)


def _one_element(name: str, value: Any) -> Any:
    """The element of an array or a series with one element; a value without elements as it is."""
    size = _size(value)
    if size is not None and size != 1:
        raise TypeError(f"the metric {name!r} has {size} elements ({_type(value)}): log one number, such as its mean")
    item = getattr(value, "item", None)
    if callable(item):
        try:
            element = item()
        except Exception as error:
            raise TypeError(f"the metric {name!r} ({_type(value)}) is not one number: {error}") from error
        if isinstance(element, (bool, int, float, Decimal)):
            return element
        raise TypeError(f"the metric {name!r} is {_shown(element)} ({_type(value)}), not a number")
    if not hasattr(type(value), "__float__"):
        raise TypeError(f"the metric {name!r} is {_shown(value)}, not a number")
    return value


def _size(value: Any) -> Optional[int]:
    for attribute in ("size", "numel"):
        size = getattr(value, attribute, None)
        if callable(size):
            try:
                size = size()
            except Exception:
                continue
        if isinstance(size, int):
            return size
    try:
        return len(value)
    except Exception:
        return None


def _type(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _shown(value: Any) -> str:
    text = repr(value)
    text = text if len(text) <= 60 else text[:60] + "…"
    return text if value is None else f"{text} ({_type(value)})"


def name_of(what: str, name: Any) -> str:
    """Checks the name of a metric or a parameter: at most 250 bytes, no control characters."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a {what} is {_shown(name)}, not a text")
    if not name or len(name.encode("utf-8", "replace")) > _NAME_BYTES_MAX or not name.isprintable() and _has_control(name):
        raise ValueError(f"the name {name[:80]!r} of a {what} must have 1 to {_NAME_BYTES_MAX} bytes and no control characters")
    return name


def _has_control(name: str) -> bool:
    return any(ord(char) < 32 or 127 <= ord(char) < 160 or 0xD800 <= ord(char) < 0xE000 for char in name)


def step_of(step: Any) -> int:
    """A step as a whole number of 64 bits. Accepts the integers of all libraries, and whole floats."""
    whole: Any = step
    if type(step) is not int:
        whole = step.item() if callable(getattr(step, "item", None)) else step
        if isinstance(whole, float) and whole.is_integer():
            whole = int(whole)
        if isinstance(whole, bool) or not isinstance(whole, numbers.Integral):
            raise TypeError(f"the step is {_shown(step)}, not a whole number")
    if not -_STEP_MAX <= whole < _STEP_MAX:
        raise ValueError("the step is not a whole number of 64 bits")
    return int(whole)


def flat_params(params: Any, prefix: str = "", depth: int = 0) -> Iterator[Tuple[str, Any]]:
    """Parameters with nested mappings as names with dots: `{"optimizer": {"lr": 0.1}}` is `optimizer.lr`.

    Also accepts namespaces and dataclasses. A value that JSON cannot express is recorded as its `str`.
    """
    for name, value in mapping_of(params).items():
        full = f"{prefix}{name}"
        nested = value if isinstance(value, Mapping) else vars(value) if _is_namespace(value) else None
        if nested and depth < _DEPTH_MAX:
            yield from flat_params(nested, f"{full}.", depth + 1)
        else:
            yield name_of("parameter", full), plain(value)


def mapping_of(params: Any) -> Mapping[Any, Any]:
    """A mapping, or the attributes of a namespace or a dataclass, as a mapping."""
    if isinstance(params, Mapping):
        return params
    if _is_namespace(params):
        return dict(vars(params))
    raise TypeError(f"parameters are {_shown(params)}, not a mapping such as a dict or vars(args)")


def _is_namespace(value: Any) -> bool:
    kind = type(value)
    is_data = hasattr(kind, "__dataclass_fields__")
    return (is_data or kind.__name__ in ("Namespace", "SimpleNamespace")) and hasattr(value, "__dict__")


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON; a value that JSON cannot express as its `str`."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        as_number = float(value) if isinstance(value, float) else int(value)
        if isinstance(as_number, float):
            return as_number if math.isfinite(as_number) else word_of(as_number)
        return as_number if -_STEP_MAX <= as_number < 2 * _STEP_MAX else str(as_number)
    if depth < _DEPTH_MAX:
        if isinstance(value, Mapping):
            return {str(name): plain(inner, depth + 1) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(inner, depth + 1) for inner in value]
        if isinstance(value, (set, frozenset)):
            return sorted((plain(inner, depth + 1) for inner in value), key=str)
    if callable(getattr(value, "item", None)) and _size(value) == 1:
        try:
            element = value.item()
        except Exception:
            return _text(value)
        if isinstance(element, (bool, int, float, str)):
            return plain(element, depth + 1)
    return _text(value)


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def shortened(value: Any) -> Tuple[Any, bool]:
    """A parameter's value within the limit of its size, and whether it was cut. A cut value ends with its full length."""
    text = encode(value)
    size = len(text.encode("utf-8", "replace"))
    if size <= PARAM_BYTES_MAX:
        return value, False
    shown = (value if isinstance(value, str) else text).encode("utf-8", "replace")
    # A character needs up to 6 bytes as JSON (`\u0000`), so a sixth of the limit always fits.
    return f"{shown[: (PARAM_BYTES_MAX - 60) // 6].decode('utf-8', 'ignore')}… ({size} bytes of JSON)", True


def param_lines(params: Dict[str, Any]) -> List[bytes]:
    """Lines of a file of metrics that record parameters. No line is longer than a line may be."""
    lines: List[Dict[str, Any]] = []
    open_group: Dict[str, Any] = {}
    size = 0
    for name, value in params.items():
        length = len(encode({name: value}).encode("utf-8", "replace"))
        if open_group and (size + length > LINE_BYTES_MAX or len(open_group) >= 1000):
            lines.append(open_group)
            open_group, size = {}, 0
        open_group[name] = value
        size += length
    if open_group:
        lines.append(open_group)
    return [encode({"param": group}).encode("utf-8", "replace") + b"\n" for group in lines]


def point_lines(values: Dict[str, Number], step: int, time_s: float) -> bytes:
    """Lines of a file of metrics with these values at a step. `time_s` is in seconds since 1970."""
    special = [name for name in ("time", "step") if name in values]
    values = dict(values)
    lines = [encode({"key": name, "value": values.pop(name), "step": step, "time": time_s}).encode() + b"\n" for name in special]
    if values:
        whole = encode({**values, "step": step, "time": time_s}).encode("utf-8", "replace") + b"\n"
        if len(whole) > LINE_BYTES_MAX and len(values) > 1:
            items = list(values.items())
            middle = len(items) // 2
            return b"".join(lines) + b"".join(point_lines(dict(half), step, time_s) for half in (items[:middle], items[middle:]))
        lines.append(whole)
    return b"".join(lines)
