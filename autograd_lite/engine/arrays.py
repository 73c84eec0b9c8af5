"""What counts as an array, and a function applied to each of its elements."""

from collections.abc import Callable
from typing import Any

__all__ = ["elementwise", "is_array", "is_many"]


def is_array(x: object) -> bool:
    """Whether `x` is a NumPy array (or like one) with dimensions, or of objects: its own operators then take over."""
    return hasattr(x, "__array_ufunc__") and (getattr(x, "shape", ()) != () or holds_objects(x))


def holds_objects(x: object) -> bool:
    """Whether `x` is an array of objects, such as nodes."""
    return getattr(x, "dtype", None) == "O"


def is_many(x: object) -> bool:
    """Whether `x` is an array, or a list or tuple in place of one."""
    return type(x) is not float and (isinstance(x, (list, tuple)) or is_array(x))


def elementwise(f: Callable[..., Any], *args: Any, out: Any = None) -> Any:
    """Apply `f` to each element; arguments of different shapes are broadcast as NumPy does.

    Returns an array: of floats if every argument is of numbers, else of objects. Lists alone, which NumPy need not be
    installed for, give a list; those beside each other must be of one length (`ValueError`).
    """
    if not any(map(is_array, args)):
        many = [x for x in args if isinstance(x, (list, tuple))]
        if many:
            if len({len(x) for x in many}) > 1:
                raise ValueError(f"lists of {' and '.join(str(len(x)) for x in many)} elements do not go together")
            spread = (x if isinstance(x, (list, tuple)) else [x] * len(many[0]) for x in args)
            return [elementwise(f, *each) for each in zip(*spread, strict=True)]
        if out is None:
            return f(*args)
    import numpy as np

    def boxed(x: Any) -> Any:
        if not hasattr(x, "_record"):
            return x
        box = np.empty((), dtype=object)  # a node by itself would be asked what NumPy should do with it
        box[()] = x
        return box

    with np.errstate(all="ignore"):  # infinities and NaN are decided by the operation
        result = np.frompyfunc(f, len(args), 1)(*map(boxed, args), **({} if out is None else {"out": out}))
    nodes = any(hasattr(x, "_record") or holds_objects(np.asarray(x)) for x in args)
    return result if nodes or out is not None else result.astype(float)
