"""What `check_gradient` looks at: a function of numbers or a recorded graph, computed at any point."""

import inspect
import math
import numbers as kinds
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograd_lite.engine.chain import check_recorded, describe
from autograd_lite.engine.graph import display_names, find, readable, shortened, topological
from autograd_lite.engine.ieee import short
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.foreign import EPSILON, has_shape, one_number, precision, size_text
from autograd_lite.testing.gradients.matching import matched
from autograd_lite.testing.gradients.replay import Point, Replay
from autograd_lite.testing.gradients.structure import Structure, count, is_many, some

__all__ = ["FunctionSubject", "GraphSubject", "Subject", "given_slopes", "settled_value", "slopes_at", "unsteady"]


COARSE = 4.0  # small steps see nothing but the rounding of short floats


class Subject(ABC):
    """Something with a value at any point: its name, the names of its inputs, and the point of the check."""

    name: str
    inputs: Structure
    """The inputs at the point, in the form in which they came."""
    names: Sequence[str]
    point: Point
    recorded: bool
    """Whether it gives a graph."""
    noise = 0.0
    """How far off its value at the point may be, for the precision of its type, besides what the graph tells."""

    @property
    def called(self) -> str:
        """The name, for a message."""
        return readable(self.name)

    def epsilon(self, k: int) -> float:
        """The distance from 1 to the next number, of the type of the k-th input."""
        return self.inputs.epsilon_of(k)

    def scale(self, k: int) -> float:
        """A distance over which it may change with the k-th input: 1, in short floats some times the numbers there."""
        return 1.0 if self.epsilon(k) == EPSILON else COARSE * self.inputs.size_of(k)

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
            point |= {_leaf(root, name): x for name, x in at.items()}
        else:
            given = _listed(at)
            if len(given) != len(leaves):
                there = some(readable(names[leaf]) for leaf in leaves)
                raise ValueError(
                    f"the graph has {count(len(leaves), 'leaf', 'leaves')} ({there}), "
                    f"but `at` has {count(len(given), 'number')}; name those that move, as in at={{'x': 2.0}}"
                )
            point = dict(zip(leaves, given, strict=True))
        self.names = tuple(names[leaf] for leaf in leaves)
        self.inputs = Structure(dict(zip(self.names, point.values(), strict=True)), "`at`")
        self.point = tuple(self.inputs.flat)
        self._replay = Replay(root, leaves, self.names)

    def value(self, point: Point) -> float:
        """The value at a point."""
        return self._replay.value(point)

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph at a point and its leaves, one for each input."""
        return self._replay.record(point)


class FunctionSubject(Subject):
    """A function of numbers and arrays, called with nodes if it works on nodes, else with floats."""

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
        self.name = f.name if isinstance(f, Op) else getattr(f, "__name__", "f")
        self.name = "f" if self.name == "<lambda>" else shortened(self.name)
        if isinstance(at, Mapping):
            if not at:
                raise ValueError("`at` is empty: there is nothing to differentiate along")
            self.inputs = Structure({str(name): x for name, x in at.items()}, "`at`")
        else:
            listed = _listed(at)
            self.inputs = Structure(dict(zip(_parameter_names(f, len(listed)), listed, strict=True)), "`at`")
        self.names, self.point = self.inputs.names, self.inputs.flat
        if self.inputs.size <= LISTED:
            self.point = tuple(map(float, self.point))
        self._fits()
        self.results: Structure | None = None
        self.recorded = self._try_nodes(needs_graph=needs_graph)
        if not self.recorded:
            self._read_result(self.call(self._f, self.inputs.build(self.point)))

    def call(self, f: Callable[..., Any], args: Iterable[Any]) -> Any:
        """Call a function as `f` is called: by name, if the point has names."""
        return f(**dict(zip(self.inputs.values, args, strict=True))) if self._named else f(*args)

    def value(self, point: Point) -> float:
        """The value at a point; of a row that is not `point` of this subject the function gets the memory."""
        if self.recorded:
            return self.record(point)[0].data
        result = self._called(point)
        return one_number(result, lambda: f"{self.called}({some(map(repr, point[:9]))})")

    def values(self, point: Point) -> Point:
        """The values at a point, of a function that gives several."""
        if self.recorded:
            return tuple(root.data for root in self.record_all(point)[0])
        return self._row(self._called(point))

    def _called(self, point: Point) -> Any:
        return self.call(self._f, self.inputs.build(point, copied=point is self.point))

    def _row(self, result: Any) -> Point:
        assert self.results
        return matched(self.results, result if is_many(result) else [result], self.called)

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph at a point and its leaves, one for each input."""
        result, leaves = self._record(point)
        return (result if isinstance(result, Value) else Value(one_number(result, self.called))), leaves

    def record_all(self, point: Point) -> tuple[list[Value], list[Value]]:
        """Return the graphs of all results at a point, and the leaves."""
        result, leaves = self._record(point)
        roots = [x if isinstance(x, Value) else Value(one_number(x, self.called)) for x in _each(result)]
        return roots, leaves

    def _record(self, point: Point) -> tuple[Any, list[Value]]:
        leaves = self._leaves(point)
        result = self.call(self._f, self.inputs.build(leaves, nodes=True))
        for leaf, x, name in zip(leaves, point, self.names, strict=True):
            if leaf.data != x:
                raise ValueError(f"{self.called} changed its argument {readable(name)} from {x!r} to {leaf.data!r}")
        return result, leaves

    def _read_result(self, result: Any) -> None:
        """Learn how many results there are, and how precise they are."""
        if not is_many(result) or getattr(result, "shape", None) == ():
            size = abs(one_number(result, self.called))
        else:
            self.results = Structure({self.name: _numbers_in(result)}, "the result")
            size = max(map(abs, self.results.flat))
        # What is given in short floats is computed in them, whatever type the result has.
        known = max(precision(result) or EPSILON, self.inputs.epsilon, self.results.epsilon if self.results else 0.0)
        if known > EPSILON:
            self.noise = UNITS * known * size

    def _leaves(self, point: Point) -> list[Value]:
        return [Value(x, label=name) for x, name in zip(point, self.names, strict=True)]

    def on_numbers(self, numbers: Iterable[Any]) -> Any:
        """What the function gives for numbers of any kind; of short floats there are no others (`TypeError`)."""
        if self.inputs.epsilon > EPSILON:
            raise TypeError("short floats")
        return self.call(self._f, self.inputs.build(tuple(numbers), nodes=True))

    def on_floats(self, point: Point) -> float | None:
        """The value for floats in place of nodes; None if the function works on nodes alone."""
        try:
            return one_number(self.call(self._f, self.inputs.build(point)), self.called)
        except Exception:  # noqa: BLE001  (whatever it is: the function need not work on floats)
            return None

    def _fits(self) -> None:
        """Raise `TypeError` if the function does not take so many arguments, or not these."""
        signature = _signature(self._f)
        if signature is None:
            return
        arguments = list(self.inputs.values)
        try:
            self.call(signature.bind, arguments)
        except TypeError as error:
            takes = len([p for p in signature.parameters.values() if p.kind in _POSITIONAL])
            hint = ""
            if takes == 1 and len(arguments) > 1 and not self._named:
                hint = f"; if it takes one list, write at=[x] with the list x, or an array: {self.called}(x)"
            elif takes > 1 and len(arguments) == 1 and self.inputs.arrays and not self._named:
                hint = "; an array is one argument: pass a list of arguments, as at=[W, b], or list(x) for its numbers"
            elif takes == 1 and self._named:
                hint = "; a dict is of arguments by name: if it is the one argument, write at=[p] with the dict p"
            many = "argument" if self.inputs.arrays else "number"
            given = f"{{{some(map(readable, arguments))}}}" if self._named else count(len(arguments), many)
            why = str(error) if len(str(error)) <= 200 and str(error).isprintable() else "the names do not fit"
            raise TypeError(f"{self.called}{signature} cannot be called with `at`, {given}: {why}{hint}") from None

    def _try_nodes(self, *, needs_graph: bool) -> bool:
        if self.inputs.arrays and not needs_graph:
            return False
        leaves = self._leaves(self.point)
        try:
            result = self.call(self._f, self.inputs.build(leaves, nodes=True))
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
        if any(isinstance(x, Value) for x in _each(result)):
            self._read_result(result)
            return True
        if needs_graph:
            kind = f"an array of shape {size_text(result)}" if has_shape(result) else f"the {type(result).__name__}"
            shown = "" if is_many(result) else f" {one_number(result, self.called)!r}"
            raise TypeError(
                f"{self.called} gave {kind}{shown} for Values: nothing was recorded, the gradient is lost. "
                f"Use the Values, not their .data, and {_REMEDY}"
            )
        return False


