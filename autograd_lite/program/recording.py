"""From nodes to instructions: each calculation once, constants folded, gradients by the rows' own slopes."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from autograd_lite.engine import ops
from autograd_lite.engine.chain import check_recorded
from autograd_lite.engine.derivatives import Gradient, dependent
from autograd_lite.engine.graph import topological
from autograd_lite.engine.ieee import constant
from autograd_lite.engine.operation import ROWS
from autograd_lite.engine.ops import ANY, Op
from autograd_lite.engine.value import Value

__all__ = ["Operand", "Recorder", "Register", "Section", "slope_of", "unevaluated"]

Operand = int | float
"""What an instruction computes with: the number (int) of an earlier instruction, or a constant (float)."""


class Section(StrEnum):
    """The part of a training step that an instruction belongs to."""

    GIVEN = "given"
    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATE = "update"


class Register:
    """The result of an instruction, which operators and the package's operations take as they take a node.

    The slopes of the table's rows are called with these, so that they become instructions.
    """

    __slots__ = ("at", "recorder")

    def __init__(self, recorder: "Recorder", at: int) -> None:
        self.recorder, self.at = recorder, at

    def _record(self, op: Op, *args: Any) -> "Register | float":
        made = self.recorder.emit(op, *(x.at if isinstance(x, Register) else constant(x) for x in args))
        return Register(self.recorder, made) if isinstance(made, int) else made

    def _slope_beside(self, slope: Any) -> Any:
        """The slope, and NaN where this is: unlike a node, an instruction knows no number yet."""
        return self._record(ops.add, slope, self._record(ops.compare, self, self))

    def __add__(self, other: Any) -> Any:
        return self._record(ops.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._record(ops.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._record(ops.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._record(ops.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._record(ops.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._record(ops.mul, other, self)

    def __neg__(self) -> Any:
        return self._record(ops.neg, self)


class Recorder:
    """A list of instructions that grows; instruction k is `ops[k]` of `args[k]`, and no two are alike."""

    def __init__(self, *, checked: bool = True) -> None:
        self.checked = checked
        """Whether a leaf that was changed after the graph was computed is an error."""
        self.ops: list[Op | None] = []
        """The operations; None for what is given: an input, or a constant that has a name."""
        self.args: list[tuple[Operand, ...]] = []
        self.sections: list[Section] = []
        self.section = Section.FORWARD
        self.names: dict[str, Operand] = {}
        """What the labels of the graph stand for, and the gradients along labelled nodes."""
        self.gradient_names: set[str] = set()
        self.places: dict[Value, Operand] = {}
        """Where the nodes have gone."""
        self.labels: dict[Value, str] = {}
        """Names of nodes, other than their labels."""
        self.frozen: list[Value] = []
        """The leaves that are constants."""
        self.additive: set[int] = set()
        """Results that were differentiated, and their gradients: their sums over samples mean something."""
        self.owners: dict[str, Value] = {}
        """The nodes that have the names."""
        self.slopes_used: dict[Value, Operand] = {}
        """The gradients that updates are made of, by what they are along."""
        self._numbers: dict[int, float] = {}
        self._made: dict[tuple[Any, ...], int] = {}

    def given(self, number: float | None = None) -> int:
        """Append an input, or a constant that is to keep its place and name."""
        at = self._append(None, (), Section.GIVEN)
        if number is not None:
            self.args[at] = (number,)
            self._numbers[at] = number
        return at

    def emit(self, op: Op, *args: Operand) -> Operand:
        """Return the result of an operation: that of an earlier instruction which is the same, or a constant."""
        numbers = [x if type(x) is float else self._numbers.get(x) for x in args]  # type: ignore[arg-type]
        if None not in numbers:
            return op.fn(*numbers)
        # 1 and 1.0 are one key to a dict, and so are 0.0 and -0.0
        # an update is computed after the rows of data, what it is made of in each of them
        key = (
            op,
            self.section is Section.UPDATE,
            *args,
            *(type(x) for x in args),
            *(repr(x) for x in args if x == 0.0),
        )
        if key not in self._made:
            self._made[key] = self._append(op, args, self.section)
        return self._made[key]

    def varies(self, x: Operand) -> bool:
        """Whether an operand depends on an input."""
        return type(x) is int and x not in self._numbers

    def _append(self, op: Op | None, args: tuple[Operand, ...], section: Section) -> int:
        self.ops.append(op)
        self.args.append(args)
        self.sections.append(section)
        return len(self.ops) - 1

    # --- values ----------------------------------------------------------------------------------------------------

    def record(self, roots: Iterable[Value]) -> None:
        """Record what the nodes `roots` were made by."""
        done = set(self.places)
        order = [node for root in roots if root not in done for node in topological(root, done)]
        if self.checked:
            check_recorded(order)
        for node in order:
            self.places[node] = self._named(node, self._placed(node, self.places))

    def record_updates(self, news: Sequence[Value]) -> list[Operand]:
        """Record what replaces inputs, and return where that is.

        Gradients that `grad` has returned are derived again, since those leave out what is 0 at the point where it was
        called. What is made of them is computed here, after the sums over rows, also if a result is the same.
        """
        done = set[Value]()
        order = [node for root in news if root not in done for node in topological(root, done)]
        if self.checked:
            check_recorded(order)
        along: dict[Value, list[Gradient]] = {}
        for node in order:
            if isinstance(node, Gradient):
                along.setdefault(node.of, []).append(node)
        here: dict[Value, Operand] = {}
        for y, found in along.items():
            slopes = self.gradients(y, [node.wrt for node in found])
            here.update(zip(found, slopes, strict=True))
            self.slopes_used.update(zip((node.wrt for node in found), slopes, strict=True))
        places = ChainMap(here, self.places)
        for node in order:
            if node in here:
                continue
            if any(x in here for x in node.parents):
                here[node] = self._named(node, self._placed(node, places))
            elif node not in self.places:
                self.places[node] = self._named(node, self._placed(node, self.places))
        return [places[new] for new in news]

    def _placed(self, node: Value, places: Mapping[Value, Operand]) -> Operand:
        op, a, b = node.op, node._a, node._b  # noqa: SLF001  (faster by half than `args`)
        if op is None:
            self.frozen.append(node)
            return node.data
        first = a if type(a) is float else places[a]
        if b is None:
            return self.emit(op, first)
        return self.emit(op, first, b if type(b) is float else places[b])

    def _label(self, node: Value) -> str:
        return self.labels.get(node) or node.label

    def _named(self, node: Value, x: Operand) -> Operand:
        """Where a node is, under its label unless another node has that."""
        name = self._label(node)
        if name and name not in self.names:
            self.owners[name] = node
            x = self.names[name] = x if type(x) is int else self.given(x)
        return x

    # --- gradients -------------------------------------------------------------------------------------------------

    def gradients(self, y: Value, wrt: Iterable[Value]) -> list[Operand]:
        """Record the derivatives of `y` as `backward()` computes them, and return that along each node of `wrt`.

        Sums start with their first part and not with 0.0, so that the sign of a zero may differ. What flows through
        nodes with a label gets a name, such as dE_total/da_h1.
        """
        along, result = list(wrt), self._label(y)
        self.record([y])
        ends = set(along)

        def named(node: Value, flow: Operand) -> Operand:
            if node in ends:
                flow = self._gradient(flow)
            label = self._label(node)
            # A gradient along a node whose label another one has would be taken for that along the other.
            if node is not y and result and label and self.owners.get(label) is node:
                name = f"d{result}/d{label}"
                if name not in self.names:
                    self.gradient_names.add(name)
                    self.names[name] = flow if type(flow) is int else self.given(flow)
            return flow

        order = dependent(topological(y), along)
        flows = self._flows(y, order, ends, named) if order else {}
        slopes = [flows.get(x, 0.0) for x in along]
        self.additive.update(x for x in (self.places[y], *slopes) if isinstance(x, int))
        return slopes

    def local(self, y: Value, way: Iterable[Value], ends: Iterable[Value]) -> list[Operand]:
        """Record the derivatives of `y` along each of `ends` by way of some nodes alone, all else held.

        `way` has the nodes to go through, parents first, `y` the last of them.
        """
        ends = list(ends)
        flows = self._flows(y, list(way), ends)
        return [flows[x] for x in ends]

    def _flows(
        self,
        y: Value,
        order: Sequence[Value],
        ends: Iterable[Value],
        arrived: Callable[[Value, Operand], Operand] = lambda _, flow: flow,
    ) -> dict[Value, Operand]:
        """What flows back from `y` through the nodes in `order` to them and to `ends`, as `backward()` adds it up.

        `arrived` is shown what has flowed to a node, and says what is passed on.
        """
        section, self.section = self.section, Section.BACKWARD
        inside = {*order, *ends}
        flows: dict[Value, Operand] = {y: 1.0}
        for node in reversed(order):
            if node not in flows:
                continue
            flow = flows[node] = arrived(node, flows[node])
            for x, slope in zip(node.args, self._slopes(node), strict=True):
                if isinstance(x, Value) and x in inside:
                    part = self._times(flow, slope)
                    flows[x] = self._plus(flows[x], part) if x in flows else part
        self.section = section
        return flows

    def _gradient(self, x: Operand) -> Operand:
        """A gradient that was asked for, as an instruction of the backward pass, also where it is one before it."""
        if type(x) is not int or self.sections[x] is Section.BACKWARD:
            return x
        key = ("gradient", x)
        if key not in self._made:
            self._made[key] = self._append(ops.mul, (1.0, x), Section.BACKWARD)
        return self._made[key]

    def _slopes(self, node: Value) -> tuple[Operand, ...]:
        op = node.op
        if op is None:
            return ()
        operands = [self.places[x] if isinstance(x, Value) else x for x in node.args]
        if ROWS.get(op.name) is not op:  # a function of the user's, which may do anything with its numbers
            return tuple(self.emit(_slope(op, k), *operands) for k in range(len(operands)))
        slopes = op.partials(self._wrapped(self.places[node]), *map(self._wrapped, operands))
        return tuple(
            x.at if isinstance(x, Register) else float(x) for x in (slopes if len(operands) > 1 else (slopes,))
        )

    def _wrapped(self, x: Operand) -> Register | float:
        return Register(self, x) if isinstance(x, int) else x

    def _times(self, a: Operand, b: Operand) -> Operand:
        """The product, without an instruction where it is a factor, or that with the other sign."""
        for one, other in ((a, b), (b, a)):
            if type(one) is float and one == 1.0:
                return other
            if type(one) is float and one == -1.0:
                return self._opposite(other)
        return self.emit(ops.mul, a, b)

    def _opposite(self, x: Operand) -> Operand:
        """The number with the other sign; that of a constant times something is a constant times it."""
        if type(x) is int and self.ops[x] is ops.mul and type(self.args[x][0]) is float:
            return self.emit(ops.mul, -self.args[x][0], self.args[x][1])
        return self.emit(ops.neg, x)

    def _plus(self, total: Operand, part: Operand) -> Operand:
        """The sum; a difference, which is the same number, where that reads better."""
        if type(part) is int and self.ops[part] is ops.neg:
            return self.emit(ops.sub, total, *self.args[part])
        return self.emit(ops.add, total, part)


slope_of: dict[Op, tuple[Op, int | None]] = {}
"""Of operations that are slopes: of which, along which argument."""


@cache
def _slope(op: Op, k: int) -> Op:
    """The slope of an operation of the user's along its argument k, as an operation that has no slopes itself."""

    def slope(*args: float) -> float:
        slopes = op.partials(op.fn(*args), *args)
        return float(slopes[k] if len(args) > 1 else slopes)

    along = f" along argument {k + 1}" * (op.arity > 1)
    made = Op(f"slope of {op.name}{along}", slope, _no_slope, domain=(ANY,) * op.arity)
    slope_of[made] = op, k
    return made


def _no_slope(_y: Any, *_: Any) -> Any:
    raise TypeError("a program's instruction has no slopes; differentiate the graph that it was recorded from")


def unevaluated(y: Value, wrt: Value) -> Gradient:
    """Return a node that stands for a derivative in a graph that is recorded, without computing it."""
    node = Gradient.__new__(Gradient)
    leaf = Value(0.0)
    for slot in ("_a", "_b", "_number", "_mark", "op"):
        setattr(node, slot, getattr(leaf, slot))
    node._grad = None  # noqa: SLF001
    node.of, node.wrt = y, wrt
    return node
