"""A graph as hypothesis draws and prints it: a calculation at a point, and the code that rebuilds it."""

import itertools
import keyword
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import HELPERS, OPS, Op
from autograd_lite.engine.value import Operand, Value
from autograd_lite.text.python import PYTHON

__all__ = ["RESERVED", "Built", "Graph", "Leaf", "Line", "as_python", "float_text", "word"]

NAMESPACE: dict[str, Any] = {
    "Value": Value,
    **{name: op for name, op in OPS.items() if name not in {"add", "sub", "mul", "div", "neg", "abs", "pow"}},
}
"""What a star import of the package brings, as far as graphs need it: Python's own abs works on nodes too."""

RESERVED = {*keyword.kwlist, *OPS, *HELPERS, "Value", "float", "ops", "root", "__debug__"}
KNOWN = {*OPS.values(), *HELPERS.values()}
LONGEST = 44  # a part of a formula with more characters gets a line of its own


@dataclass(frozen=True, slots=True)
class Leaf:
    """A variable: its name in the code, its number, and the label of its node."""

    name: str
    data: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """An operation and its arguments: an int counts the leaves, then the lines, from 0; a float is a constant."""

    op: Op
    args: tuple[int | float, ...]


class Built(NamedTuple):
    """Nodes that nobody has used yet."""

    root: Value
    """The result."""
    leaves: dict[str, Value]
    """The variables by name."""
    nodes: list[Value]
    """All nodes, operands first: the leaves, then the results of operations, `root` the last."""


