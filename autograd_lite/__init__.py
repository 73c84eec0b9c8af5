"""A scalar reverse-mode autodiff engine that shows its work.

What is where:

- here: `Value`, the node; the operations (`exp`, `sigmoid`, `maximum`, ...) and `operation` for one's own; `grad`,
  `value_and_grad`, `jacobian`, `hessian`, `hvp`; `formula` and `explain`; `leaves`, `named`, `topological`,
  `zero_grad`; `detect_anomaly`
- `nn`, `losses`, `optim`, `train`: networks, their losses, gradient descent, the loop with its history
- `program`, `compile`: a graph recorded once and run again and again, as generated Python
- `page`: a network or graph as one live HTML file
- `draw`, `charts`: diagrams of graphs, networks and gradients; curves of the loss
- `audit`: gradients that a person derived, checked and explained
- `testing`: gradient checks, and strategies for Hypothesis
- `examples`: published worked examples, with errata
- `storage`: graphs and networks in files
"""

import importlib
from typing import TYPE_CHECKING, Any

from autograd_lite.engine.anomaly import AnomalyError, detect_anomaly
from autograd_lite.engine.chain import StaleGraphError
from autograd_lite.engine.derivatives import grad, hessian, hvp, jacobian, value_and_grad
from autograd_lite.engine.graph import leaves, named, topological, zero_grad
from autograd_lite.engine.ops import (
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
from autograd_lite.engine.value import Value
from autograd_lite.explanation.derivative import explain
from autograd_lite.own_operations import operation
from autograd_lite.text import formula

__version__ = "0.1.0"

abs = absolute
pow = power

_ROOMS = frozenset({"audit", "draw", "examples", "losses", "nn", "optim", "program", "storage", "testing", "train"})
_INSIDE = {"charts": "draw", "Network": "nn", "compile": "program", "page": "pages.explorer"}

if TYPE_CHECKING:
    from autograd_lite import audit, draw, examples, losses, nn, optim, program, storage, testing, train  # noqa: F401
    from autograd_lite.draw import charts  # noqa: F401
    from autograd_lite.nn import Network  # noqa: F401
    from autograd_lite.pages.explorer import page  # noqa: F401
    from autograd_lite.program import compile  # noqa: A004, F401
else:

    def __getattr__(name: str) -> Any:
        """Import a room of the package when it is first asked for, as in `autograd_lite.draw.graph(y)`."""
        if name in _INSIDE:
            room = importlib.import_module(f"{__name__}.{_INSIDE[name]}")
            return getattr(room, name) if hasattr(room, name) else importlib.import_module(f"{room.__name__}.{name}")
        if name not in _ROOMS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, *_INSIDE, "abs", "pow", "__version__", "__doc__"})


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
