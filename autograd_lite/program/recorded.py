"""What a program is recorded from, in nodes, and its instructions."""

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.comparisons import Comparison
from autograd_lite.engine.graph import adjoints, display_names, topological
from autograd_lite.engine.ieee import BEYOND
from autograd_lite.engine.value import Value, locked
from autograd_lite.program.arguments import listed
from autograd_lite.program.instructions import Guard, Instructions, numbered
from autograd_lite.program.recording import Recorder, Section

__all__ = ["Recorded", "assembled"]

Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Recorded:
    """What a program was recorded from, in nodes: enough to record it again."""

    outputs: tuple[Value, ...]
    single: bool
    wrt: tuple[Value, ...]
    inputs: tuple[Value, ...]
    updates: tuple[tuple[Value, Value], ...]
    comparisons: tuple[Any, ...]
    function: Callable[..., Any] | None = None
    """The function that made the graph, which takes the inputs in order; None for a graph of the user's."""

    def computed(self, inputs: Sequence[float]) -> list[float]:
        """Compute values and gradients with nodes, in the order of a program's outputs."""
        if self.function is not None:
            nodes = [Value(x) for x in inputs]
            moved: dict[Value, Any] = dict(zip(self.inputs, nodes, strict=True))
            made = self.function(*nodes)
            outputs = [made] if isinstance(made, Value) else list(made)
        else:
            moved = {node: Value(x) for node, x in zip(self.inputs, inputs, strict=True)}
            for root in self.outputs:
                for node in topological(root):
                    if node not in moved:
                        args = [moved[x] if isinstance(x, Value) else x for x in node.args]
                        moved[node] = node.op(*args) if node.op else Value(node.data)
            outputs = [moved[root] for root in self.outputs]
        along = [moved[x] for x in self.wrt]
        slopes = [adjoints(y) for y in outputs]
        return [y.data for y in outputs] + [found.get(x, 0.0) for found in slopes for x in along]


@locked
def assembled(recorded: Recorded, *, checked: bool = True) -> tuple[Instructions, Names, tuple[Value, ...]]:
    """Return instructions, the names of inputs, outputs and what gradients are along, and the leaves that are frozen.

    `checked` is whether graphs that are stale are refused. Raises as `compile` does.
    """
    for node in recorded.inputs:
        if node.op is not None:
            raise ValueError(f"inputs are leaves; {node!r} is the result of an operation")
    recorder = Recorder(checked=checked)
    inside = _inside_of((*recorded.outputs, *(new for _, new in recorded.updates)))
    recorder.labels = display_names(
        dict.fromkeys((*recorded.inputs, *recorded.wrt, *recorded.outputs)), {node.label for node in inside}
    )
    inputs, outputs, wrt = (
        [recorder.labels[x] for x in some] for some in (recorded.inputs, recorded.outputs, recorded.wrt)
    )
    for node, name in zip(recorded.inputs, inputs, strict=True):
        recorder.places[node] = recorder.names[name] = recorder.given()
        recorder.owners[name] = node
    recorder.record(recorded.outputs)
    compared = [x for one in recorded.comparisons for x in (one.node, one.other) if isinstance(x, Value)]
    recorder.record(compared)
    guards = [guard for one in recorded.comparisons if (guard := _guard(recorder, one))]
    slopes = [x for y in recorded.outputs for x in recorder.gradients(y, recorded.wrt)]
    recorder.section = Section.UPDATE
    news = recorder.record_updates([new for _, new in recorded.updates])
    given = set(recorded.inputs)
    for node, _ in recorded.updates:
        if node not in given:
            raise ValueError(f"updates replace inputs, which are {listed(inputs)}; got {node!r}")
    m = len(recorded.outputs)
    code = numbered(
        recorder,
        len(recorded.inputs),
        [*(recorder.places[y] for y in recorded.outputs), *slopes],
        range(m, m + len(slopes)),
        {recorder.places[node]: new for (node, _), new in zip(recorded.updates, news, strict=True)},  # type: ignore[misc]
        guards,
    )
    return code, (tuple(inputs), tuple(outputs), tuple(wrt)), tuple(recorder.frozen)


def _guard(recorder: Recorder, one: Comparison) -> Guard | None:
    """The guard of a comparison that depends on an input."""
    if not any(recorder.varies(recorder.places[x]) for x in (one.node, one.other) if isinstance(x, Value)):
        return None
    operation = getattr(operator, one.operation.__name__)
    if isinstance(one.other, int) and abs(one.other) >= BEYOND:  # an int that no float is
        if operation is operator.eq:
            return None
        # what is below it is below infinity, what is above it is infinity
        below = operation in {operator.lt, operator.le}
        operation = (
            (operator.lt if below else operator.ge) if one.other > 0 else (operator.le if below else operator.gt)
        )
        return Guard(
            operation, (recorder.places[one.node], math.inf if one.other > 0 else -math.inf), one.outcome, one.origin
        )
    a, b = (recorder.places[x] if isinstance(x, Value) else float(x) for x in (one.node, one.other))
    return Guard(operation, (a, b), one.outcome, one.origin)


def _inside_of(roots: Iterable[Value]) -> set[Value]:
    """All nodes that some were made from, and these."""
    inside = set[Value]()
    for root in roots:
        if root not in inside:
            topological(root, inside)
    return inside
