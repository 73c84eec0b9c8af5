"""Reading a file that may be anything: what it must be to be loaded, and what is said of it otherwise."""

import json
import math
import os
import re
import reprlib
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from autograd_lite.engine.validation import whole
from autograd_lite.storage.format import GRAPH, NETWORK, VERSION, nan_of, path_text

__all__ = [
    "MAX_BYTES",
    "FileFormatError",
    "WrongError",
    "check_members",
    "check_sum",
    "check_type",
    "content",
    "finite",
    "number",
    "read",
    "saved_file",
    "shown",
]

MAX_BYTES = 256 * 2**20
"""Larger files are refused unless asked for: JSON takes some ten times its size in memory while it is read."""

DEPTH = 100  # brackets within brackets; saved files have 5

_LOADERS = {GRAPH: "load_graph()", NETWORK: "load_network()"}
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "a truth value",
}


class FileFormatError(ValueError):
    """A file that cannot be loaded; the message names it, the place in it and the reason."""


class WrongError(Exception):
    """What is wrong, and where in the file; `saved_file` adds its name."""


@contextmanager
def saved_file(path: object) -> Iterator[str]:
    """Give the path as text; what is found wrong with the file becomes a `FileFormatError` that names it."""
    name = path_text(path)
    try:
        yield name
    except WrongError as wrong:
        raise FileFormatError(f"{name!r} cannot be loaded: {wrong}") from None


def read(
    path: str, max_bytes: int, kind: str, members: Mapping[str, tuple[type, ...]], optional: AbstractSet[str]
) -> dict[str, Any]:
    """Return the object that the file holds, after checking its format, its version and its members' types."""
    found = content(path, max_bytes)
    form = found.get("format")
    if form != kind:
        other = _LOADERS.get(form) if isinstance(form, str) else None
        says = f"its format is {shown(form)}" if "format" in found else "it has no format"
        raise WrongError(f"it is not of the format {kind!r}: {says}" + (f"; load it with {other}" if other else ""))
    version = found.get("version")
    if type(version) is not int or version < 1:
        says = f"its version is {shown(version)}" if "version" in found else "it has no version"
        raise WrongError(f"{says}; a version is a whole number from 1")
    if version > VERSION:
        raise WrongError(f"it is of version {shown(version)}, and this autograd_lite reads up to {VERSION}; update it")
    check_members(found, {"format", "version", *members}, optional | {"crc32"})
    for name, types in members.items():
        check_type(found[name], types, name)
    return found


def content(path: str, max_bytes: int) -> dict[str, Any]:
    """Return the object that a file of JSON holds, whatever it is."""
    return _json(path, whole(max_bytes, "max_bytes is a whole number, 1 or more", otherwise=TypeError))


def _bytes(path: str, max_bytes: int) -> bytes:
    mode = Path(path).stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # open() has its own error for a folder, and waits for a pipe
        raise WrongError("it is a pipe or a device, not a file")
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise WrongError(f"it has {size:,} bytes, more than max_bytes={max_bytes:,}; pass a larger max_bytes")
        return file.read(size)


def _json(path: str, max_bytes: int) -> dict[str, Any]:
    raw = _bytes(path, max_bytes)
    try:
        text = raw.decode("utf-8-sig")  # some editors put a mark before UTF-8
    except UnicodeDecodeError as error:
        raise WrongError(f"it is not text in UTF-8: byte {error.start} is 0x{raw[error.start]:02x}") from None
    begin, end = text[:40].lstrip(), len(text.rstrip())
    if not end:
        raise WrongError("it is empty")
    if not begin.startswith("{"):
        raise WrongError(f"it is not JSON that begins with '{{'; it begins with {shown(begin)}")
    if _too_deep(raw):
        raise WrongError(f"it has more than {DEPTH} brackets within brackets, or some that do not match")
    del raw
    try:
        found: dict[str, Any] = json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        cut = error.pos >= end or text[end - 1] != "}"
        reason = "it ends in the middle, as if it were cut short" if cut else "it is not JSON"
        raise WrongError(f"{reason}: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError:  # int() refuses thousands of digits, which would take it long
        raise WrongError("it has a whole number of thousands of digits") from None
    return found


def _constant(name: str) -> NoReturn:
    raise WrongError(f"it has the word {name}, which is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name in times if times[name] > 1)
        raise WrongError(f"an object in it has the member {shown(twice)} twice")
    return members


def check_members(found: object, needed: AbstractSet[str], optional: AbstractSet[str]) -> None:
    """Check that `found` is an object with such members."""
    if not isinstance(found, dict):
        raise WrongError(f"an object is due, got {shown(found)}")
    if needed - found.keys():
        raise WrongError(f"it has no {' and no '.join(map(repr, sorted(needed - found.keys())))}")
    if found.keys() - needed - optional:
        raise WrongError(f"it has a member {shown(min(found.keys() - needed - optional))}, which is unknown")


def check_type(found: object, types: tuple[type, ...], what: str) -> None:
    """Check the type; `bool` is no `int` here."""
    if type(found) not in types:
        raise WrongError(f"{what}: {' or '.join(_KINDS[kind] for kind in types)} is due, got {shown(found)}")


def check_sum(found: Mapping[str, Any], crc32: str) -> None:
    """Compare the checksum, if there is one, with that of what was loaded."""
    if "crc32" in found and found["crc32"] != crc32:
        raise WrongError(
            f"its checksum is {crc32!r}, and the file says {shown(found['crc32'])}: it was damaged, or edited; "
            'if that was on purpose, remove its "crc32"'
        )


def number(x: object, what: str) -> float:
    """Return a number, or what stands for infinity or NaN."""
    if not isinstance(x, str):
        return finite(x, what)
    value = _WORDS[x] if x in _WORDS else nan_of(x)
    if value is None:
        raise WrongError(f"{what}: a number is due, or 'inf', '-inf' or 'nan'; got {shown(x)}")
    return value


def finite(x: object, what: str) -> float:
    """Return a finite number."""
    if type(x) is not float and type(x) is not int:
        raise WrongError(f"{what}: a finite number is due, got {shown(x)}")
    try:
        value = float(x)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise WrongError(f"{what}: this number is beyond the largest float, 1.797e+308")
    return value


def shown(x: object) -> str:
    """Return what a file says as text for a message: short, and in quotes."""
    if x is None or isinstance(x, bool):
        return {None: "null", True: "true", False: "false"}[x]
    return _short.repr(x)


_short = reprlib.Repr()
_short.maxlevel = 2
_short.maxstring = 60

_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b'[]{}"')))


def _too_deep(raw: bytes) -> bool:
    """Whether brackets are nested deeper than `DEPTH`, which would be too much for the reader of JSON.

    It recurses, up to a limit that its user may have raised beyond what the stack can take.
    """
    # Of text, brackets and quotes are left; quotes that stand side by side open and close, or close and open.
    rest = raw.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NOT_BRACKETS).replace(b'""', b"")
    rest = re.sub(rb'"[^"]*+"?', b"", rest)
    for _ in range(DEPTH):
        inner = rest
        rest = inner.replace(b"[]", b"").replace(b"{}", b"")
        if len(rest) == len(inner):
            break
    return len(rest) > DEPTH
