"""What `check_gradient` looks at: a function of numbers or a recorded graph, computed at any point."""

import inspect
import math
import numbers as kinds
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autograd_lite.engine.chain import check_recorded, describe
from autograd_lite.engine.graph import display_names, find, readable, shortened, topological
from autograd_lite.engine.ieee import number, short
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.replay import Point, Replay

__all__ = [
    "FunctionSubject",
    "GraphSubject",
    "Subject",
    "given_slopes",
    "settled_value",
    "slopes_at",
    "some",
    "unsteady",
]


def one_number(x: object, who: str) -> float:
    """Return what a function gave as a float, also the number in a node; raises `TypeError` naming `who` gave it."""
    if isinstance(x, Value):
        return x.data
    try:
        return number(x)
    except TypeError:
        hint = ""
        if x is None:
            hint = "; is a `return` missing?"
        elif isinstance(x, Iterable) and not isinstance(x, (str, bytes)):
            hint = "; check each of several results by itself, as in check_gradient(lambda *x: f(*x)[0], at)"
        raise TypeError(f"{who} gave {type(x).__name__} {short(x)}, not one number{hint}") from None


class Subject(ABC):
    """Something with a value at any point: its name, the names of its inputs, and the point of the check."""

    name: str
    names: tuple[str, ...]
    point: Point
    recorded: bool
    """Whether it gives a graph."""

    @property
    def called(self) -> str:
        """The name, for a message."""
        return readable(self.name)

    @abstractmethod
    def value(self, point: Point) -> float:
        """The value at a point."""

    @abstractmethod
    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph at a point and its leaves, one for each input."""


class GraphSubject(Subject):
    """A graph that was recorded: its leaves are the inputs."""

    recorded = True

    def __init__(self, root: Value, at: object) -> None:
        """Read the graph; `at` has other numbers for all leaves, in their order, or for some, by name."""
        order = topological(root)
        leaves = [node for node in order if node.op is None]
        names = display_names(leaves)
        self.name = shortened(root.label) if root.label and root.op is not None else "result"
        point = {leaf: leaf.data for leaf in leaves}
        if at is None:
            check_recorded(order)
        elif isinstance(at, Mapping):
            point |= {_leaf(root, name): _coordinate(x, name) for name, x in at.items()}
        else:
            given = _listed(at)
            if len(given) != len(leaves):
                there = some(readable(names[leaf]) for leaf in leaves)
                raise ValueError(
                    f"the graph has {_count(len(leaves), 'leaf', 'leaves')} ({there}), "
                    f"but `at` has {_count(len(given), 'number')}; name those that move, as in at={{'x': 2.0}}"
                )
            point = dict(zip(leaves, given, strict=True))
        self.names = tuple(names[leaf] for leaf in leaves)
        self.point = tuple(point.values())
        for x, name in zip(self.point, self.names, strict=True):
            _coordinate(x, name)
        self._replay = Replay(root, leaves, self.names)

    def value(self, point: Point) -> float:
        """The value at a point."""
        return self._replay.value(point)

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph at a point and its leaves, one for each input."""
        return self._replay.record(point)


