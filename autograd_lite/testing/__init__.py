"""Checks of gradients, for users' own tests: `check_gradient`, and what hypothesis draws."""

from typing import TYPE_CHECKING, Any

from autograd_lite.testing.gradients.agree import assert_gradient_agrees
from autograd_lite.testing.gradients.check import CheckedSlope, GradientError, GradientReport, check_gradient
from autograd_lite.testing.gradients.differences import Slope, central_difference
from autograd_lite.testing.strategies.problem import Problem
from autograd_lite.testing.strategies.recipe import Built, Graph

if TYPE_CHECKING:
    from autograd_lite.testing.strategies.strategies import expressions as expressions
    from autograd_lite.testing.strategies.strategies import floats as floats
    from autograd_lite.testing.strategies.strategies import given as given
    from autograd_lite.testing.strategies.strategies import gradient_property as gradient_property
    from autograd_lite.testing.strategies.strategies import graphs as graphs
    from autograd_lite.testing.strategies.strategies import networks as networks
    from autograd_lite.testing.strategies.strategies import points as points

__all__ = [
    "Built",
    "CheckedSlope",
    "GradientError",
    "GradientReport",
    "Graph",
    "Problem",
    "Slope",
    "assert_gradient_agrees",
    "central_difference",
    "check_gradient",
]

# What needs hypothesis; not in __all__, so that a star import does not.
_DRAWN = frozenset({"expressions", "floats", "given", "gradient_property", "graphs", "networks", "points"})


def __dir__() -> list[str]:
    return sorted({*globals(), *_DRAWN})


def __getattr__(name: str) -> Any:
    if name not in _DRAWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from autograd_lite.testing.strategies import strategies
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            f"autograd_lite.testing.{name} needs hypothesis: pip install 'autograd-lite[testing]'", name="hypothesis"
        ) from None
    return getattr(strategies, name)
