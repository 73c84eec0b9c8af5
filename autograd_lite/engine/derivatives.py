"""Derivatives as graphs: gradients that are nodes themselves, of any order, and Jacobians, Hessians, their products."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, overload

from autograd_lite.engine import anomaly
from autograd_lite.engine.arrays import is_array
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.graph import check_recorded, find, topological
from autograd_lite.engine.ops import number
from autograd_lite.engine.validation import in_order
from autograd_lite.engine.value import Operand, Value, locked

__all__ = [
    "Constant",
    "Gradient",
    "dependent",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "pull_back",
    "value_and_grad",
]

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Constant(Value):
    """A leaf that stands for a number in a formula."""

    __slots__ = ()


class Gradient(Value):
    """A node that knows which derivative it is, so that its formula can be written as people derive it.

    In all else a node like others: operations on it give plain ones. Copies and pickles take along what it is of.
    """

    __slots__ = ("of", "wrt")

    of: Value
    """What was differentiated."""
    wrt: Value


@overload
def grad(y: Value, wrt: Value | str) -> Value: ...  # type: ignore[overload-overlap]  # str is also a sequence
@overload
def grad(y: Value, wrt: Sequence[Value | str]) -> list[Value]: ...
@locked
def grad(y: Value, wrt: Value | str | Sequence[Value | str]) -> Value | list[Value]:
    """Return the derivative of `y` with respect to a node as a node, so that it can be differentiated again.

    The result is made of the nodes of `y` by the operations that `backward()` does, in its order, so that it gives
    the same floats; only the sign of a zero may differ, for sums start with their first term and not with 0. It is
    called ∂y/∂x if both have labels. If the derivative is a leaf of the graph, as for `w * x`, it is
    1 times that leaf, and the leaf itself if one has none.

    No node is made for 1·x, for x + 0 and 0·x (a slope that is 0 everywhere, as that of `step`), nor for -1·x, which
    is -x. An infinity or NaN times 0 is NaN, though, as in `backward()`: where that is so at this point, it is kept.

    Args:
        y: the result.
        wrt: a node, or a list of nodes, for a list of derivatives; a label stands for the node that has it.
            A node that `y` was not made from has a derivative of 0.

    Raises:
        TypeError: what is no node; a set or dict of them, which has no order.
        ValueError: a label that no node of the graph has, or several.
        StaleGraphError: a leaf's `data` was changed after the graph was computed.
        AnomalyError: inside `detect_anomaly()`, what is not finite.
    """
    if not isinstance(y, Value):
        raise TypeError(f"grad() differentiates a node (Value), got {kind(y)}")
    one = isinstance(wrt, (Value, str)) or not isinstance(wrt, Iterable)
    asked: Any = [wrt] if one else in_order(wrt, "the nodes to differentiate along")
    nodes = [find(y, x) for x in asked]
    order = topological(y)
    check_recorded(order)
    if anomaly.watched:
        anomaly.check_gradients(order)
    old = set(order)
    with anomaly.unchecked():
        derivatives = pull_back(dependent(order, nodes), y, nodes, result=lambda x, to: _result(x, y, to, old))
    results = [_result(derivatives.get(x, 0.0), y, x, old) for x in nodes]
    return results[0] if one else results


def dependent(order: Sequence[Value], wrt: Iterable[Value]) -> list[Value]:
    """Return the nodes in `order` that depend on one of `wrt`, those included; `order` has parents first."""
    depends = set(wrt)
    reached: list[Value] = []
    for node in order:
        if node not in depends:
            if not any(x in depends for x in node.parents):
                continue
            depends.add(node)
        reached.append(node)
    return reached


def pull_back(
    order: Sequence[Value],
    y: Value,
    wrt: Collection[Value],
    *,
    written: bool = False,
    result: Callable[[Value | float, Value], Value | float] = lambda x, _: x,
) -> dict[Value, Value | float]:
    """Return the derivative of `y` with respect to each node of `wrt` that it reaches: a node, or the number it is.

    Args:
        order: the nodes to go through, parents first.
        y: the last of them.
        wrt: where to arrive.
        written: take the slopes as people write them, with numbers as nodes, for a formula.
        result: is applied to each derivative before it is passed on.
    """
    inside, ends = set(order), set(wrt)
    received: dict[Value, Value | float] = {y: 1.0}
    derivatives: dict[Value, Value | float] = {}
    for node in reversed(order):
        if node not in received:
            continue
        flow = received.pop(node)
        if node in ends:
            flow = derivatives[node] = result(flow, node)
        if node.op is None or inside.isdisjoint(node.args):
            continue
        for k, (x, slope) in enumerate(zip(node.args, _slopes(node, written=written), strict=True)):
            if not isinstance(x, Value) or x not in inside:
                continue
            # In a formula only a number that is NaN here is one; a slope that is a node stays as people write it.
            shown = slope if written and isinstance(slope, Value) else _times(slope, _beside(node, k, slope))
            part = _times(flow, shown)
            if x in received:
                # What is first in the graph comes last here, and is to be read first.
                part = _plus(part, received[x]) if written else _plus(received[x], part)
            received[x] = part
    return derivatives


def _slopes(node: Value, *, written: bool) -> Sequence[Value | float]:
    assert node.op is not None
    if written:
        args = (x if isinstance(x, Value) else Constant(x) for x in node.args)
        slopes = (node.op.written or node.op.partials)(node, *args)
    else:
        slopes = node.op.partials(node, *node.args)
    return slopes if isinstance(slopes, tuple) else (slopes,)


def _times(flow: Value | float, slope: Value | float) -> Value | float:
    """The product, with no node where there need be none."""
    if not isinstance(flow, Value) and not isinstance(slope, Value):
        return flow * slope
    c, x = (flow, slope) if isinstance(slope, Value) else (slope, flow)
    if isinstance(c, Value):
        return flow * slope
    assert isinstance(x, Value)
    if c == 1.0:
        return x
    if c == -1.0:
        return -x
    return 0.0 if c == 0.0 and math.isfinite(x.data) else flow * slope


def _beside(node: Value, operand: int, slope: Value | float) -> float:
    """1, or NaN for a slope that is a number as a graph, but NaN as `backward()` takes it, because the node is."""
    if not math.isnan(node.data) or math.isnan(slope.data if isinstance(slope, Value) else slope):
        return 1.0
    assert node.op is not None
    slopes = node.op.partials(node.data, *(x.data if isinstance(x, Value) else x for x in node.args))
    return math.nan if math.isnan(slopes[operand] if isinstance(slopes, tuple) else slopes) else 1.0


def _plus(total: Value | float, part: Value | float) -> Value | float:
    if not isinstance(total, Value) and total == 0.0:
        return part
    if not isinstance(part, Value) and part == 0.0:
        return total
    return total + part


def _result(x: Value | float, y: Value, wrt: Value, old: Collection[Value]) -> Value:
    """The derivative `x` as a node of its own that carries its name; a leaf stays itself if there is no name."""
    if isinstance(x, Gradient) and x.of is y and x.wrt is wrt:
        return x
    source = x if isinstance(x, Value) else Value(x)
    if isinstance(x, Gradient) or x in old:
        # A node that others have is not copied but used, times 1: what is made of the result depends on it.
        if source.op is None and not isinstance(x, Gradient) and not label_of(y, wrt):
            return source
        source = 1.0 * source
    node = Gradient.__new__(Gradient)
    for slot in ("_a", "_b", "_number", "_mark", "op"):
        setattr(node, slot, getattr(source, slot))
    node._grad = None  # noqa: SLF001  (a copy of a node, made here as value.py makes them)
    node.of, node.wrt = y, wrt
    node.label = label_of(y, wrt)
    return node


def label_of(y: Value, wrt: Value) -> str:
    """Return "∂y/∂x", for the derivative of a derivative "∂²y/∂x²" or "∂²y/∂z∂x"; empty if one has no label."""
    if not (y.label and wrt.label):
        return ""
    variables = [wrt.label]
    while isinstance(y, Gradient) and y.label and y.label == label_of(y.of, y.wrt):
        variables.append(y.wrt.label)
        y = y.of
    order = str(len(variables)).translate(_SUPERSCRIPTS) if len(variables) > 1 else ""
    below = f"∂{variables[0]}{order}" if len(set(variables)) == 1 else "".join(f"∂{name}" for name in variables)
    return f"∂{order}{y.label}/{below}"


# --- functions of numbers ------------------------------------------------------------------------------------------

Scalars = Any
"""A number or node, or a list of them, as the function in question takes or returns."""

_running: set[Value] = set()  # the arguments of all functions that are being differentiated, in whatever thread
# Those of the function around. They count only while it runs: a task that it began may go on with them afterwards.
_around: ContextVar[Sequence[Value]] = ContextVar("arguments of the function that is being differentiated", default=())


def value_and_grad(f: Callable[..., Operand]) -> Callable[..., tuple[Scalars, Scalars]]:
    """Return a function that takes what `f` takes, and returns the value and the gradient.

    `f` is a function of numbers, `f(x)` or `f(x, y)`, or of one list of them, `f([x, y])`, and returns one number.
    The gradient is one number for `f(x)`, else a list in the order of the arguments. Numbers in, floats out:

    >>> from autograd_lite import value_and_grad
    >>> value_and_grad(lambda x, y: x * y + x**2)(3.0, 4.0)
    (21.0, [10.0, 3.0])

    If one of the arguments is a node, the results are nodes, which makes higher derivatives. So they are inside a
    function that `value_and_grad`, `jacobian`, `hessian` or `hvp` is differentiating, whatever the arguments:

    >>> value_and_grad(lambda x: x * value_and_grad(lambda y: x * y * y)(1.0)[1])(3.0)
    (18.0, 12.0)

    A thread that such a function starts does not know that it is inside, unless it runs in a copy of the context:
    `executor.submit(contextvars.copy_context().run, work)`. There floats come out of numbers as anywhere else, and
    `RuntimeError` is raised where that would be wrong: for a result that depends on the function's arguments.

    Raises `TypeError` for arguments or a result that are no numbers, or lists without an order: a set or a dict.
    """

    def with_gradient(*args: Any) -> tuple[Scalars, Scalars]:
        point = _Point(args)
        y = _node(point.call(f))
        return point.out(y), point.out(point.along(y))

    return with_gradient


def jacobian(f: Callable[..., Any]) -> Callable[..., Scalars]:
    """Return a function that takes what `f` takes, and returns the derivatives: a row for each result.

    Arguments are those of `value_and_grad`; `f` returns a number, or a list of m. With n arguments the Jacobian is a
    list of m lists of n; for a number in place of a list that level is left out.
    """

    def matrix(*args: Any) -> Scalars:
        point = _Point(args)
        results = point.call(lambda *given: _listed(f(*given)))  # a generator runs inside too
        if isinstance(results, Value):
            return point.out(point.along(results))
        return point.out([point.along(_node(y)) for y in results])

    return matrix


def hessian(f: Callable[..., Operand]) -> Callable[..., Scalars]:
    """Return a function that takes what `f` takes, and returns the second derivatives: a list of n lists of n.

    Arguments are those of `value_and_grad`; for `f(x)` of one number the second derivative is one number. Entry
    (i, j) is the derivative of the gradient's entry i along argument j, each computed (n² in all).
    """

    def matrix(*args: Any) -> Scalars:
        point = _Point(args)
        first = point.along(_node(point.call(f)))
        return point.out(point.along(first) if isinstance(first, Value) else [point.along(g) for g in first])

    return matrix


def hvp(f: Callable[..., Operand], direction: Operand | Sequence[Operand]) -> Callable[..., Scalars]:
    """Return a function that takes what `f` takes, and returns the Hessian times `direction`, without the Hessian.

    Arguments are those of `value_and_grad`; `direction` is a number for `f(x)` of one number, else a list of n. Two
    backward passes, of whatever n. If the direction has a node, the results are nodes.

    Raises `ValueError`, when called, if `direction` has another shape than the arguments.
    """
    given = in_order(_unboxed(direction), "the direction's numbers")
    single = not isinstance(given, Iterable)
    along = [given] if single else list(given)

    def product(*args: Any) -> Scalars:
        point = _Point(args, along)
        first = point.along(_node(point.call(f)))
        slopes = [first] if isinstance(first, Value) else first
        if isinstance(first, Value) is not single or len(along) != len(slopes) or any(map(is_array, along)):
            due = "a number" if isinstance(first, Value) else f"{len(slopes)} numbers, one for each argument"
            raise ValueError(f"the direction is {due}, got {direction!r}")
        total, *more = (slope * v for slope, v in zip(slopes, along, strict=True))
        for term in more:
            total = total + term
        return point.out(point.along(total))

    return product


class _Point:
    """The arguments of a function as nodes, and how they were given."""

    def __init__(self, args: tuple[Any, ...], others: Sequence[Any] = ()) -> None:
        self.listed = len(args) == 1 and not isinstance(args[0], Value) and isinstance(args[0], Iterable)
        values = list(in_order(args[0], "the arguments") if self.listed else args)
        self.single = not self.listed and len(values) == 1
        if not values:
            raise TypeError("a derivative needs at least one argument")
        # A node stands in for each that came in, so that the derivative is along this argument alone: the function
        # may use the same node otherwise, and arguments may be made from each other.
        self.nodes = [x * 1.0 if isinstance(x, Value) else Value(number(x)) for x in values]
        inside = not _running.isdisjoint(_around.get())
        self.floats = not inside and not any(isinstance(x, Value) for x in (*values, *others))

    def call(self, f: Callable[..., Any]) -> Any:
        before = _around.set(self.nodes)
        try:
            _running.update(self.nodes)
            return _unboxed(f(list(self.nodes)) if self.listed else f(*self.nodes))
        finally:
            _running.difference_update(self.nodes)
            _around.reset(before)

    def along(self, y: Value) -> Scalars:
        """The derivative along each argument, or along the one."""
        return grad(y, self.nodes[0] if self.single else self.nodes)

    def out(self, x: Scalars) -> Scalars:
        """Nodes as they are, or as floats if numbers came in at the top."""
        if not self.floats:
            return x
        if _running:
            _check_apart(x)
        return _as_floats(x)


def _check_apart(x: Scalars) -> None:
    """Raise `RuntimeError` if results depend on arguments of a function that is being differentiated elsewhere."""
    waiting, made_from = [x], set[Value]()
    while waiting:
        x = waiting.pop()
        if isinstance(x, list):
            waiting += x
        elif x not in made_from:
            topological(x, made_from)
    if not made_from.isdisjoint(_running):
        raise RuntimeError(
            "this derivative depends on the arguments of a function that is being differentiated in another thread, "
            "so that floats would lose a part of that derivative. Run it in a copy of the context, as in "
            "executor.submit(contextvars.copy_context().run, work), or pass its own arguments as nodes (Value)"
        )


def _as_floats(x: Scalars) -> Scalars:
    return [_as_floats(part) for part in x] if isinstance(x, list) else x.data


def _listed(results: Any) -> Any:
    """What a function returned: a list of nodes, or a node."""
    results = _unboxed(results)
    if isinstance(results, Value) or not isinstance(results, Iterable):
        return _node(results)
    return list(in_order(results, "the results of the function"))


def _unboxed(x: Any) -> Any:
    """What is in an array of no dimensions, which says of itself that it can be iterated over."""
    return x[()] if getattr(x, "shape", None) == () else x


def _node(y: Any) -> Value:
    """What a function returned, as a node; a function may be constant."""
    if isinstance(y, Value):
        return y
    try:
        return Value(y)
    except TypeError as error:
        raise TypeError(f"the function to differentiate returned no number: {error}") from None