class FunctionSubject(Subject):
    """A function of numbers, called with nodes if it works on nodes, else with floats."""

    def __init__(self, f: Callable[..., Any], at: object, *, needs_graph: bool) -> None:
        """Call `f` at the point; `needs_graph` if its gradient can only come from a graph that it records."""
        if not callable(f):
            raise TypeError(
                f"check_gradient takes a function, or a recorded result (Value), got {type(f).__name__} {short(f)}"
            )
        if at is None:
            raise TypeError("say where to check: at=2.0, at=[2.0, 3.0] for f(x, y), or at={'x': 2.0, 'y': 3.0}")
        self._f = f
        self._named = isinstance(at, Mapping)
        self.point = tuple(at.values()) if isinstance(at, Mapping) else _listed(at)
        self.name = f.name if isinstance(f, Op) else getattr(f, "__name__", "f")
        self.name = "f" if self.name == "<lambda>" else shortened(self.name)
        if isinstance(at, Mapping):
            if not at:
                raise ValueError("`at` is empty: there is nothing to differentiate along")
            self.names = tuple(map(str, at))
            self.point = tuple(_coordinate(x, name) for name, x in at.items())
        else:
            self.names = _parameter_names(f, len(self.point))
            self.point = tuple(_coordinate(x, name) for x, name in zip(self.point, self.names, strict=True))
        self._fits()
        self.recorded = self._try_nodes(needs_graph=needs_graph)

    def call(self, f: Callable[..., Any], args: Iterable[Any]) -> Any:
        """Call a function as `f` is called: by name, if the point has names."""
        return f(**dict(zip(self.names, args, strict=True))) if self._named else f(*args)

    def value(self, point: Point) -> float:
        """The value at a point."""
        if self.recorded:
            return self.record(point)[0].data
        result = self.call(self._f, point)
        try:
            return number(result)
        except TypeError:  # only then the point is written out, which takes longer than many functions do
            return one_number(result, f"{self.called}({some(map(repr, point[:9]))})")

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph at a point and its leaves, one for each input."""
        leaves = [Value(x, label=name) for x, name in zip(point, self.names, strict=True)]
        result = self.call(self._f, leaves)
        for leaf, x, name in zip(leaves, point, self.names, strict=True):
            if leaf.data != x:
                raise ValueError(f"{self.called} changed its argument {readable(name)} from {x!r} to {leaf.data!r}")
        return (result if isinstance(result, Value) else Value(one_number(result, self.called))), leaves

    def on_numbers(self, numbers: Iterable[Any]) -> Any:
        """What the function gives for numbers of any kind."""
        return self.call(self._f, numbers)

    def on_floats(self, point: Point) -> float | None:
        """The value for floats in place of nodes; None if the function works on nodes alone."""
        try:
            return one_number(self.call(self._f, point), self.called)
        except Exception:  # noqa: BLE001  (whatever it is: the function need not work on floats)
            return None

    def _fits(self) -> None:
        """Raise `TypeError` if the function does not take so many arguments, or not these."""
        signature = _signature(self._f)
        if signature is None:
            return
        try:
            self.call(signature.bind, self.point)
        except TypeError as error:
            takes = len([p for p in signature.parameters.values() if p.kind in _POSITIONAL])
            hint = ""
            if takes == 1 and len(self.point) > 1 and not self._named:
                hint = f"; if it takes one list, pass lambda *x: {self.called}(x)"
            given = f"{{{some(map(readable, self.names))}}}" if self._named else _count(len(self.point), "number")
            why = str(error) if len(str(error)) <= 200 and str(error).isprintable() else "the names do not fit"
            raise TypeError(f"{self.called}{signature} cannot be called with `at`, {given}: {why}{hint}") from None

    def _try_nodes(self, *, needs_graph: bool) -> bool:
        leaves = [Value(x, label=name) for x, name in zip(self.point, self.names, strict=True)]
        try:
            result = self.call(self._f, leaves)
        except Exception as error:
            if not needs_graph:
                return False
            on_floats = self.on_floats(self.point)
            if on_floats is None or not isinstance(error, (TypeError, AttributeError)):
                error.add_note(f"raised by {self.called} when check_gradient called it with Values")
                raise
            raise TypeError(f"{self.called} works on floats, but not on Values: use {_REMEDY}") from error
        if isinstance(result, Value):
            return True
        plain = one_number(result, self.called)
        if needs_graph:
            kind = type(result).__name__
            raise TypeError(
                f"{self.called} gave the {kind} {plain!r} for Values: nothing was recorded, the gradient is lost. "
                f"Use the Values, not their .data, and {_REMEDY}"
            )
        return False


_REMEDY = "functions that record (autograd_lite.exp, not math.exp), or give the gradient beside it: gradient=..."
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def settled_value(subject: Subject, before: float | None = None) -> float:
    """Return the value at the point, which has to be finite and the same twice; raises `ValueError`."""
    value = subject.value(subject.point) if before is None else before
    if not math.isfinite(value):
        names = map(readable, subject.names)
        where = some(f"{name} = {x!r}" for name, x in zip(names, subject.point, strict=True))
        raise ValueError(f"{subject.called} is {value} at {where}: there is no slope to check at this point")
    again = subject.value(subject.point)
    if again != value:
        raise ValueError(unsteady(subject, value, again))
    return value


def unsteady(subject: Subject, value: float, again: float) -> str:
    """Return what to say of a function that gives two numbers at one point."""
    return (
        f"{subject.called} gave {value!r}, and {again!r} when called with the same numbers again: it draws random "
        "numbers (fix the seed), or changes something that it uses"
    )


def given_slopes(subject: Subject, gradient: Any) -> list[float]:
    """Return the gradient that came beside the function, one number for each input."""
    who = "gradient"
    if callable(gradient) and not isinstance(gradient, Value):
        if isinstance(subject, GraphSubject):
            raise TypeError("beside a recorded result, gradient is numbers: a sequence, or a dict by name")
        return slopes_at(subject, gradient, subject.point)
    names = subject.names
    if isinstance(gradient, Mapping):
        missing = [readable(name) for name in names if name not in gradient]
        extra = [readable(str(name)) for name in gradient if name not in names]
        if missing or extra:
            faults = [f"has none for {some(missing)}"] * bool(missing)
            faults += [f"has {some(extra)}, which is no input"] * bool(extra)
            raise ValueError(f"{who} {' and '.join(faults)}; the inputs are {some(map(readable, names))}")
        return [one_number(gradient[name], f"{who} for {readable(name)}") for name in names]
    if isinstance(gradient, (str, bytes, set, frozenset)):
        raise TypeError(f"{who} is a number, a sequence of numbers or a dict by name, got {type(gradient).__name__}")
    try:
        listed = [gradient] if isinstance(gradient, Value) else list(gradient)
    except TypeError:
        listed = [gradient]
    if len(listed) != len(names):
        raise ValueError(
            f"{who} has {len(listed)} number{'s' * (len(listed) != 1)}, but there "
            f"{'is 1 input' if len(names) == 1 else f'are {len(names)} inputs'}: {some(map(readable, names))}"
        )
    return [one_number(x, f"{who} for {readable(name)}") for x, name in zip(listed, names, strict=True)]


def slopes_at(subject: Subject, gradient: Callable[..., Any], point: Point) -> list[float]:
    """Return the gradient that a function beside the subject gives at a point."""
    assert isinstance(subject, FunctionSubject)
    result = subject.call(gradient, point)
    return given_slopes(subject, result if not callable(result) or isinstance(result, Value) else [result])


def _signature(f: Callable[..., Any]) -> inspect.Signature | None:
    """The signature of a function, None if Python cannot tell it, as of some written in C."""
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        return None


def _parameter_names(f: Callable[..., Any], count: int) -> tuple[str, ...]:
    signature = _signature(f)
    named = [p.name for p in signature.parameters.values() if p.kind in _POSITIONAL][:count] if signature else []
    if not named and count == 1:
        return ("x",)
    spare = (name for k in range(1, 2 * count + 1) if (name := f"x{k}") not in named)
    return (*named, *(next(spare) for _ in range(count - len(named))))


def _listed(at: object) -> tuple[Any, ...]:
    """The numbers of `at`: those of a sequence, or the one that it is."""
    if isinstance(at, Value):
        raise TypeError("`at` takes numbers: pass v.data; to check a recorded result, pass it first: check_gradient(y)")
    if isinstance(at, kinds.Number) or not isinstance(at, Iterable) or getattr(at, "shape", None) == ():
        return (at,)
    if isinstance(at, (str, bytes, set, frozenset)):
        raise TypeError(f"`at` is a number, a list of numbers or a dict of numbers by name, got {type(at).__name__}")
    given = tuple(at)
    if not given:
        raise ValueError("`at` is empty: there is nothing to differentiate along")
    return given


def _coordinate(x: object, name: str) -> float:
    try:
        coordinate = number(x)
    except (TypeError, OverflowError) as error:
        hint = "; for a function of one list pass lambda *x: f(x), and its numbers" if isinstance(x, list) else ""
        raise type(error)(f"`at` for {readable(name)}: {error}{hint}") from None
    if not math.isfinite(coordinate):
        raise ValueError(f"`at` for {readable(name)} is {coordinate}: gradients are checked at finite points")
    return coordinate


def _leaf(root: Value, name: object) -> Value:
    node = find(root, name) if isinstance(name, (str, Value)) else None
    if node is None:
        raise TypeError(f"`at` names leaves by their labels (str), got {type(name).__name__}")
    if node.op is not None:
        raise ValueError(f"{describe(node)} is computed, not a leaf: only the numbers of leaves can be moved")
    return node


def _count(n: int, one: str, more: str = "") -> str:
    return f"1 {one}" if n == 1 else f"{n:,} {more or one + 's'}"


def some(texts: Iterable[str], most: int = 8) -> str:
    """Return the first of some texts, with commas between them."""
    listed = list(texts)
    return ", ".join(listed[:most]) + ", ..." * (len(listed) > most)
