"""A graph in a file: one object a node, each after those it was made from."""

import json
import math
import os
import struct
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograd_lite.engine import anomaly
from autograd_lite.engine.chain import describe
from autograd_lite.engine.graph import check_recorded, topological
from autograd_lite.engine.ops import HELPERS, OPS, OWN, Op
from autograd_lite.engine.validation import in_order
from autograd_lite.engine.value import Value, locked
from autograd_lite.storage.format import GRAPH, checksum, path_text, write, written
from autograd_lite.storage.reading import (
    MAX_BYTES,
    WrongError,
    check_members,
    check_sum,
    check_type,
    number,
    read,
    saved_file,
    shown,
)

__all__ = ["load_graph", "save_graph"]

ULPS = 8
"""The table promises 4 units in the last place, on any machine: so two machines may differ by twice as many."""

_EXACT = {
    *("add", "sub", "mul", "div", "neg", "sqrt"),
    *("abs", "relu", "leaky_relu", "maximum", "minimum", "step", "compare", "mod", "floor_divide"),
}
"""Rows that IEEE 754 rounds in one way only, on every machine."""

_TABLE: Mapping[str, Op] = ChainMap(OPS, HELPERS, OWN)
_MEMBERS = {"label", "op", "args", "data", "grad"}
_PLACES = "args[0]", "args[1]"


def save_graph(roots: Value | Iterable[Value], path: str | os.PathLike[str]) -> Path:
    """Write one result, or a list of results, to a JSON file with all they were made from, and return the path.

    Saved are operations, numbers and gradients, exact to the bit, and labels; a node that is shared stays shared. The
    file is written whole or not at all.

    Raises:
        ValueError: an operation that is not in the package's table, a cycle, or no result at all.
        StaleGraphError: a leaf was changed after the graph was computed.
        TypeError: something in place of a `Value`, or `path` is not a path; a set or dict, which has no order.
        OSError: the file cannot be written, or `path` is a pipe, a device or a folder; an older one stays as it is.
    """
    one = isinstance(roots, Value)
    many = [roots] if isinstance(roots, Value) else _values(roots)
    name = path_text(path)
    return write(name, GRAPH, _pieces(many, one=one))


@locked
def _pieces(many: Sequence[Value], *, one: bool) -> list[str]:
    order: list[Value] = []
    done: set[Value] = set()
    for root in many:
        order += topological(root, done) if root not in done else []
    check_recorded(order)
    position = {node: k for k, node in enumerate(order)}
    for node in position:
        if node.op is not None and _TABLE.get(node.op.name) is not node.op:
            raise ValueError(
                f"{describe(node)} was made by the operation {node.op.name!r}, which is not in autograd_lite's table "
                "and not what autograd_lite.operation() defined by that name last: a file cannot say what it computes"
            )
    numbers = [position[root] for root in many]
    return list(_body(position, numbers[0] if one else numbers))