class Graph:
    """A calculation with named variables, at a point; what `graphs()` and `expressions()` draw.

    Args:
        code: Python that binds the variables (`x = Value(0.5, "x")`) and the result, `root`. It is run, with the names
            of `from autograd_lite import *` at hand.
        ops: operations of the user's own that the code uses, by their names; what is no name in Python gets "op_"
            before it, and "_" in place of what no name has.

    >>> from autograd_lite.testing import Graph
    >>> g = Graph('''
    ...     x = Value(2.0, "x")
    ...     root = x * x
    ... ''')
    >>> g.at, g(), g(x=3.0)
    ({'x': 2.0}, 4.0, 9.0)
    >>> root, leaves, nodes = g.build()
    >>> root.backward()
    >>> leaves["x"].grad
    4.0

    A graph never changes: each `build()` gives nodes of its own. It prints as the code that makes it, so that what
    hypothesis shows of a failure can be pasted into a test, `@example(Graph(...))`, or its lines alone, into a script.
    Two graphs are equal if they print alike.

    Raises `ValueError` if the code does not bind `root` to a node or two operations have one name, and whatever the
    code itself raises.
    """

    __slots__ = ("_code", "_leaves", "_lines")

    def __init__(self, code: str, *, ops: Iterable[Op] = ()) -> None:
        names: dict[str, Any] = NAMESPACE | _by_word(ops)
        exec(compile(textwrap.dedent(code), "<Graph>", "exec"), names)  # noqa: S102  (it is the caller's code)
        root = names.pop("root", None)
        if not isinstance(root, Value):
            raise ValueError(  # noqa: TRY004  (what is wrong is the code)
                "the code of a graph gives its variables and its result, as in "
                f"'x = Value(2.0, \"x\")' and 'root = x * x'; this code gives {root!r:.60} as root"
            )
        leaves = {name: x for name, x in names.items() if isinstance(x, Value) and x.op is None}
        self._read(root, leaves)

    @classmethod
    def of(cls, root: Value) -> "Graph":
        """Return the graph of a node: the same calculation, at the same numbers, which prints as code.

        Leaves are named by their labels, or x1, x2, ... where they have none that can be a name in Python.
        """
        return cls._of(root, {})

    @classmethod
    def from_lines(cls, leaves: Sequence[Leaf], lines: Sequence[Line]) -> "Graph":
        """Return the graph of the last of these lines, without what it does not use."""
        nodes: list[Value] = [Value(leaf.data, leaf.label) for leaf in leaves]
        named = {leaf.name: node for leaf, node in zip(leaves, nodes, strict=True)}
        for line in lines:
            nodes.append(line.op(*(x if isinstance(x, float) else nodes[x] for x in line.args)))
        return cls._of(nodes[-1], named)

    @classmethod
    def _of(cls, root: Value, names: dict[str, Value]) -> "Graph":
        graph = cls.__new__(cls)
        graph._read(root, names)  # noqa: SLF001  (its own)
        return graph

    def _read(self, root: Value, names: dict[str, Value]) -> None:
        order = topological(root)
        leaves = [node for node in order if node.op is None]
        own = {name for name, op in _by_word(node.op for node in order if node.op).items() if op not in KNOWN}
        place = {id(node): k for k, node in enumerate(names.values())}
        leaves.sort(key=lambda node: place.get(id(node), len(place)))
        names_by_id = _names(leaves, {id(node): name for name, node in names.items()}, own)
        self._leaves = tuple(Leaf(names_by_id[id(node)], node.data, node.label) for node in leaves)
        number = {id(node): k for k, node in enumerate(leaves)}
        lines = []
        for node in order:
            if node.op is not None:
                number[id(node)] = len(number)
                lines.append(Line(node.op, tuple(x if isinstance(x, float) else number[id(x)] for x in node.args)))
        self._lines = tuple(lines)
        self._code = _code(self._leaves, self._lines)

    @property
    def code(self) -> str:
        """Lines of Python that make the nodes, to be run after `from autograd_lite import *`."""
        return self._code

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The variables that the result depends on."""
        return self._leaves

    @property
    def lines(self) -> tuple[Line, ...]:
        """The operations, each after those it uses; the last gives the result."""
        return self._lines

    @property
    def at(self) -> dict[str, float]:
        """The point: the numbers of the variables, by name."""
        return {leaf.name: leaf.data for leaf in self._leaves}

    def build(self) -> Built:
        """Return the result, the variables and all nodes of a graph made afresh, at the numbers of `at`."""
        leaves = {leaf.name: Value(leaf.data, leaf.label) for leaf in self._leaves}
        nodes = self._run(list(leaves.values()))
        return Built(nodes[-1], leaves, nodes)

    def floats(self, **at: float) -> list[float]:
        """Return the number of each node, in the order of `build().nodes`, at this point or with these changes."""
        return self._run(self._point((), at))

    def __call__(self, *numbers: Operand, **named: Operand) -> Any:
        """Return the result: a float, or a node if a variable is given as one.

        Variables come by position or by name; those that are not given have the numbers of `at`.
        """
        return self._run(self._point(numbers, named))[-1]

    def _point(self, numbers: Sequence[Operand], named: dict[str, Any]) -> list[Any]:
        names = list(self.at)
        unknown = [name for name in named if name not in names[len(numbers) :]]
        if len(numbers) > len(names) or unknown:
            what = f"{unknown[0]!r}" if unknown else f"{len(numbers)} numbers"
            raise TypeError(f"this graph has the variables {', '.join(names)}, each to be given once, got {what}")
        return [*numbers, *({**self.at, **named}[name] for name in names[len(numbers) :])]

    def _run(self, nodes: list[Any]) -> list[Any]:
        for line in self._lines:
            nodes.append(line.op(*(x if isinstance(x, float) else nodes[x] for x in line.args)))
        return nodes

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return self._code == other._code and [line.op for line in self._lines] == [line.op for line in other._lines]

    def __hash__(self) -> int:
        return hash(self._code)

    def __repr__(self) -> str:
        ops = ", ".join(word(op.name) for op in dict.fromkeys(x.op for x in self._lines) if op not in KNOWN)
        ops = f", ops=[{ops}]" if ops else ""
        if "\\" in self._code or '"""' in self._code:
            return f"Graph({self._code!r}{ops})"
        return f'Graph("""\n{textwrap.indent(self._code, "    ")}\n"""{ops})'

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001  (IPython's protocol, and hypothesis')
        for k, line in enumerate(("Graph(...)" if cycle else repr(self)).split("\n")):
            if k:
                printer.break_()
            printer.text(line)


