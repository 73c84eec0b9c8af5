"""Checks of gradients, for users' own tests: `check_gradient`, `check_claims`, and what hypothesis draws."""

from typing import Any

from autograd_lite.testing.differences import Slope, central_difference

__all__ = ["Slope", "central_difference"]

_DRAWN = frozenset[str]()  # what needs hypothesis


def __getattr__(name: str) -> Any:
    if name not in _DRAWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from autograd_lite.testing import strategies
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            f"autograd_lite.testing.{name} needs hypothesis: pip install 'autograd-lite[testing]'", name="hypothesis"
        ) from None
    return getattr(strategies, name)
