"""The paths of largest product, found without listing the others."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import Value, explain
from autograd_lite.engine.graph import topological
from autograd_lite.explanation import ranking
from autograd_lite.explanation.paths import NamedGraph
from autograd_lite.explanation.ranking import UNIT

SLOPES = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e-200, 1e200, 5e-324, math.inf, math.nan])


@st.composite
def joined_nodes(draw):
    """A graph of a few labelled nodes, many of them joined, with slopes that tie, vanish and overflow."""
    x = Value(1.0, "x")
    nodes = [x]
    for k in range(draw(st.integers(1, 7))):
        chosen = draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=4))
        node = chosen[0] * draw(SLOPES)
        for other in chosen[1:]:
            node = node + other * draw(SLOPES)
        node.label = f"n{k}"
        nodes.append(node)
    return nodes[-1], x


def listed(graph, node):
    """Every way from a node to the end as (size, factors), the largest first, ties in the order of the edges."""
    if node is graph.wrt[0]:
        return [(UNIT, ())]
    ways = [
        (ranking._times(edge.value, size), (edge, *factors))
        for edge in graph.edges.get(node, ())
        for size, factors in listed(graph, edge.wrt)
    ]
    return sorted(ways, key=lambda way: way[0], reverse=True)


@pytest.mark.thorough
@given(joined_nodes(), st.integers(0, 30))
def test_the_largest_of_all_paths(graph_of, limit):
    """They are the first of all paths in the order of |product|, infinite and NaN ones first; ties keep their order."""
    y, x = graph_of
    order = topological(y)
    graph = NamedGraph(y, [x], order if x in set(order) else [*order, x])
    ways = listed(graph, y)[:limit]
    products = [math.prod((factor.value for factor in factors), start=1.0) for _, factors in ways]
    expected = sorted(zip(ways, products, strict=True), key=lambda way: ranking._times(way[1], UNIT), reverse=True)
    paths = graph.largest(limit)
    assert [path.factors for path in paths] == [factors for (_, factors), _ in expected]
    assert list(map(repr, (path.product for path in paths))) == [repr(product) for _, product in expected]


def test_each_path_costs_a_look_at_its_nodes(monkeypatch):
    """500 paths through 40 layers of 8 nodes take a product for each edge and each node of a path, not 500 a node."""
    x = Value(1.0, "x")
    row = [x * (k + 1.5) for k in range(8)]
    edges = 8
    for layer in range(39):
        for k, node in enumerate(row):
            node.label = f"n{layer}_{k}"
        row = [row[k] * 0.75 + row[(k + 1) % 8] * (0.5 + 0.01 * k) for k in range(8)]
        edges += 16
    y = sum(row[1:], row[0])
    times, calls = ranking._times, []
    monkeypatch.setattr(ranking, "_times", lambda *args: (calls.append(args), times(*args))[1])
    why = explain(y, x, limit=500)
    assert len(why.paths) == 500
    assert len(calls) <= edges + 500 * 41 + 2 * 500
