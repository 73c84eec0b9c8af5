"""Functions of float32 or less whose gradient is a function too, checked at float64: there differences are sharp."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_lite.testing.gradients.foreign import EPSILON, has_shape, precision
from autograd_lite.testing.gradients.number_text import uncertainty
from autograd_lite.testing.gradients.subject import FunctionSubject, given_slopes

__all__ = ["widened"]

ALIKE = 1e-2  # by this part of the largest slope of an array, short floats may be off
SAME = 64.0  # by so many units in the last place the two results may differ


def widened(
    f: Callable[..., Any], at: Any, gradient: Callable[..., Any], short: FunctionSubject
) -> tuple[FunctionSubject, Sequence[float], str] | None:
    """Return the function as one of float64, its gradient there, and a remark that says so; None where it is not one.

    Args:
        f: the function.
        at: the point, of which some is in short floats.
        gradient: the function that gives the gradient.
        short: the function as it was given.
    """
    try:
        wide = FunctionSubject(f, _at_float64(at), needs_graph=False)
        if wide.results or short.results or wide.noise:
            return None
        value, before = wide.value(wide.point), short.value(short.point)
        slopes, given = given_slopes(wide, gradient), given_slopes(short, gradient)
    except Exception:  # noqa: BLE001  (a function of float32 alone need not take other floats)
        return None
    epsilon = short.inputs.epsilon
    same = abs(value - before) <= SAME * epsilon * max(abs(value), abs(before))
    if not same or not math.isfinite(value) or _is_short(value, epsilon):
        return None
    off = 0.0
    for leaf in wide.inputs.leaves:
        pairs = list(zip(*(row[leaf.start : leaf.start + leaf.size] for row in (slopes, given)), strict=True))
        largest = max(abs(a) for a, _ in pairs)
        apart = max(abs(a - b) for a, b in pairs)
        if not apart <= ALIKE * largest:
            return None
        off = max(off, apart)
    leaf = next(leaf for leaf in short.inputs.leaves if leaf.epsilon > EPSILON)
    remark = (
        f"{leaf.text} is of short floats: function and gradient were checked at float64. In short floats the gradient "
        f"differs from that by up to {uncertainty(float(off))}."
    )
    return wide, slopes, remark


def _at_float64(at: Any) -> Any:
    """The same point in float64; raises `TypeError` for arrays that are not of NumPy."""
    if isinstance(at, Mapping):
        return {name: _at_float64(x) for name, x in at.items()}
    if isinstance(at, (list, tuple)):
        inner = [_at_float64(x) for x in at]
        return type(at)(*inner) if hasattr(at, "_fields") else type(at)(inner)
    if has_shape(at):
        if not hasattr(at, "__array_ufunc__"):
            raise TypeError("an array of another library")
        return at.astype(float)
    return float(at) if precision(at) else at


def _is_short(x: float, epsilon: float) -> bool:
    """Whether a number may be one of short floats."""
    mantissa, _ = math.frexp(x)
    return math.fmod(2.0 * mantissa, epsilon) == 0.0