def _each(result: Any) -> Iterator[Any]:
    """The numbers and nodes in what a function gave, in order."""
    if isinstance(result, Mapping):
        result = list(result.values())
    elif has_shape(result):
        result = list(result.flat) if hasattr(result, "flat") else []
    if isinstance(result, (list, tuple)):
        for x in result:
            yield from _each(x)
    else:
        yield result


def _numbers_in(result: Any) -> Any:
    """What a function gave with the numbers of nodes in their place."""
    if isinstance(result, Value):
        return result.data
    if isinstance(result, Mapping):
        return {key: _numbers_in(x) for key, x in result.items()}
    if isinstance(result, (list, tuple)):
        inner = [_numbers_in(x) for x in result]
        return type(result)(*inner) if hasattr(result, "_fields") else inner if type(result) is list else tuple(inner)
    if getattr(result, "dtype", None) == "O" and result.size:
        import numpy as np

        return np.array([one_number(x, "the result") for x in result.flat]).reshape(result.shape)
    return result


_REMEDY = "functions that record (autograd_lite.exp, not math.exp), or give the gradient beside it: gradient=..."
LISTED = 1000  # so many numbers are kept as a tuple
UNITS = 4.0  # by how many units in the last place a value may be off
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


def given_slopes(subject: Subject, gradient: Any) -> Sequence[float]:
    """Return the gradient that came beside the function, one number for each input."""
    if callable(gradient) and not isinstance(gradient, Value):
        if isinstance(subject, GraphSubject):
            raise TypeError("beside a recorded result, gradient is numbers: a sequence, or a dict by name")
        assert isinstance(subject, FunctionSubject)
        gradient = subject.call(gradient, subject.inputs.build(subject.point))
    return matched(subject.inputs, gradient, "gradient")


