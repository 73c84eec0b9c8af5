"""Code written for other engines: micrograd's names for what a node has, and what to write where ours is otherwise."""

from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["Micrograd", "kind", "made_by_hand", "refuse_foreign"]


def made_by_hand() -> NoReturn:
    """Raise `TypeError` for a node that is given its operands or its step, as `Value(data, (a, b), "op")` elsewhere."""
    raise TypeError(
        "Value(data, label) makes a leaf; a node with operands is made by an operation, such as a * b or tanh(a), and "
        "has the slopes of that. For an operation of your own there is the decorator autograd_lite.operation: "
        "@operation above a function of one or two arguments, or @operation(slopes=...) (docs/operations.md)"
    )


def _is_foreign(x: Any) -> bool:
    """Whether `x` is another package's node of one number, as in micrograd: it would take ours for a number.

    Types of a user's own that hold several nodes, such as vectors, are none.
    """
    if not hasattr(x, "backward") or hasattr(x, "_record"):
        return False
    number = getattr(x, "data", None)
    return isinstance(number, (int, float)) or hasattr(number, "_record")


def refuse_foreign(x: object) -> None:
    """Raise `TypeError` for another package's node, which would make one of its own that holds ours as its number."""
    if _is_foreign(x):
        raise TypeError(
            f"{kind(x)}, beside a node of autograd_lite: a graph has nodes of one package. To have its networks make "
            "ours, put our class in the place of its own, as in micrograd.nn.Value = autograd_lite.Value"
        )


def kind(x: object) -> str:
    """Name the type of something for a message: two classes called Value are told apart, and a class from its nodes."""
    if isinstance(x, type):
        return f"the class {x.__name__} itself"
    name = type(x).__name__
    return f"{type(x).__module__}.{name}, a node of another package" if _is_foreign(x) else name


class _Kept:
    """An attribute that optimizers elsewhere keep on a parameter, such as Adam's `p.m` and `p.v`.

    A node has no place for it, and Python's own error, as for every other name, no remedy. A subclass has, as for all.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, node: object, owner: type | None = None) -> Any:
        try:
            return vars(node)[self.name]
        except (TypeError, KeyError):
            raise AttributeError(f"{type(node).__name__!r} object has no attribute {self.name!r}") from None

    def __set__(self, node: object, new: object) -> None:
        if hasattr(node, "__dict__"):
            vars(node)[self.name] = new
            return
        raise AttributeError(
            f"a Value has no place for {self.name!r}: keep what belongs to a parameter in a dict by node, as in "
            f"{self.name} = {{p: 0.0 for p in parameters}} and {self.name}[p] = ...; or make the parameters of a "
            "subclass, class Parameter(Value): ..., which takes attributes"
        )


class Micrograd:
    """What micrograd calls the operands, the operation and the step of a node; and what its users keep on one."""

    __slots__ = ()

    op: Any
    _a: Any
    _b: Any
    _step_back: Callable[[], None]

    @property
    def _prev(self) -> set[Any]:
        return {x for x in (self._a, self._b) if x is not None and type(x) is not float}

    @property
    def _op(self) -> str:
        if self.op is None:
            return ""
        return f"**{self._b:g}" if self.op.name == "pow" and type(self._b) is float else str(self.op.symbol)

    @property
    def _backward(self) -> Callable[[], None]:
        """One step of the chain rule: called, adds to the `grad` of each operand what it gets of this node's `grad`.

        `backward()` takes all steps, from a gradient of 1 on; by hand one sets that, then goes from node to node. Each
        call adds. Nothing happens to a leaf. Raises `StaleGraphError` as `backward()` does.
        """
        return self._step_back

    @_backward.setter
    def _backward(self, _: object) -> None:
        made_by_hand()

    m, v, velocity, momentum, cache = _Kept(), _Kept(), _Kept(), _Kept(), _Kept()