def load_graph(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Any:
    """Return what was saved at `path`: a `Value` if one was, a list of them if a list was. Nothing is executed.

    Every operation is computed again from its operands, and must give the file's number, to within what two machines'
    mathematics libraries may differ by. The file's number is kept.

    Raises:
        FileFormatError: a `ValueError`; the file is cut short, foreign, of a newer version, larger than `max_bytes`,
            damaged, or wrong in any part; the message names the file, the place and the reason.
        ValueError: `max_bytes` is below 1.
        TypeError: `path` is not a path, or `max_bytes` not a whole number.
        OSError: the file cannot be read.
    """
    with saved_file(path) as file:
        content = read(file, max_bytes, GRAPH, {"roots": (int, list), "nodes": (list,)}, set())
        roots = content["roots"]
        for name in ("nodes", "roots"):
            if content[name] == []:
                raise WrongError(f"{name}: at least one is due, got []")
        with anomaly.unchecked():
            nodes = _nodes(content.pop("nodes"))
        one = isinstance(roots, int)
        result = [_root(k, nodes, "roots" if one else f"roots[{j}]") for j, k in enumerate([roots] if one else roots)]
        if "crc32" in content:
            check_sum(content, checksum(_body({node: k for k, node in enumerate(nodes)}, roots)))
    return result[0] if one else result


def _values(roots: Any) -> list[Value]:
    what = "save_graph(roots, path) saves a Value or a list of Values"
    if isinstance(roots, (str, bytes)) or not isinstance(roots, Iterable):
        hint = "; for networks use save_network" if hasattr(roots, "parameters") else ""
        raise TypeError(f"{what}, got {type(roots).__name__}{hint}")
    values = list(in_order(roots, "results"))
    for k, root in enumerate(values):
        if not isinstance(root, Value):
            raise TypeError(f"{what}, got {type(root).__name__} as number {k} of a {type(roots).__name__}")
    if not values:
        raise ValueError(f"{what}, got none: there is nothing to save")
    return values


def _body(position: Mapping[Value, int], roots: int | list[int]) -> Iterator[str]:
    yield f'"roots": {json.dumps(roots)},\n"nodes": ['
    separator = "\n"
    for node in position:
        yield separator + _row(node, position)
        separator = ",\n"
    yield "\n],\n"


def _row(node: Value, position: Mapping[Value, int]) -> str:
    label = f'"label": {json.dumps(node.label)}, ' if node.label else ""
    origin = ""
    if node.op is not None:
        args = (f"{position[x]}" if isinstance(x, Value) else f'{{"constant": {written(x)}}}' for x in node.args)
        origin = f'"op": "{node.op.name}", "args": [{", ".join(args)}], '
    grad = f', "grad": {written(node.grad)}' if node.has_grad else ""
    return f'{{{label}{origin}"data": {written(node.data)}{grad}}}'


def _nodes(rows: list[Any]) -> list[Value]:
    nodes: list[Value] = []
    rows.reverse()
    while rows:  # a row is forgotten when its node is made
        try:
            nodes.append(_node(rows.pop(), nodes))
        except WrongError as wrong:
            raise WrongError(f"node {len(nodes)}: {wrong}") from None
    return nodes


def _node(row: Any, nodes: list[Value]) -> Value:
    if type(row) is not dict or "data" not in row or not row.keys() <= _MEMBERS:
        check_members(row, {"data"}, _MEMBERS)
    data = number(row["data"], "data")
    label = row.get("label", "")
    check_type(label, (str,), "label")
    if "op" in row or "args" in row:
        node = _result(row, nodes)
        if not _follows(node, data):
            operands = " and ".join(repr(x.data if isinstance(x, Value) else x) for x in node.args)
            raise WrongError(f"data is {data!r}, but {row['op']} of {operands} is {node.data!r}")
        node = node._restored(data)  # noqa: SLF001  (made for this: nobody else may set the number of a result)
        if label:
            node.label = label
    else:
        node = Value(data, label)
    if "grad" in row:
        node.grad = number(row["grad"], "grad")
    return node


def _result(row: dict[str, Any], nodes: list[Value]) -> Value:
    if "op" not in row or "args" not in row:
        raise WrongError(f"it has {'op' if 'op' in row else 'args'!r} alone; results have 'op' and 'args', leaves none")
    name, args = row["op"], row["args"]
    check_type(name, (str,), "op")
    check_type(args, (list,), "args")
    op = _TABLE.get(name)
    if op is None:
        raise WrongError(
            f"op: there is no operation {shown(name)} in this version of autograd_lite; one of your own must be "
            "defined, with autograd_lite.operation(), before the file is read"
        )
    if len(args) != op.arity:
        raise WrongError(f"args: {name} takes {op.arity}, got {len(args)}")
    operands = [_operand(x, nodes, place) for x, place in zip(args, _PLACES, strict=False)]
    if all(type(x) is float for x in operands):
        raise WrongError("args: at least one is the number of a node, got constants only")
    node: Value = op(*operands)
    return node


def _operand(x: Any, nodes: list[Value], place: str) -> Value | float:
    if type(x) is int:
        if 0 <= x < len(nodes):
            return nodes[x]
        before = f"from 0 to {len(nodes) - 1}" if nodes else "none"
        raise WrongError(f"{place}: an operand is one of the nodes before this one, {before}; got {shown(x)}")
    if not isinstance(x, dict) or x.keys() != {"constant"}:
        raise WrongError(f'{place}: the number of a node or {{"constant": ...}} is due, got {shown(x)}')
    return number(x["constant"], place)


def _root(k: object, nodes: list[Value], place: str) -> Value:
    if type(k) is not int or not 0 <= k < len(nodes):
        raise WrongError(f"{place}: the number of a node is due, from 0 to {len(nodes) - 1}; got {shown(k)}")
    return nodes[k]


def _follows(node: Value, data: float) -> bool:
    """Whether a file may say `data` where this machine computes the node's."""
    here = node.data
    if here == data and here != 0.0:
        return True
    if math.isnan(here) or math.isnan(data):
        return math.isnan(here) and math.isnan(data)
    if node.op is not None and node.op.name in _EXACT:
        return here == data and math.copysign(1.0, here) == math.copysign(1.0, data)
    return abs(_rank(here) - _rank(data)) <= ULPS


def _rank(x: float) -> int:
    """The number of floats between 0 and `x`, signed; infinity comes after the largest float."""
    rank: int = struct.unpack("<q", struct.pack("<d", abs(x)))[0]
    return rank if x > 0.0 else -rank
