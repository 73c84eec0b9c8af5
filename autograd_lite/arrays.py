"""How a node behaves inside NumPy: a NumPy function of nodes records the operation, element by element."""

import operator
from collections.abc import Callable
from typing import Any

from autograd_lite.ops import OPS

__all__ = ["apply", "is_array"]

_RENAMED = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg", "power": "pow",
    "float_power": "pow", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "absolute": "abs", "fabs": "abs",
}  # fmt: skip
_COMPARISONS = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge,
}  # fmt: skip
_MIRRORED = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.gt, "less_equal": operator.ge,
    "greater": operator.lt, "greater_equal": operator.le,
}  # fmt: skip


def is_array(x: object) -> bool:
    """Whether `x` is a NumPy array (or like one) with dimensions, or of objects: its own operators then take over."""
    return hasattr(x, "__array_ufunc__") and (getattr(x, "shape", ()) != () or _holds_objects(x))


def _holds_objects(x: object) -> bool:
    return getattr(x, "dtype", None) == "O"


def apply(node_type: type, ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply a NumPy ufunc to inputs of which at least one is a node; broadcasts, and returns an object array or a node.

    Arrays of nodes NumPy handles by itself, with the nodes' own operators; of `np.maximum(array_of_nodes, x)` it makes
    comparisons, which pick one of the two, so that a tie does not split the slope as `maximum` does, and a NaN may be
    passed over: no number is greater or less. So do `np.max` and `np.min`; `functools.reduce(maximum, nodes)` does not.

    Raises `TypeError` for a function that has no operation in the table, and for the options of ufuncs, but for an
    array of objects as `out`, as in `array_of_nodes += v`.
    """
    function: Callable[..., Any] | None = _COMPARISONS.get(ufunc.__name__) or OPS.get(
        _RENAMED.get(ufunc.__name__, ufunc.__name__)
    )
    into = options if [*options] == ["out"] and _holds_objects(options["out"][0]) else {}
    if function is None or method != "__call__" or (options and not into):
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise TypeError(
            f"numpy.{name} with {'options ' + ', '.join(options) if options else 'these arguments'} does not work on "
            f"Values; available: {', '.join(sorted({*_RENAMED, *_COMPARISONS, *OPS} - {'step', 'compare'}))}, "
            "or use numpy arrays of v.data"
        )
    import numpy as np

    def boxed(x: Any) -> Any:
        if not isinstance(x, node_type):
            return x
        box = np.empty((), dtype=object)
        box[()] = x
        return box

    if ufunc.__name__ in _COMPARISONS and not isinstance(inputs[0], node_type):
        # The node is asked first: a scalar that is no Python number, such as a longdouble, would come back to here.
        function, inputs = _MIRRORED[ufunc.__name__], inputs[::-1]
    result = np.frompyfunc(function, len(inputs), 1)(*map(boxed, inputs), **into)
    return result.astype(bool) if ufunc.__name__ in _COMPARISONS and is_array(result) else result
