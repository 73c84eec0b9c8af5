"""Value, the node of the graph: one number, how it was made, and its gradient."""

import operator
import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, SupportsFloat, TypeVar

from autograd_lite.engine import anomaly, arrays, chain, comparisons, ops
from autograd_lite.engine.chain import Mark, as_label, describe, pass_back, take_back, topological
from autograd_lite.engine.elsewhere import Micrograd, refuse_foreign
from autograd_lite.engine.ieee import comparable, constant
from autograd_lite.engine.ops import Op, number
from autograd_lite.engine.pickling import Copied, node_of
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.ufuncs import Element
from autograd_lite.engine.validation import takes_over

__all__ = ["Operand", "Value", "edits", "locked"]


_now = Mark("", 0)  # the mark of an unlabelled node made now
_lock = threading.RLock()  # one backward() or edit at a time, so that threads may share nodes
_new = object.__new__

P = ParamSpec("P")
R = TypeVar("R")

if hasattr(os, "register_at_fork"):  # in a child process nobody would ever release what another thread has acquired
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.RLock()))


def locked(f: Callable[P, R]) -> Callable[P, R]:
    """Let no other thread edit a leaf or run `backward()` while a function runs: all that it reads is of one point.

    For whatever reads the numbers of a recorded graph. Not for functions that call the user's.
    """

    # A decorator, since no loop must stand in a `with` of this lock (see `backward`), and all of them are in `f`.
    @wraps(f)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with _lock:
            return f(*args, **kwargs)

    return alone


def edits() -> int:
    """Return how many edits of leaves' data there have been: the same number again means that nothing has changed."""
    return _now.edits


def _comparison(operation: Callable[[float, float], bool]) -> Callable[["Value", Any], bool]:
    """The method of a node that compares its number with another node's, or with a number."""

    def compared(self: "Value", other: Any) -> bool:
        if comparisons.watched:
            comparisons.seen(operation, self, other)
        x = other._number if isinstance(other, Value) else _number_of(other, comparable, operation.__name__)
        return x if x is NotImplemented else operation(self._number, x)

    return compared