def slopes_at(subject: Subject, gradient: Callable[..., Any], point: Point) -> list[float]:
    """Return the gradient that a function beside the subject gives at a point."""
    assert isinstance(subject, FunctionSubject)
    return list(map(float, matched(subject.inputs, subject.call(gradient, subject.inputs.build(point)), "gradient")))


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
    """The arguments that `at` has: those of a sequence, or the number or array that it is."""
    if isinstance(at, Value):
        raise TypeError("`at` takes numbers: pass v.data; to check a recorded result, pass it first: check_gradient(y)")
    if isinstance(at, kinds.Number) or not isinstance(at, Iterable) or has_shape(at) or getattr(at, "shape", 0) == ():
        return (at,)
    if isinstance(at, (str, bytes, set, frozenset)):
        raise TypeError(
            f"`at` is a number, a list of numbers or a dict of numbers by name, or arrays; got {type(at).__name__}"
        )
    given = tuple(at)
    if not given:
        raise ValueError("`at` is empty: there is nothing to differentiate along")
    return given


def _leaf(root: Value, name: object) -> Value:
    node = find(root, name) if isinstance(name, (str, Value)) else None
    if node is None:
        raise TypeError(f"`at` names leaves by their labels (str), got {type(name).__name__}")
    if node.op is not None:
        raise ValueError(f"{describe(node)} is computed, not a leaf: only the numbers of leaves can be moved")
    return node
