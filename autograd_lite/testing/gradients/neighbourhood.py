"""What a recorded function does beside the point: whether it jumps there, and whether it is still its graph."""

import functools
import math
from collections.abc import Iterable, Sequence

from autograd_lite.engine.graph import readable
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.operation_slopes import reverse, rounding
from autograd_lite.testing.gradients.replay import Replay
from autograd_lite.testing.gradients.slopes import largest_step, units_of, value_or_nan
from autograd_lite.testing.gradients.subject import Subject

__all__ = ["Neighbourhood"]

SMALL = 20  # so many powers of 2 below the largest step: not into another branch, but so that .data is another number


class Neighbourhood:
    """A recorded function beside the point of the check, and the graph that it recorded at the point."""

    def __init__(self, subject: Subject, root: Value, leaves: Sequence[Value]) -> None:
        """Read the graph; `root` and `leaves` are what the subject recorded at the point."""
        self._subject = subject
        self._value = root.data
        self._noise = rounding(root)
        self._replay = Replay(root, leaves, subject.names)

    def jump(self, k: int, slopes: Iterable[float]) -> str:
        """What to say if the function jumps within the floats next to the point; `slopes` are those it may have there.

        It moves by its slopes beside the point too: at the point that of a cube is 0, and at a kink that of one side.
        """
        x = self._subject.point[k]
        h = 8.0 * math.ulp(x)
        (left, before), (right, after) = (self._at(k, x + t) for t in (-h, h))
        steep = sum(map(abs, (before, after, *slopes)))
        room = 4.0 * self._noise + units_of(max(abs(left), abs(right))) + 4.0 * steep * h
        if abs(right - left) > room:
            return f"the function jumps here, from {exactly(left)} to {exactly(right)} within {exactly(2.0 * h)}"
        return ""

    def _at(self, k: int, t: float) -> tuple[float, float]:
        """The function with one input moved, and its slope; where it has no value, that at the point."""
        root, leaves = self._record(k, t)
        return (self._value, 0.0) if root is None else (root.data, reverse(root, leaves)[k])

    def _record(self, k: int, t: float) -> tuple[Value | None, list[Value]]:
        """The graph with one input moved, and its leaves; None where the function has no finite value."""
        try:
            root, leaves = self._subject.record(self._moved(k, t))
        except Exception:  # noqa: BLE001  (it is the user's function, outside its domain)
            return None, []
        return (root if math.isfinite(root.data) else None), leaves

    def _moved(self, k: int, t: float) -> tuple[float, ...]:
        point = self._subject.point
        return (*point[:k], t, *point[k + 1 :])

    def unlike(self, k: int) -> str:
        """How the graph that is recorded with an input moved a little is another one; empty if it is the same.

        That shows what is computed outside the graph even if rounding hides it in the result.
        """
        x, seen = self._subject.point[k], False
        h = math.ldexp(1.0, largest_step(x) - SMALL)
        for t in (x - h, x + h):
            root, leaves = self._record(k, t)
            if root is not None:
                seen = True
                if Replay(root, leaves, self._subject.names).calculation() != self._replay.calculation():
                    return (
                        f"with {readable(self._subject.names[k])} moved to {exactly(t)} other operations or constants "
                        "are recorded: part of the result is computed outside the graph, from .data or in a branch."
                    )
        return "" if seen else "there is no graph beside the point to compare with."

    def outside(self, inputs: Iterable[int]) -> str:
        """How the function differs from its graph when an input is moved; empty if it does not."""
        for k in inputs:
            x = self._subject.point[k]
            for sign in (1.0, -1.0):
                t = x + sign * math.ldexp(1.0, largest_step(x))
                moved = self._moved(k, t)
                whole = value_or_nan(functools.partial(self._subject.value, moved))
                graph = value_or_nan(functools.partial(self._replay.value, moved))
                room = 4.0 * self._noise + units_of(max(abs(whole), abs(graph)))
                if math.isfinite(whole) and math.isfinite(graph) and abs(whole - graph) > room:
                    name = readable(self._subject.names[k])
                    called = self._subject.called
                    return (
                        f"part of the result was computed outside the graph, from .data or in a branch: with {name} "
                        f"moved to {exactly(t)}, {called} gives {exactly(whole)}, but its graph {exactly(graph)}."
                    )
        return ""
