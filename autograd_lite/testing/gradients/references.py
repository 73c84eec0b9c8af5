"""What the slopes of a recorded graph are, beside differences: reverse mode with its rounding, and forward mode."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.duals import forward
from autograd_lite.testing.gradients.estimates import Slope
from autograd_lite.testing.gradients.operation_slopes import rounding

__all__ = ["References"]


@dataclass(eq=False)
class References:
    """The slopes of a graph along its leaves, by calculus."""

    root: Value
    leaves: Sequence[Value]
    reverse: Sequence[float]
    """The gradient by reverse mode."""

    def __post_init__(self) -> None:
        self.forward = functools.cache(self._forward)
        self.rounding = functools.cache(self._rounding)

    def _forward(self, k: int) -> Slope | None:
        """The slope by forward mode, with a bound of its rounding; None where it is not known."""
        found = forward(self.root, self.leaves[k])
        return None if found is None else Slope(*found, step=0.0)

    def _rounding(self, k: int) -> float:
        """How far off the slope of reverse mode may be for the rounding of its steps; NaN if nobody knows."""
        try:
            (row,) = grad(self.root, [self.leaves[k]])
        except Exception:  # noqa: BLE001  (the slopes of an operation made by a user need not work on Values)
            return math.nan
        return rounding(row)

    def agreed(self, k: int) -> Slope | None:
        """The slope on which forward and reverse mode agree, with a bound of its rounding; None if they do not."""
        by_forward = self.forward(k)
        return by_forward if by_forward and not self.apart(k) else None

    def apart(self, k: int) -> bool:
        """Whether forward and reverse mode contradict each other, by more than the rounding of both."""
        by_forward = self.forward(k)
        if by_forward is None or by_forward.confirms(self.reverse[k]):
            return False
        off = self.rounding(k)
        return not abs(by_forward.value - self.reverse[k]) <= by_forward.error + (0.0 if math.isnan(off) else off)
