"""A scalar reverse-mode autodiff engine that shows its work."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from autograd_lite.anomaly import AnomalyError, detect_anomaly
from autograd_lite.chain import StaleGraphError
from autograd_lite.custom import operation
from autograd_lite.derivatives import grad, hessian, hvp, jacobian, value_and_grad
from autograd_lite.explain import explain
from autograd_lite.graph import leaves, named, topological, zero_grad
from autograd_lite.ops import (
    absolute,
    acos,
    asin,
    atan,
    compare,
    cos,
    cosh,
    exp,
    expm1,
    floor_divide,
    leaky_relu,
    log,
    log1p,
    maximum,
    minimum,
    mod,
    power,
    relu,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    xlog1py,
    xlogy,
)
from autograd_lite.text import formula
from autograd_lite.value import Value

__version__ = "0.1.0"

abs = absolute
pow = power

_MODULES = frozenset({"charts", "draw", "examples", "losses", "nn", "optim", "storage", "testing", "train"})

if TYPE_CHECKING:
    from autograd_lite import charts, draw, examples, losses, nn, optim, storage, testing, train  # noqa: F401
else:

    def __getattr__(name: str) -> ModuleType:
        """Import a module of the package when it is first asked for, as in `autograd_lite.draw.graph(y)`."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})


# `abs` and `pow` are left out, so that a star import does not hide Python's own, which work on Values too.
__all__ = [
    "AnomalyError",
    "StaleGraphError",
    "Value",
    "acos",
    "asin",
    "atan",
    "compare",
    "cos",
    "cosh",
    "detect_anomaly",
    "exp",
    "explain",
    "expm1",
    "floor_divide",
    "formula",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "leaky_relu",
    "leaves",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mod",
    "named",
    "operation",
    "relu",
    "sigmoid",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "topological",
    "value_and_grad",
    "xlog1py",
    "xlogy",
    "zero_grad",
]
