"""Steps that leave the domain of a function: what it raises there is remembered, its warnings are not shown."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autograd_lite.engine.graph import shortened
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.text.python import visible

__all__ = ["Domain", "quiet"]


class Domain:
    """Where a function has values, as far as its errors tell: any error away from the point means that it has none."""

    def __init__(self, called: str) -> None:
        """`called` is what the function is called in a message."""
        self._called = called
        self._first = ""

    def watched(self, f: Callable[[float], float], name: str) -> Callable[[float], float]:
        """Return a function of one input; the first error is remembered, with where the input was, and goes on."""

        def inside(t: float) -> float:
            try:
                return f(t)
            except Exception as error:
                if not self._first:
                    said = visible(shortened(str(error)))
                    what = f"{type(error).__name__}{': ' * bool(said)}{said}"
                    self._first = f"with {visible(shortened(name))} moved to {exactly(t)} {self._called} raises {what}"
                raise

        return inside

    @property
    def remark(self) -> str:
        """The first error, in a sentence; empty if there was none."""
        return f"Some steps are outside the domain, and not used: {self._first}." if self._first else ""


@contextmanager
def quiet() -> Iterator[None]:
    """Show no warnings of numbers that overflow or are invalid, nor make errors of them, as at steps too far out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
