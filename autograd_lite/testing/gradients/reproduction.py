"""A check that failed as code to paste, which makes it again: the call with all numbers of the point."""

import numbers
from collections.abc import Callable, Mapping
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.foreign import has_shape
from autograd_lite.testing.strategies.graph_code import Graph

__all__ = ["LONGEST", "as_code", "check_as_code"]

DEFAULTS = {"second_order": False, "rtol": 0.0, "seed": 0, "allow_inconclusive": False}
LONGEST = 2000
"""So many characters of code are worth showing."""


def check_as_code(f: Callable[..., Any] | Value, at: Any, options: Mapping[str, Any]) -> str:
    """Return the call of a check with the numbers that it was given; empty if that is long, or cannot be written.

    Args:
        f: the function, which the code calls by its name, or the result of a graph, which it rebuilds.
        at: the point of the check.
        options: the options that were given.

    >>> check_as_code(abs, {"x": 0.5}, {"gradient": [1.0], "rtol": 0.0})
    "check_gradient(abs, {'x': 0.5}, gradient=[1.0])"
    """
    try:
        what = f"{Graph.of(f)!r}.build().root" if isinstance(f, Value) else _named(f, "f")
        given = [what, *([] if at is None else [as_code(at)])]
        given += [f"{name}={as_code(x, name)}" for name, x in options.items() if not _default(name, x)]
    except (TypeError, ValueError):
        return ""
    code = f"check_gradient({', '.join(given)})"
    return code if len(code) <= LONGEST else ""


def as_code(x: Any, name: str = "f") -> str:
    """Return numbers, arrays, and lists, tuples and dicts of them as code; functions by their name, or that one.

    >>> as_code({"w": (1, -0.5), "b": [2.0]})
    "{'w': (1, -0.5), 'b': [2.0]}"

    Raises `TypeError` for what is none of these.
    """
    if isinstance(x, Mapping):
        return f"{{{', '.join(f'{key!r}: {as_code(value)}' for key, value in x.items())}}}"
    if type(x) in {list, tuple}:
        inner = ", ".join(map(as_code, x))
        return f"[{inner}]" if type(x) is list else f"({inner}{',' * (len(x) == 1)})"
    if isinstance(x, Value):
        return repr(x.data)
    if type(x).__module__ == "numpy" and has_shape(x):
        kind = "" if x.dtype.kind == "i" or x.dtype.itemsize * 8 == 64 else f", dtype=np.{x.dtype}"
        return f"np.array({x.tolist()!r}{kind})" if x.shape or kind else repr(x.item())
    if isinstance(x, numbers.Number):
        return repr(x)
    if callable(x):
        return _named(x, name)
    raise TypeError(f"{type(x).__name__} is not written as code")


def _default(name: str, x: Any) -> bool:
    return x is None or (name in DEFAULTS and x == DEFAULTS[name])


def _named(f: Callable[..., Any], name: str) -> str:
    own = getattr(f, "__name__", getattr(f, "name", ""))  # an operation has a name
    return own if own.isidentifier() else name
