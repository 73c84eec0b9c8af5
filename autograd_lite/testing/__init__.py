"""Checks of gradients, for users' own tests: `check_gradient`, and what hypothesis draws."""

import importlib
from typing import TYPE_CHECKING, Any

from autograd_lite.engine.extras import install
from autograd_lite.testing.gradients.assertion import assert_gradient
from autograd_lite.testing.gradients.check import CheckedSlope, GradientError, GradientReport, check_gradient
from autograd_lite.testing.gradients.differences import Slope, central_difference
from autograd_lite.testing.strategies.graph_code import Built, Graph
from autograd_lite.testing.strategies.problem import Problem

if TYPE_CHECKING:
    from hypothesis import given as given

    from autograd_lite.testing.strategies.floats import floats as floats
    from autograd_lite.testing.strategies.floats import points as points
    from autograd_lite.testing.strategies.graphs import expressions as expressions
    from autograd_lite.testing.strategies.graphs import graphs as graphs
    from autograd_lite.testing.strategies.networks import networks as networks
    from autograd_lite.testing.strategies.property import gradient_property as gradient_property

__all__ = [
    "Built",
    "CheckedSlope",
    "GradientError",
    "GradientReport",
    "Graph",
    "Problem",
    "Slope",
    "assert_gradient",
    "central_difference",
    "check_gradient",
]

_STRATEGIES = f"{__name__}.strategies"
# What needs hypothesis, by where it is; not in __all__, so that a star import does not.
_NEEDING_HYPOTHESIS = {
    "expressions": f"{_STRATEGIES}.graphs",
    "floats": f"{_STRATEGIES}.floats",
    "given": "hypothesis",
    "gradient_property": f"{_STRATEGIES}.property",
    "graphs": f"{_STRATEGIES}.graphs",
    "networks": f"{_STRATEGIES}.networks",
    "points": f"{_STRATEGIES}.floats",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *_NEEDING_HYPOTHESIS})


def __getattr__(name: str) -> Any:
    if name not in _NEEDING_HYPOTHESIS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(_NEEDING_HYPOTHESIS[name])
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            f"autograd_lite.testing.{name} needs hypothesis: {install('testing')}", name="hypothesis"
        ) from None
    return getattr(module, name)