class Value(Copied, Element, Micrograd, Shown):
    """A number in a graph of operations.

    Arithmetic on a `Value` computes at once and remembers how, so that `backward()` can apply the chain rule from
    the result to every node it was made from:

    >>> from autograd_lite import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> y.data, x.grad
    (15.0, 8.0)

    `data` is a float; ints, NumPy scalars and the like become one, anything else is a `TypeError`. Numbers on either
    side of an operator become constants of the graph.

    `a == b` of two nodes says whether they are the same node, as hashing goes by, so that nodes are found in lists,
    sets and dicts for what they are; `v == 2.0` with a number, and `<`, `<=`, `>`, `>=`, go by value. What follows:

    - `b in nodes`, `nodes.index(b)`, `nodes.remove(b)`, `nodes.count(b)` and `array_of_nodes == b` mean this node. By
      value two nodes are compared as `a.data == b.data`.
    - `a <= b and a >= b` does not make `a == b`, nor do `a == 2.0 and b == 2.0`.
    - A node is equal to itself also if it is NaN; no number is equal to that node.
    - `2.0 in nodes` and `nodes.index(2.0)` go by value; sets and dicts go by hash first, and find no node by a number.
    """

    # _number: float; _grad: float, None before the first backward(); _a and _b: the operands, a Value or a float each
    # (a constant needs no node), None where there is none. Any, since the hot loops below narrow by `type(x) is float`.
    # No attribute is called _data: numpy.ma would take it for an array's, and so the number for the node.
    __slots__ = ("_a", "_b", "_grad", "_mark", "_number", "op")

    _number: float
    _grad: Any
    _mark: Mark
    op: Op | None
    """The operation that made this node; None for a leaf."""
    _a: Any
    _b: Any

    def __init__(self, data: SupportsFloat, label: str = "", _op: str = "", *, _children: Any = ()) -> None:
        self._number = number(data)
        self._grad = None
        plain = type(label) is str and not (label or _op or _children)
        self._mark = _now if plain else chain.mark_of_leaf(label, _op, _children, _now)
        self.op = None
        self._a = None
        self._b = None

    # --- what is known of a node -----------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number. Only a leaf's may be set; a graph made from it before must then be computed again."""
        return self._number

    @data.setter
    def data(self, new: SupportsFloat) -> None:
        global _now
        if self.op is not None:
            raise AttributeError(
                f"{describe(self)} is the result of an operation, its data cannot be set; "
                "set the data of the leaves it was made from, and compute it again"
            )
        data = number(new)
        with _lock:
            new_mark = Mark("", _now.edits + 1)
            # The leaf is marked first: at no moment may a node seem to be younger than an edit it has not seen.
            self._mark = Mark(self._mark.label, new_mark.edits) if self._mark.label else new_mark
            self._number = data
            _now = new_mark

    @property
    def grad(self) -> float:
        """d(root)/d(this node), as the last `backward()` left it: 0.0 before, summed over calls in leaves."""
        return 0.0 if self._grad is None else float(self._grad)

    @grad.setter
    def grad(self, new: SupportsFloat | None) -> None:
        grad = None if new is None else number(new)
        with _lock:  # a backward() in another thread adds to what it has found
            self._grad = grad

    @property
    def has_grad(self) -> bool:
        """Whether a `backward()` has reached this node (or its `grad` was set)."""
        return self._grad is not None

    @property
    def label(self) -> str:
        """The name in diagrams, formulas and tables; empty if it was given none."""
        return self._mark.label

    @label.setter
    def label(self, new: str) -> None:
        label = as_label(new)
        with _lock:  # an edit of the data in another thread must not be forgotten
            self._mark = self._mark.labelled(label)

    @property
    def args(self) -> "tuple[Value | float, ...]":
        """What the operation was applied to, in order: nodes, and constants as floats. `x*x` has `(x, x)`."""
        return () if self.op is None else (self._a,) if self._b is None else (self._a, self._b)

    @property
    def parents(self) -> "tuple[Value, ...]":
        """The nodes among `args`: this node's edges towards the leaves."""
        return tuple(x for x in self.args if isinstance(x, Value))

    # --- the chain rule --------------------------------------------------------------------------------------------

    def backward(self) -> None:
        """Compute the gradient of this node with respect to every node it was made from.

        Leaves add it to their `grad` (set that to 0 between steps of training); the other nodes set theirs afresh.
        So a second call doubles the leaves, and two roots that share nodes give the sum of both. The call is all or
        nothing: after an error the leaves have the gradients they had before, and after ctrl-C those or, where it came
        when all was done, the new ones.

        Raises `StaleGraphError` if a leaf's `data` was changed after the graph was computed.
        """
        # No loop stands here: from 3.12 on ctrl-C at the end of a round passes by the `with` and `try` around the loop.
        with _lock:
            order = topological(self)
            if anomaly.watched:
                anomaly.check_gradients(order, added=True)
            before: list[tuple[Value, Any]] = []
            try:
                pass_back(order, before, _now)
            except BaseException:
                take_back(order, before)
                raise

    def _step_back(self) -> None:
        with _lock:
            if anomaly.watched:
                anomaly.check_step(self)
            chain.step_back(self, _now)

    # --- operators: each records one row of the table --------------------------------------------------------------

    def __add__(self, other: "Operand") -> "Value":
        return _binary(ops.add, self, other)

    def __radd__(self, other: "Operand") -> "Value":
        return _binary(ops.add, other, self)

    def __sub__(self, other: "Operand") -> "Value":
        return _binary(ops.sub, self, other)

    def __rsub__(self, other: "Operand") -> "Value":
        return _binary(ops.sub, other, self)

    def __mul__(self, other: "Operand") -> "Value":
        return _binary(ops.mul, self, other)

    def __rmul__(self, other: "Operand") -> "Value":
        return _binary(ops.mul, other, self)

    def __truediv__(self, other: "Operand") -> "Value":
        return _binary(ops.div, self, other)

    def __rtruediv__(self, other: "Operand") -> "Value":
        return _binary(ops.div, other, self)

    def __pow__(self, other: "Operand", modulus: None = None) -> "Value":
        if modulus is not None:
            raise TypeError("pow() of a Value takes no modulus, it would have no derivative: use pow(x, y)")
        return _binary(ops.power, self, other)

    def __rpow__(self, other: "Operand") -> "Value":
        return _binary(ops.power, other, self)

    def __mod__(self, other: "Operand") -> "Value":
        return _binary(ops.mod, self, other)

    def __rmod__(self, other: "Operand") -> "Value":
        return _binary(ops.mod, other, self)

    def __floordiv__(self, other: "Operand") -> "Value":
        return _binary(ops.floor_divide, self, other)

    def __rfloordiv__(self, other: "Operand") -> "Value":
        return _binary(ops.floor_divide, other, self)

    def __divmod__(self, other: "Operand") -> "tuple[Value, Value]":
        return self // other, self % other

    def __rdivmod__(self, other: "Operand") -> "tuple[Value, Value]":
        return other // self, other % self

    def __neg__(self) -> "Value":
        return _unary(ops.neg, self)

    def __pos__(self) -> "Value":
        return self

    def __abs__(self) -> "Value":
        return _unary(ops.absolute, self)

    def abs(self) -> "Value":
        """|x|; slope 0 at 0."""
        return _unary(ops.absolute, self)

    def exp(self) -> "Value":
        """The exponential function, e**x."""
        return _unary(ops.exp, self)

    def expm1(self) -> "Value":
        """e**x - 1, accurate near 0."""
        return _unary(ops.expm1, self)

    def log(self) -> "Value":
        """The natural logarithm; -inf at 0, NaN below."""
        return _unary(ops.log, self)

    def log1p(self) -> "Value":
        """log(1 + x), accurate near 0."""
        return _unary(ops.log1p, self)

    def sqrt(self) -> "Value":
        """The square root; NaN below 0."""
        return _unary(ops.sqrt, self)

    def sin(self) -> "Value":
        """The sine of an angle in radians."""
        return _unary(ops.sin, self)

    def cos(self) -> "Value":
        """The cosine of an angle in radians."""
        return _unary(ops.cos, self)

    def tan(self) -> "Value":
        """The tangent of an angle in radians."""
        return _unary(ops.tan, self)

    def asin(self) -> "Value":
        """The arc sine, in radians; NaN outside [-1, 1]."""
        return _unary(ops.asin, self)

    def acos(self) -> "Value":
        """The arc cosine, in radians; NaN outside [-1, 1]."""
        return _unary(ops.acos, self)

    def atan(self) -> "Value":
        """The arc tangent, in radians."""
        return _unary(ops.atan, self)

    def sinh(self) -> "Value":
        """The hyperbolic sine."""
        return _unary(ops.sinh, self)

    def cosh(self) -> "Value":
        """The hyperbolic cosine."""
        return _unary(ops.cosh, self)

    def tanh(self) -> "Value":
        """The hyperbolic tangent."""
        return _unary(ops.tanh, self)

    def sigmoid(self) -> "Value":
        """The logistic function 1/(1 + e**-x)."""
        return _unary(ops.sigmoid, self)

    def softplus(self) -> "Value":
        """log(1 + e**x), without overflow."""
        return _unary(ops.softplus, self)

    def relu(self) -> "Value":
        """max(x, 0); slope 0 at 0."""
        return _unary(ops.relu, self)

    def leaky_relu(self, slope: "Operand" = 0.01) -> "Value":
        """`x` above 0, `slope` times x below (Maas et al. 2013); `slope` may be a node (He et al. 2015: PReLU)."""
        return self._record(ops.leaky_relu, self, slope)

    def maximum(self, other: "Operand") -> "Value":
        """The larger of two; a tie splits the slope evenly."""
        return self._record(ops.maximum, self, other)

    def minimum(self, other: "Operand") -> "Value":
        """The smaller of two; a tie splits the slope evenly."""
        return self._record(ops.minimum, self, other)

    def step(self) -> "Value":
        """1 above 0, else 0; slope 0 everywhere."""
        return _unary(ops.step, self)

    # --- comparisons: nodes are equal by identity, as they are hashed; all else goes by value ------------------------

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        if comparisons.watched:
            comparisons.seen(operator.eq, self, other)
        if isinstance(other, Value):
            return self is other
        try:
            return self._number == comparable(other)
        except (TypeError, ValueError):
            return NotImplemented

    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)

    # --- what would silently leave the graph -----------------------------------------------------------------------

    def __float__(self) -> float:
        raise TypeError(
            "a Value is not turned into a float silently, its gradient would be lost: for the number use v.data "
            "(or f'{v:.3f}' to print it); for a function of the node one that records, such as "
            "autograd_lite.exp(v) for math.exp(v)"
        )

    __int__ = __float__

    def __bool__(self) -> bool:
        raise TypeError("the truth of a Value is ambiguous: write `v is not None`, or `v.data != 0`")

    # --- text ------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        grad = repr(self.grad) if self.has_grad else "—"
        name = self.label if len(self.label) <= 40 else f"{self.label[:25]}…{self.label[-14:]}"
        return f"Value(data={self._number!r}, grad={grad}{name and f', label={name!r}'})"

    def __format__(self, spec: str) -> str:
        return format(self._number, spec) if spec else repr(self)

    # --- for the rest of the package ---------------------------------------------------------------------------------

    def _slope_beside(self, slope: Any) -> Any:
        return slope  # which is NaN where this node is: `grad` sees to that

    def _restored(self, data: float) -> "Value":
        """This node with the data that a file says: the operation may round otherwise on another machine."""
        return node_of(Value, self.op, data, self._a, self._b, self._grad, self._mark)

    @staticmethod
    def _record(op: Op, *args: Any) -> "Value":
        """Apply `op` to arguments of which at least one is a node."""
        if len(args) == 1:
            if isinstance(args[0], type):
                number(args[0])  # raises: it is the class itself
            return _unary(op, *args)
        node = _binary(op, *args)
        return arrays.elementwise(op, *args) if node is NotImplemented else node


