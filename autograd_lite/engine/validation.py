"""What is checked of what users pass: whole numbers of any type, lists, which have an order, types of their own."""

import math
import operator
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

__all__ = ["in_order", "is_list", "is_unordered", "takes_over", "whole"]

T = TypeVar("T")


def whole(
    x: object, due: str, least: int = 1, most: float = math.inf, *, otherwise: type[Exception] = ValueError
) -> int:
    """Return a whole number as an int: what Python takes for an index, such as NumPy's, but no bool.

    Raises `ValueError`, with what is due, if it is not from `least` to `most`, and `otherwise` for what is none.
    """
    try:
        n = operator.index(x)  # type: ignore[arg-type]  # that is what is to be found out
    except TypeError:
        n = None
    if n is None or isinstance(x, bool):
        raise otherwise(f"{due}, got {x!r:.60}")
    if not least <= n <= most:
        raise ValueError(f"{due}, got {x!r:.60}")
    return n


def is_unordered(x: object) -> bool:
    """Whether `x` has no order that a user would mean: a set, or a dict, which gives its keys."""
    return isinstance(x, (AbstractSet, Mapping))


def is_list(x: object) -> bool:
    """Whether `x` is a list or the like: it has a length and an order, and is no text, nor an array of no dimension."""
    sized = hasattr(x, "__len__") and getattr(x, "ndim", 1) != 0
    return sized and not isinstance(x, (str, bytes)) and not is_unordered(x)


def in_order(x: T, what: str) -> T:
    """Return what has an order as it is; raises `TypeError` for a set or dict."""
    if is_unordered(x):
        raise TypeError(f"{what} are a list, since their order matters; got {type(x).__name__}")
    return x


_REFLECTED = {
    "div": "__rtruediv__", "floor_divide": "__rfloordiv__",
    "lt": "__gt__", "le": "__ge__", "gt": "__lt__", "ge": "__le__",
}  # fmt: skip
"""The method of the right operand that Python asks next, where it is not called as the operation is."""


def takes_over(x: object, operation: str) -> bool:
    """Whether a type, such as a user's vector, says itself what an operator does with a node on its left.

    What Python's own types would do, such as to repeat a list, is refused with an error that says what is valid; so is
    what NumPy's scalars would, which ask the node again.
    """
    method = _REFLECTED.get(operation, f"__r{operation}__")
    return any(method in vars(kind) for kind in type(x).__mro__ if kind.__module__ not in ("builtins", "numpy"))
