"""How nodes behave inside NumPy: a NumPy function of nodes records the operation, element by element."""

import math
import operator
from collections.abc import Callable
from typing import Any

from autograd_lite.engine import ops
from autograd_lite.engine.arrays import elementwise, holds_objects
from autograd_lite.engine.ieee import constant
from autograd_lite.engine.ops import OPS

__all__ = ["Element"]

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: op for name, op in OPS.items() if name not in {"step", "compare"}},
    "subtract": ops.sub, "multiply": ops.mul, "divide": ops.div, "true_divide": ops.div, "negative": ops.neg,
    "power": ops.power, "float_power": ops.power, "absolute": ops.absolute, "fabs": ops.absolute,
    "remainder": ops.mod, "divmod": divmod,
    "arcsin": ops.asin, "arccos": ops.acos, "arctan": ops.atan,
    "positive": operator.pos, "conjugate": operator.pos, "square": lambda x: x * x, "reciprocal": lambda x: 1.0 / x,
    "sign": lambda x: ops.compare(x, 0.0), "exp2": lambda x: 2.0**x,
    "log2": lambda x: ops.log(x) / math.log(2.0), "log10": lambda x: ops.log(x) / math.log(10.0),
    "deg2rad": lambda x: x * (math.pi / 180.0), "rad2deg": lambda x: x * (180.0 / math.pi),
    "radians": lambda x: x * (math.pi / 180.0), "degrees": lambda x: x * (180.0 / math.pi),
}  # fmt: skip
"""NumPy's functions by name."""

_COMPARISONS = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge,
}  # fmt: skip
_MIRRORED = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.gt, "less_equal": operator.ge,
    "greater": operator.lt, "greater_equal": operator.le,
}  # fmt: skip

_INSTEAD = {
    "arcsinh": "log(x + sqrt(x*x + 1))", "arccosh": "log(x + sqrt(x*x - 1))", "arctanh": "0.5*(log1p(x) - log1p(-x))",
    "arctan2": "atan(y / x), where x is positive", "cbrt": "x ** (1/3), where x is positive",
    "hypot": "sqrt(x*x + y*y)", "fmod": "x % y, which has the sign of y",
    "logaddexp": "maximum(x, y) + softplus(-abs(x - y))", "heaviside": "step(x)",
    "fmax": "maximum(x, y), which shows a NaN", "fmin": "minimum(x, y), which shows a NaN",
    "floor": "x // 1", "ceil": "-(-x // 1)", "trunc": "x // 1", "rint": "(x + 0.5) // 1", "modf": "divmod(x, 1)",
    "copysign": "abs(x) * compare(y, 0)", "isnan": "math.isnan(v.data)", "isfinite": "math.isfinite(v.data)",
    "isinf": "math.isinf(v.data)", "signbit": "v < 0",
}  # fmt: skip
"""What to write in place of functions that have no row in the table, with the functions of autograd_lite."""

_METHODS = (
    *("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "arctan2", "cbrt", "conjugate", "exp2", "fabs"),
    *("fmod", "hypot", "log2", "log10", "deg2rad", "rad2deg", "radians", "degrees", "rint"),
)
"""The functions that NumPy leaves to methods of the elements of an array of objects, and that nodes do not have."""


class Element:
    """What a node is to NumPy, by itself and in an array.

    A NumPy function of a node records the operation, and of a node with an array one for each element, broadcast. It
    raises `TypeError` for a function that has no operation in the table, saying what to use, and for the options of
    ufuncs, but for an array of objects as `out`, as in `array_of_nodes += v`.

    Arrays of nodes NumPy handles by itself, with the nodes' operators and methods, and asks nobody. Of
    `np.maximum(array_of_nodes, x)` it makes comparisons, which pick one of the two, so that a tie does not split the
    slope as `maximum` does, and a NaN may be passed over: no number is greater or less. So do `np.minimum`, `np.fmax`,
    `np.fmin`, `np.clip`, `np.max`, `np.min` and those of `np.ma`. A node cannot tell these comparisons from others: use
    `autograd_lite.maximum(array_of_nodes, x)`, which takes arrays, and `functools.reduce(maximum, nodes)`.
    """

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        for x in inputs:
            if getattr(getattr(x, "dtype", None), "kind", "") in {"m", "M"}:
                constant(x)  # raises; as an element of an array a span of time might be a plain int
        return _apply(ufunc, method, inputs, options)

    def __round__(self, digits: int | None = None) -> float:
        raise TypeError(
            "a Value is not rounded, its gradient would be lost: use round(v.data, ...) for the number, and v // 1, "
            "which records, for a node"
        )

    __floor__ = __ceil__ = __trunc__ = __round__


def _method(name: str) -> Callable[..., Any]:
    def call(self: Any, *others: Any) -> Any:
        return _function(name)(self, *others)

    call.__name__ = name
    call.__doc__ = f"What `numpy.{name}` of an array of nodes asks each of them."
    return call


for _name in _METHODS:
    setattr(Element, _name, _method(_name))


def _apply(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply a NumPy ufunc to inputs of which at least one is a node: broadcast, an array of objects or a node."""
    name = ufunc.__name__
    out = options["out"][0] if [*options] == ["out"] and holds_objects(options["out"][0]) else None
    if method != "__call__" or (options and out is None):
        called = name if method == "__call__" else f"{name}.{method}"
        given = f" with options {', '.join(options)}" if options else ""
        raise TypeError(
            f"numpy.{called}{given} does not work on Values; write it as numpy.{name}(...), without options"
        )
    import numpy as np

    inputs = tuple(np.asarray(x) if isinstance(x, (list, tuple)) else x for x in inputs)
    if name not in _COMPARISONS:
        if name == "divmod":
            return tuple(elementwise(f, *inputs) for f in (ops.floor_divide, ops.mod))
        return elementwise(_function(name), *inputs, out=out)
    function = _COMPARISONS[name]
    if not isinstance(inputs[0], Element):
        # The node is asked first: a scalar that is no Python number, such as a longdouble, would come back to here.
        function, inputs = _MIRRORED[name], inputs[::-1]
    result = elementwise(function, *inputs, out=out)
    return result.astype(bool) if hasattr(result, "astype") else result


def _function(name: str) -> Callable[..., Any]:
    """What does for nodes what NumPy's function does for floats; raises `TypeError`, which says what to use."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    instead = f"use {_INSTEAD[name]}" if name in _INSTEAD else f"there are {', '.join(sorted(_FUNCTIONS))}"
    raise TypeError(f"numpy.{name} does not work on Values; {instead}, or use numpy arrays of v.data")
