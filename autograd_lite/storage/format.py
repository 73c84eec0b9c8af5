"""The form of a saved file: JSON that says what it is, in which version, and ends with a checksum."""

import json
import math
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

from autograd_lite.storage.files import write_whole

__all__ = ["GRAPH", "NETWORK", "VERSION", "checksum", "nan_of", "path_text", "write", "written"]

NETWORK, GRAPH = "autograd_lite network", "autograd_lite graph"
"""What a file says under `format`."""

VERSION = 1
"""The newest version that is read, and the one that is written."""

_NAN = struct.pack(">d", math.nan)


def path_text(path: object) -> str:
    """Return a path as text.

    Raises `TypeError` for what is no path: an int, say, which open() would take for an open file; `ValueError` for
    text that names no file.
    """
    text: object = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise TypeError(f"a path is text or a pathlib.Path, got {type(path).__name__}")
    try:
        possible = b"\0" not in os.fsencode(text) and text != ""
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise ValueError(f"no file can have the name {text!r}")
    return text


def write(path: str, kind: str, body: Iterable[str]) -> Path:
    """Write a file of that kind, whole or not at all; `body` is the text of its members, in pieces."""
    pieces = list(body)
    head = f'{{"format": {json.dumps(kind)},\n"version": {VERSION},\n'
    return write_whole(path, "".join([head, *pieces, f'"crc32": "{checksum(pieces)}"}}\n']))


def checksum(body: Iterable[str]) -> str:
    """Return the CRC-32 of the members as they are written.

    A loaded file is written again in thought to compare: so the sum is over what it means, whatever its white space.
    """
    crc = 0
    for piece in body:
        crc = zlib.crc32(piece.encode("ascii"), crc)
    return f"{crc:08x}"


def written(x: float) -> str:
    """Return a float as JSON, exact to the bit. JSON has no infinity and no NaN, which become text.

    The bits of a NaN that is not Python's own, such as inf - inf on some processors, follow it.
    """
    if math.isfinite(x):
        return repr(x)
    bits = struct.pack(">d", x)
    return f'"nan {bits.hex()}"' if math.isnan(x) and bits != _NAN else f'"{x}"'


def nan_of(text: str) -> float | None:
    """Return the NaN that was written with its bits; None for other text."""
    word, _, digits = text.partition(" ")
    if word != "nan" or len(digits) != 16 or not set(digits) <= set("0123456789abcdef"):
        return None
    x: float = struct.unpack(">d", bytes.fromhex(digits))[0]
    return x if math.isnan(x) else None
