"""Anomaly mode: the first operation, label and source line that gave a NaN or an infinity, forward or backward."""

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import ref

from autograd_lite.engine.chain import Mark, N, Node, check_recorded, describe
from autograd_lite.engine.origin import Origin, origin

__all__ = ["AnomalyError", "check_gradients", "check_step", "detect_anomaly", "recorded", "unchecked", "watched"]


class AnomalyError(FloatingPointError):
    """An operation gave a NaN or an infinity, its value or what it hands back to an operand's gradient."""

    node: Any
    """The node in question."""
    origin: Origin | None
    """Where it was made; None for a node made outside `detect_anomaly()`."""

    def __init__(self, message: str, node: Any, origin: Origin | None) -> None:
        super().__init__(message)
        self.node = node
        self.origin = origin

    def __reduce__(self) -> tuple[Any, ...]:
        return AnomalyError, (str(self), self.node, self.origin)


class Traced(Mark):
    """A mark that knows where its node was made."""

    __slots__ = ("origin",)

    origin: Origin

    def labelled(self, label: str) -> Mark:
        mark = Traced(label, self.edits)
        mark.origin = self.origin
        return mark


_CHECK, _RECORD = "check", "record"


class _Block:
    """A `with` block, which may be left in another order or place than that of its entry: generators do so."""

    __slots__ = ("__weakref__",)


class _Mark(ref[_Block]):
    """What stands for an open block: weakly, so that one whose end ctrl-C kept from being noted counts for nothing."""

    __slots__ = ()

    __hash__ = object.__hash__  # that of a `ref` would have to be computed before the block is gone


_Blocks = ContextVar[tuple[_Mark, ...]]

# The blocks that are open, in whatever thread; operations look at the first alone while it is empty.
watched: set[_Mark] = set()
_lenient: set[_Mark] = set()

# The blocks around, and some that were open before: what is not in the set above counts for nothing.
_blocks: _Blocks = ContextVar("blocks of anomaly mode", default=())
_parts: _Blocks = ContextVar("parts of derivatives", default=())


def _open(blocks: _Blocks, opened: set[_Mark]) -> tuple[_Mark, ...]:
    return tuple(block for block in blocks.get() if block in opened)


@contextmanager
def _inside(blocks: _Blocks, opened: set[_Mark]) -> Iterator[None]:
    block = _Block()
    mark = _Mark(block, opened.discard)
    try:
        opened.add(mark)
        blocks.set((*_open(blocks, opened), mark))
        yield
    finally:
        opened.discard(mark)
        blocks.set(_open(blocks, opened))


def _mode() -> str | None:
    """What is done here with nodes."""
    if not _open(_blocks, watched):
        return None
    return _RECORD if _open(_parts, _lenient) else _CHECK


def detect_anomaly() -> AbstractContextManager[None]:
    """Raise `AnomalyError` at the first operation that gives a NaN or an infinity.

    Inside the block every operation on nodes is checked when it computes, and before a `backward()` or `grad()` every
    contribution to a gradient. The error names the operation, the node's label and arguments, and the line of your
    source that made the node. Nodes made before the block have no source line, the rest is the same.

    Holds for the thread (or asynchronous task) that runs the block; a generator that waits inside it leaves it open
    for those that called it. Ctrl-C in the instant in which a block is entered or left may leave it open too, but only
    as long as something keeps that `KeyboardInterrupt`.

    Costs some microseconds an operation, so it is for looking for a fault, not for training.

    >>> from autograd_lite import Value, detect_anomaly
    >>> with detect_anomaly():  # doctest: +SKIP
    ...     Value(0.0, "x").log()
    autograd_lite.anomaly.AnomalyError: forward: log gave -inf at 'x' = 0.0 (example.py, line 2: Value(0.0, "x").log())
    """
    return _inside(_blocks, watched)


def unchecked() -> AbstractContextManager[None]:
    """Nodes made inside need not be finite: parts of derivatives that nothing may come of."""
    return _inside(_parts, _lenient)


def recorded(node: Node) -> None:
    """Note where a new node was made, and raise `AnomalyError` if it is not finite; nothing in other threads."""
    mode = _mode()
    if mode is None:
        return
    mark = Traced(node._mark.label, node._mark.edits)
    mark.origin = origin()
    node._mark = mark
    if mode == _CHECK and not math.isfinite(node._number):
        raise _forward(node)