ops.SAID.update({name: method.__doc__ for name in ops.OPS if (method := vars(Value).get(name)) and method.__doc__})

Operand = Value | SupportsFloat
"""What an operator takes on its other side."""


def _unary(op: Op, a: Value) -> Value:
    node = _new(Value)
    node._mark = _now  # before the data is read: an edit in between, by another thread, then makes the node stale
    node._number = op.fn(a._number)
    node._grad = None
    node.op = op
    node._a = a
    node._b = None
    if anomaly.watched:
        anomaly.recorded(node)
    return node


def _binary(op: Op, a: Any, b: Any) -> Value:
    mark = _now
    if isinstance(a, Value):
        x = a._number
    elif arrays.is_array(a):
        return NotImplemented  # type: ignore[no-any-return]  # what operators return to be asked the other way round
    else:
        x = a = constant(a)
    if isinstance(b, Value):
        y = b._number
    elif type(b) is float:
        y = b
    elif type(b) is int:
        y = b = constant(b)
    else:
        y = b = _number_of(b, constant, op.name)
        if y is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
    node = _new(Value)
    node._mark = mark
    node._number = op.fn(x, y)
    node._grad = None
    node.op = op
    node._a = a
    node._b = b
    if anomaly.watched:
        anomaly.recorded(node)
    return node


def _number_of(x: object, convert: Callable[[object], float], operation: str) -> float:
    """The number on the right of an operator; NotImplemented for what is to be asked itself.

    NumPy's arrays then ask `__array_ufunc__` for each element.
    """
    if arrays.is_array(x):
        return NotImplemented  # type: ignore[no-any-return]
    try:
        return convert(x)
    except TypeError:
        refuse_foreign(x)
        if takes_over(x, operation):
            return NotImplemented  # type: ignore[no-any-return]
        raise
