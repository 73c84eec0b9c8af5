"""The numbers among the options of what is drawn: each is checked before anything is, and named if it is wrong."""

import math

from autograd_lite.engine.ieee import number

__all__ = ["bound", "distance", "largest_value", "tail"]

FARTHEST = 1e100  # a network's biases are a few such distances long


def distance(margin: object) -> float:
    """Return `margin` as a float."""
    return _option("margin", margin, 0.0, FARTHEST, f"a distance from 0 to {FARTHEST:g}")


def bound(name: str, x: object) -> float:
    """Return `low` or `high` as a float."""
    return _option(name, x, -math.inf, math.inf, "a number or infinite")


def tail(reach: object) -> float:
    """Return `reach` as a float."""
    return _option("reach", reach, math.ulp(0.0), math.inf, "a number above 0, or math.inf")


def largest_value(largest: object) -> float:
    """Return `largest` as a float: slopes are between it and its inverse."""
    return _option("largest", largest, 1.0, math.inf, "a number, 1 or more")


def _option(name: str, x: object, low: float, high: float, valid: str) -> float:
    """Return a number from `low` to `high`, which NaN is not. Raises `ValueError`, also for what is no number."""
    due = f"{name} is {valid}; got {x!r:.60}"
    try:
        value = number(x)
    except (TypeError, OverflowError):
        raise ValueError(due) from None
    if isinstance(x, bool) or not low <= value <= high:
        raise ValueError(due)
    return value
