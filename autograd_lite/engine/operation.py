"""What an operation is: a row of the table, and at the same time the function that people call."""

import importlib
import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.arrays import elementwise, is_many
from autograd_lite.engine.ieee import INF, number, short

__all__ = ["ANY", "OWN", "POSITIVE", "ROWS", "SAID", "Interval", "Op", "Side"]

Interval = tuple[float, float]
"""An open interval `(low, high)` of the real line."""

Side = tuple[float, bool]
"""On which side of an operation's kinks a point is: the number of the smooth piece, which never falls, or never rises,
along an argument; and whether the point is at a kink."""

_NOTHING: Any = object()  # no second argument
ANY: Interval = (-INF, INF)
POSITIVE: Interval = (0.0, INF)


class _Doc:
    """The docstring of the class, and of each of its instances one of its own."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __get__(self, op: "Op | None", owner: type) -> str:
        if op is None:
            return self.text
        said = SAID.get(op.name) or inspect.cleandoc(op.fn.__doc__ or "")
        use = "Of numbers a float, with a node a node, of arrays and lists each element."
        return "\n\n".join(filter(None, (said, op.note and f"Conventions: {op.note}.", use)))


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One scalar operation: its value, its slopes, and what else calculus says of it.

    Called with numbers it returns a float, called with at least one node it returns a node, so every row of the
    table is at the same time the function of the package: `sigmoid(0.3)`, `sigmoid(v)`; of arrays and lists it is
    taken element by element.

    `partials(y, *args)` gives the slope of the output `y` along the argument (one argument) or along each (two, a
    pair). Floats in, floats out; nodes in, nodes out, which makes derivatives of any order. So there is never an
    `if` on an argument in it: a recorded graph would freeze the branch that was taken. `step` and `compare` branch.
    """

    name: str
    fn: Callable[..., float]
    partials: Callable[..., Any]
    definition: Callable[..., Any] | None = None
    """The value by other operations; None for a primitive, of which the others are made.

    That of a row of the table is accurate wherever its parts neither over- nor underflow and has, at single points such
    as kinks, perhaps not the slopes that the row has; an operation of one's own is what its definition is.
    """
    meaning: Callable[..., Any] | None = None
    """The value as people write it, where the operation is there for the sake of accuracy only: simplified formulas
    show this instead, and no number comes from it."""
    written: Callable[..., Any] | None = None
    """The slopes as people write them, called like `partials`, where those are another form for the sake of accuracy.

    Formulas show these; no number comes from them.
    """
    domain: tuple[Interval, ...] = (ANY,)
    """Open interval per argument on which the value is defined (a kink inside it is listed in `kinks`)."""
    kinks: tuple[float, ...] | Callable[[float, float], Side] = ()
    """Where the value or a slope jumps: points of the first argument; or, if the other one matters, a function of both
    that tells the side."""
    default: float | None = None
    """The second argument of a call that has only one; None if both must be given."""
    label: str = ""
    """What diagrams show; the name when empty."""
    note: str = ""
    """Convention at kinks and edges, and whose it is."""
    latex: str = ""
    """Of an operation of one's own, the template of its formula in LaTeX; the table's are in `text/latex.py`."""

    @property
    def symbol(self) -> str:
        """What diagrams show for the operation."""
        return self.label or self.name

    @property
    def arity(self) -> int:
        """Number of arguments, 1 or 2."""
        return len(self.domain)

    def side(self, *args: float) -> Side:
        """On which side of the kinks a point is."""
        if callable(self.kinks):
            return self.kinks(*args)
        return sum(args[0] > kink for kink in self.kinks), args[0] in self.kinks

    __doc__ = _Doc(__doc__)

    # What a function has: `tanh.__name__`, `help(tanh)`, `inspect.signature(tanh)`, `functools.wraps(tanh)`.

    @property
    def __name__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> Any:
        if name == "__qualname__":  # which a class cannot have as a property
            return self.name
        raise AttributeError(f"an operation has no attribute {name!r}")

    @property
    def __signature__(self) -> inspect.Signature:
        given = list(inspect.signature(self.fn).parameters.values())[: self.arity]
        if self.default is not None:
            given[1] = given[1].replace(default=self.default)
        return inspect.Signature([x.replace(kind=x.POSITIONAL_ONLY, annotation=x.empty) for x in given])

    def __call__(self, x: Any, y: Any = _NOTHING, /) -> Any:
        """Apply to numbers (float out), to nodes (node out), or to each element of arrays and lists (the same out)."""
        if y is _NOTHING:
            if len(self.domain) == 1:
                if type(x) is float:
                    return self.fn(x)
                record = getattr(x, "_record", None)
                if record is not None:
                    return record(self, x)
                return elementwise(self, x) if is_many(x) else self.fn(number(x))
            if self.default is None:
                raise TypeError(f"{self.name}() takes 2 arguments, got one")
            y = self.default
        elif len(self.domain) == 1:
            raise TypeError(f"{self.name}() takes one argument, got 2")
        if type(x) is float and type(y) is float:
            return self.fn(x, y)
        first, second = getattr(x, "_record", None), getattr(y, "_record", None)
        if (first is None and is_many(x)) or (second is None and is_many(y)):
            return elementwise(self, x, y)
        record = first or second
        return self.fn(number(x), number(y)) if record is None else record(self, x, y)

    def __repr__(self) -> str:
        names = ("x",) if self.arity == 1 else ("x", "y")
        return f"<operation {self.name}({', '.join(names)})>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A row is pickled as its name, and is the same object when read back.

        Raises `PicklingError` for an operation of a user's that another one has replaced.
        """
        if OWN.get(self.name, self) is not self:
            raise pickle.PicklingError(
                f"the operation {self.name!r} was defined again after this one: compute the graph again, then save it"
            )
        return _row, (self.name, *([self.fn.__module__] if OWN.get(self.name) is self else []))


def _row(name: str, module: str = "") -> Op:
    """Return the row of that name; one that a user has made is defined by a module, which is imported."""
    if module and name not in OWN:
        importlib.import_module(module)
    row = ROWS.get(name) or OWN.get(name)
    if row is None:
        raise ValueError(f"no operation named {short(name)}: neither in this version of autograd_lite nor defined here")
    return row


ROWS: dict[str, Op] = {}
"""The package's operations by name: the table, which `ops.py` puts here."""

SAID: dict[str, str] = {}
"""What rows of the table are, in a sentence: the docstrings of the methods that nodes have for them, and others."""

OWN: dict[str, Op] = {}
"""Operations that users have made (`autograd_lite.operation`), by name."""