def check_gradients(order: list[N], *, added: bool = False) -> None:
    """Raise `AnomalyError` if a value of the graph, or a part of a gradient of its last node, is not finite.

    `order` has each node after its parents. With `added`, leaves add what comes to the gradient that they have. Does
    nothing in other threads.
    """
    if _mode() != _CHECK:
        return
    check_recorded(order)
    for node in order:
        if not math.isfinite(node._number):
            raise _forward(node)
    gradients = _gradients(order)
    for leaf in order if added else ():
        if leaf.op is None:
            _check_sum(leaf, gradients[leaf])


def check_step(node: N) -> None:
    """Raise `AnomalyError` if what a node adds to the gradients of its operands is not finite, or their sums."""
    if _mode() != _CHECK or node.op is None:
        return
    check_recorded([node])
    if not math.isfinite(node._number):
        raise _forward(node)
    parts: dict[N, float] = {}
    for x, part in _contributions(node, node._grad or 0.0):
        parts[x] = parts.get(x, 0.0) + part
    for x, part in parts.items():
        _check_sum(x, part)


def _check_sum(node: Node, part: float) -> None:
    if not math.isfinite((node._grad or 0.0) + part):
        came = f"{part!r} is added to the {node._grad or 0.0!r} that it has"
        raise _error(f"backward: the gradient of {describe(node)} is not finite when {came}", node)


def _gradients(order: list[N]) -> dict[N, float]:
    """What `backward()` would compute, every part of it checked."""
    gradients: dict[N, float] = dict.fromkeys(order, 0.0)
    gradients[order[-1]] = 1.0
    for node in reversed(order):
        if node.op is None:
            continue
        for x, part in _contributions(node, gradients[node]):
            gradients[x] += part
            if not math.isfinite(gradients[x]):
                raise _error(f"backward: the gradient of {describe(x)} is {gradients[x]!r}, a sum of parts", x)
    return gradients


def _contributions(node: N, grad: float) -> Iterator[tuple[N, float]]:
    """The operands of a node that are nodes, and what each gets of its gradient, checked."""
    args = [x for x in (node._a, node._b) if x is not None]
    slopes = node.op.partials(node._number, *map(_number, args))  # type: ignore[union-attr]  # it is no leaf
    for k, (x, slope) in enumerate(zip(args, slopes if isinstance(slopes, tuple) else (slopes,), strict=True)):
        if type(x) is float:
            continue
        part = grad * slope
        if not math.isfinite(part):
            name = f"{node.op.name} ({describe(node)})" if node._mark.label else node.op.name  # type: ignore[union-attr]
            raise _error(
                f"backward: {name} at {_at(args)} has the slope {slope!r} along {_along(args, k)}; "
                f"times its own gradient, {grad!r}, that is {part!r}",
                node,
            )
        yield x, part


def _forward(node: Node) -> AnomalyError:
    if node.op is None:
        return _error(f"forward: the leaf {describe(node)} holds {node._number!r}", node)
    args = [x for x in (node._a, node._b) if x is not None]
    culprits = [x for x in args if not math.isfinite(_number(x))]
    came = f"; {_name(culprits[0])} was so before" if culprits else ""
    label = f" ({describe(node)})" if node._mark.label else ""
    return _error(f"forward: {node.op.name}{label} gave {node._number!r} at {_at(args)}{came}", node)


def _error(message: str, node: Node) -> AnomalyError:
    mark = node._mark
    if isinstance(mark, Traced):
        return AnomalyError(f"{message} ({mark.origin})", node, mark.origin)
    if node.op is None:
        return AnomalyError(message, node, None)
    return AnomalyError(f"{message} (made outside detect_anomaly(), so its source line is not known)", node, None)


def _number(x: Any) -> float:
    return x if type(x) is float else float(x._number)


def _name(x: Any) -> str:
    return repr(x) if type(x) is float else describe(x)


def _at(args: Sequence[Any]) -> str:
    """The arguments with their names: `'x' = 0.0, 2.0`."""
    return ", ".join(f"{describe(x)} = {x._number!r}" if _labelled(x) else repr(_number(x)) for x in args)


def _labelled(x: Any) -> bool:
    return type(x) is not float and bool(x._mark.label)


def _along(args: Sequence[Any], k: int) -> str:
    if _labelled(args[k]):
        return describe(args[k])
    return "its argument" if len(args) == 1 else ("its first argument", "its second argument")[k]
