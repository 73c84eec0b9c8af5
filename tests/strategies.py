"""What hypothesis draws for these tests: the package's own strategies, for all rows, helpers included."""

import math
from collections.abc import Sequence

from hypothesis import strategies as st

from autograd_lite import Value, testing
from autograd_lite.engine.ops import HELPERS, OPS, Op
from autograd_lite.testing.oracle import Step
from autograd_lite.testing.strategies.domains import at_kink

__all__ = ["ROWS", "at_kink", "build", "points", "programs", "steps_of"]

ROWS: dict[str, Op] = {**OPS, **HELPERS}


def points(op: Op, tiny: float = 0.0, reach: float = math.inf) -> st.SearchStrategy[tuple[float, ...]]:
    """Arguments from the row's whole domain, zero or sized from `tiny` to `reach`, kinks left out."""
    drawn = testing.points(op, margin=0.0, reach=reach, finite=False)
    if not tiny:
        return drawn
    smallest = [0.0 if low < 0.0 < high else tiny for low, high in op.domain]
    sized = drawn.map(lambda point: tuple(x if abs(x) >= tiny else y for x, y in zip(point, smallest, strict=True)))
    return sized.filter(lambda point: not at_kink(op, point))


def steps_of(graph: testing.Graph) -> list[Step]:
    """The graph as steps for the oracle."""
    leaves = [Step("leaf", (leaf.data,)) for leaf in graph.leaves]
    return leaves + [Step(line.op.name, line.args) for line in graph.lines]


def programs(most: int = 16) -> st.SearchStrategy[list[Step]]:
    """Calculations with sharing, near kinks and with large and small numbers, more than users are given by default."""
    return testing.graphs(4, most, ops=ROWS.values(), margin=1e-3, largest=1e6).map(steps_of)


def build(steps: Sequence[Step]) -> list[Value]:
    """Run the steps on nodes; the last node is the root."""
    nodes: list[Value] = []
    for step in steps:
        if step.name == "leaf":
            nodes.append(Value(step.args[0]))
        else:
            nodes.append(ROWS[step.name](*(x if isinstance(x, float) else nodes[x] for x in step.args)))
    return nodes