def as_python(name: str) -> str:
    """Return an identifier as Python takes it: letters that look alike are one (NFKC)."""
    return unicodedata.normalize("NFKC", name)


def word(name: str) -> str:
    """Return the name of an operation as a name in Python."""
    plain = as_python(name)
    taken = keyword.iskeyword(plain) or plain in {"Value", "float", "root", "__debug__"}
    return plain if plain.isidentifier() and not taken else re.sub(r"\W", "_", f"op_{plain}")


def _by_word(ops: Iterable[Op]) -> dict[str, Op]:
    by_word: dict[str, Op] = {}
    for op in ops:
        if by_word.setdefault(word(op.name), op) is not op:
            raise ValueError(f"two operations of a graph are called {word(op.name)}; give one of them another name")
    return by_word


def _names(leaves: Iterable[Value], chosen: dict[int, str], own: set[str]) -> dict[int, str]:
    """A name for each leaf, by id: the chosen one, else its label, else x1, x2, ... None is that of an operation."""
    taken = RESERVED | own
    names = {node: name for node, name in chosen.items() if name not in taken}
    used = set(names.values()) | own
    for node in leaves:
        name = as_python(node.label)
        if id(node) in names or not name.isidentifier() or name in RESERVED | used:
            continue
        names[id(node)] = name
        used.add(name)
    numbered = (name for k in itertools.count(1) if (name := f"x{k}") not in used)
    return {id(node): names.get(id(node)) or next(numbered) for node in leaves}


@dataclass(frozen=True, slots=True)
class _Text:
    """A piece of a formula, in brackets where it binds looser than its place asks."""

    text: str
    binds: int = 9

    def __format__(self, spec: str) -> str:
        return f"({self.text})" if spec and self.binds < int(spec) else self.text


def _code(leaves: Sequence[Leaf], lines: Sequence[Line]) -> str:
    uses = [0] * (len(leaves) + len(lines))
    for line in lines:
        for x in line.args:
            if isinstance(x, int):
                uses[x] += 1
    taken = {leaf.name for leaf in leaves} | {word(line.op.name) for line in lines if line.op not in KNOWN}
    numbered = (name for k in itertools.count(1) if (name := f"v{k}") not in taken)
    helpers = sorted({line.op.name for line in lines if line.op is HELPERS.get(line.op.name)})
    written = [f"from autograd_lite.engine.ops import {', '.join(helpers)}"] if helpers else []
    for leaf in leaves:
        label = f", {_quoted(leaf.label)}" if leaf.label else ""
        written.append(f"{leaf.name} = Value({float_text(leaf.data)}{label})")
    texts = [_Text(leaf.name) for leaf in leaves]
    if not lines:
        written.append(f"root = {leaves[-1].name}")
    for k, line in enumerate(lines, len(leaves)):
        args = [_number(x) if isinstance(x, float) else texts[x] for x in line.args]
        if line.op is OPS.get(line.op.name):
            template, binds = PYTHON.row(line.op)
            text = _Text(template.format(*args), binds)
        else:  # the formula of a helper or of a row made by a user need not round as the row does
            text = _Text(f"{word(line.op.name)}({', '.join(arg.text for arg in args)})")
        if k == len(uses) - 1:
            written.append(f"root = {text.text}")
        elif uses[k] > 1 or len(text.text) > LONGEST:
            name = next(numbered)
            written.append(f"{name} = {text.text}")
            text = _Text(name)
        texts.append(text)
    return "\n".join(written)


def float_text(x: float) -> str:
    """Return a float as Python reads it."""
    return repr(x) if math.isfinite(x) else f'float("{x}")'


def _number(x: float) -> _Text:
    return _Text(float_text(x), 3 if repr(x)[0] == "-" and math.isfinite(x) else 9)


def _quoted(text: str) -> str:
    return f'"{text}"' if text.isprintable() and not {'"', "\\"} & set(text) else repr(text)
