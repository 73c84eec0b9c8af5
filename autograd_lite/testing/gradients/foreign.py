"""Arrays of whatever library, by the interface that they share: their numbers, their precision, others like them."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from autograd_lite.engine.ieee import number, short
from autograd_lite.engine.value import Value

__all__ = ["EPSILON", "floats_of", "has_shape", "maker", "one_number", "precision", "size_text"]

EPSILON = sys.float_info.epsilon
"""The distance from 1 to the next float."""


def has_shape(x: object) -> bool:
    """Whether `x` is an array: of NumPy with dimensions, or of another library, as PyTorch's tensors are."""
    if not hasattr(x, "__array__") or not hasattr(x, "shape") or isinstance(x, Value):
        return False
    return x.shape != () or not _of_numpy(x)


def _of_numpy(x: object) -> bool:
    return type(x).__module__.partition(".")[0] == "numpy"


def plain(x: Any) -> Any:
    """Return an array as one of NumPy: a tensor that records is detached, and fetched from where it is."""
    import numpy as np

    for step in ("detach", "cpu"):
        x = getattr(x, step)() if hasattr(x, step) else x
    try:
        return np.asarray(x)
    except TypeError:
        raise TypeError(f"NumPy cannot read an array of {x.dtype}: pass it as float32 or float64") from None


def precision(x: object) -> float | None:
    """Return the distance from 1 to the next number of the type of `x`; None for what has no such type."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        return None
    import numpy as np

    kind = plain(x).dtype if has_shape(x) else dtype
    return max(float(np.finfo(kind).eps), EPSILON) if kind.kind == "f" else None


def maker(like: Any) -> Callable[[Any], Any]:
    """Return what turns a NumPy array of floats into an array like this one: of its library and type."""
    if hasattr(like, "new_tensor"):
        return like.detach().new_tensor  # type: ignore[no-any-return]
    if hasattr(like, "__array_namespace__") and not _of_numpy(like):
        library, dtype = like.__array_namespace__(), like.dtype
        return lambda array: library.asarray(array, dtype=dtype)
    dtype = plain(like).dtype
    return lambda array: array.astype(dtype, copy=False)


def floats_of(x: Any, who: str) -> Any:
    """Return an array of floats as one of float64, for a point; raises an error that says what is valid.

    Raises:
        TypeError: it is of integers, objects, complex numbers, text.
        ValueError: it has no entries.
    """
    array = plain(x)
    kind, there = array.dtype.kind, f"{who} is an array of {array.dtype}{'s' * (array.dtype.kind == 'O')}"
    if kind == "O":
        nodes = array.size and isinstance(array.flat[0], Value)
        remedy = "of the numbers in them, their .data" if nodes else "of floats, as .astype(float) makes one"
        raise TypeError(f"{there}: pass one {remedy}")
    if kind in "biu":
        bound = "; what is not to be moved, as labels or indices, is bound instead: lambda W: f(W, labels)"
        raise TypeError(f"{there}: floats are due, so write .astype(float){bound * who.startswith('`at`')}")
    if kind == "c":
        raise TypeError(f"{there}: pass its .real and .imag as two arguments")
    if kind != "f":
        raise TypeError(f"{there}: pass one of float64, float32 or float16")
    if array.size == 0:
        raise ValueError(f"{who} is empty, of shape {array.shape}: there is nothing to differentiate along")
    return array.astype(float)


def one_number(x: object, who: str | Callable[[], str]) -> float:
    """Return what a function gave as a float, also the number in a node; raises `TypeError` naming `who` gave it."""
    if isinstance(x, Value):
        return x.data
    if has_shape(x) and getattr(x, "shape", None) == ():
        x = plain(x).item()
    try:
        return number(x)
    except TypeError:
        hint = ""
        if x is None:
            claim = isinstance(who, str) and who.startswith(("gradient", "vjp", "jacobian"))
            hint = "; is a `return` missing?" + " Slopes of 0 are 0.0, or zeros of the shape of the input" * claim
        elif has_shape(x):
            hint = "; write .item() or [0] for the number in it" if plain(x).size == 1 else ""
        elif isinstance(x, Iterable) and not isinstance(x, (str, bytes)):
            hint = "; name the numbers in it, one by one"
        name = who if isinstance(who, str) else who()
        what = f"an array of shape {size_text(x)}" if has_shape(x) else f"{type(x).__name__} {short(x)}"
        raise TypeError(f"{name} gave {what}, not one number{hint}") from None


def size_text(x: Any) -> str:
    """Return the shape of an array as text, such as (3, 4)."""
    return str(tuple(x.shape))
