"""From a graph to a formula: the names of quantities, what is looked into, the derivative as people derive it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograd_lite.engine import anomaly
from autograd_lite.engine.derivatives import Constant, Gradient, dependent, label_of, pull_back
from autograd_lite.engine.graph import display_names, topological
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Algebra, Apply, Derivative, Expr, Name, Number, parts

__all__ = [
    "Formula",
    "atoms",
    "derivative_name",
    "every_name",
    "name_of",
    "names_in",
    "names_of",
    "origins",
    "read",
    "read_derivative",
    "read_local",
]

WORTH_A_NAME = 4
"""A part that occurs twice in a simplified formula is named if that many names and numbers are read in it."""
NEVER = 1 << 62
WORTH_KEEPING = 16
"""Of that size a part is named even if simplifying would take it apart."""


@dataclass
class Formula:
    """What a quantity equals, and what the parts equal that have names of their own."""

    expr: Expr
    left: str | Derivative | None = None
    """The name of the quantity; None if it has none."""
    definitions: dict[Expr, Expr] = field(default_factory=dict)
    """By `Name`: derivatives that the formula uses more than once."""
    shared_from: int = 2
    """Parts of at least this size that are used more than once get a name."""
    leaves: dict[Expr, Expr] = field(default_factory=dict)
    """By `Name`: the numbers of leaves without a label."""
    called: dict[Expr, str] = field(default_factory=dict)
    """What parts are called that are nodes without a label, if they get a name."""

    def complete(self) -> "Formula":
        """The formula that says of leaves without a label, too, what they are."""
        return replace(self, definitions=self.definitions | self.leaves)


def every_name(*roots: Value) -> dict[Value, str]:
    """Return what each node of graphs is called wherever it is shown: its label, else v1, v2, ...

    The formula of a gradient names quantities of what was differentiated: these are counted first.
    """
    order: dict[Value, None] = {}
    for root in roots:
        for one in origins(root):
            order.update(dict.fromkeys(topological(one)))
    return display_names(order)


def origins(y: Value) -> list[Value]:
    """Return what a derivative, of whatever order, is the derivative of, each step of the way, and itself last.

    Raises `ValueError` for a derivative of itself.
    """
    above = {y: None}
    while isinstance(y, Gradient):
        y = y.of
        if y in above:
            raise ValueError("a derivative of itself has no formula; `of` and `wrt` of a derivative are not to be set")
        above[y] = None
    return list(above)[::-1]


def atoms(names: Mapping[Value, str]) -> dict[Value, str]:
    """Return those of the names that formulas do not look into: of what has a label, and of leaves."""
    return {
        node: name
        for node, name in names.items()
        if node.label or (node.op is None and not isinstance(node, (Constant, Gradient)))
    }


def names_of(*roots: Value) -> dict[Value, str]:
    """Return the names of the quantities of formulas: labels, told apart where two are the same, v1... for leaves."""
    return atoms(every_name(*roots))


def names_in(formula: Formula) -> set[str | Derivative]:
    """Return the names that a formula and its definitions use."""
    names: set[str | Derivative] = set()
    seen: set[Expr] = set()
    waiting = [formula.expr, *formula.definitions.values()]
    while waiting:
        expr = waiting.pop()
        if expr not in seen:
            seen.add(expr)
            waiting += parts(expr)
            if isinstance(expr, Name) and expr.text is not None:
                names.add(expr.text)
    return names


def name_of(node: Value, names: Mapping[Value, str]) -> str | Derivative | None:
    """Return what a node is called in formulas, None if nothing."""
    if isinstance(node, Gradient) and names.get(node, node.label) == label_of(node.of, node.wrt):
        return derivative_name(node.of, node.wrt, names)
    return names.get(node)


def derivative_name(y: Value, wrt: Value, names: Mapping[Value, str]) -> Derivative | None:
    """Return the name of a derivative, None if one of the two has no name."""
    of, along = name_of(y, names) or y.label, names.get(wrt, wrt.label)
    if not of or not along:
        return None
    return Derivative(of.of, (along, *of.wrt)) if isinstance(of, Derivative) else Derivative(of, (along,))


def read(y: Value, names: Mapping[Value, str], every: Mapping[Value, str] | None = None) -> Formula:
    """Return the formula of a node down to named ones, as it was computed: nothing is simplified.

    `every` has the names that other nodes get if the formula uses them more than once.
    """
    reader = _Reader(names, None, every=every)
    return reader.formula(y, name_of(y, names), whole=True)


def read_derivative(
    y: Value, wrt: Value, names: Mapping[Value, str], every: Mapping[Value, str] | None = None
) -> Formula:
    """Return the formula of a derivative as people derive it: from the slopes as written, simplified."""
    with anomaly.unchecked():  # a slope as people write it may be a NaN where the accurate one is not
        written, adjoints = _written(y, wrt, names)
        reader = _Reader(names, Algebra(), adjoints, every)
        result = reader.formula(written, derivative_name(y, wrt, names))
    result.shared_from = WORTH_A_NAME
    return result


def read_local(
    y: Value,
    wrt: Value,
    names: Mapping[Value, str],
    order: Sequence[Value],
    operand: int | None = None,
    algebra: Algebra | None = None,
) -> Expr:
    """Return the formula of a local derivative, no part of which is given a name.

    `order` has the nodes to go through, parents first, and `operand` the one operand of `y` to look at, None for all.
    """
    with anomaly.unchecked():
        if operand is None:
            slope = pull_back(dependent(order, [wrt]), y, [wrt], written=True).get(wrt, 0.0)
        else:
            assert y.op is not None
            args = (x if isinstance(x, Value) else Constant(x) for x in y.args)
            slopes = (y.op.written or y.op.partials)(y, *args)
            slope = slopes[operand] if isinstance(slopes, tuple) else slopes
        return _Reader(names, algebra or Algebra()).expression(slope)


def _written(y: Value, wrt: Value, names: Mapping[Value, str]) -> tuple[Value | float, dict[Value, Derivative]]:
    """The derivative as a graph of slopes as written; with the names of the derivatives it is made of."""
    source: Value | float = y
    if isinstance(y, Gradient):
        source, _ = _written(y.of, y.wrt, names)
        if not isinstance(source, Value):
            source = Constant(source)
        if wrt not in set(topological(source)) and wrt in set(topological(y)):
            source = y
    assert isinstance(source, Value)
    order = dependent(topological(source), [wrt])
    if not order or order[-1] is not source:
        return 0.0, {}
    ends = {node for node in order if node.label} | {wrt}
    derivatives = pull_back(order, source, ends, written=True)
    adjoints: dict[Value, Derivative] = {}
    for node, adjoint in derivatives.items():
        name = derivative_name(y, node, names)
        if isinstance(adjoint, Value) and name is not None:
            adjoints.setdefault(adjoint, name)
    return derivatives.get(wrt, 0.0), adjoints


class _Reader:
    """Turns nodes into expressions, simplified ones with an algebra."""

    def __init__(
        self,
        names: Mapping[Value, str],
        algebra: Algebra | None,
        adjoints: Mapping[Value, Derivative] | None = None,
        every: Mapping[Value, str] | None = None,
    ) -> None:
        self.names, self.algebra, self.adjoints, self.local = names, algebra, adjoints or {}, adjoints is None
        self.every = every or {}
        self.definitions: dict[Expr, Expr] = {}
        self.leaves: dict[Expr, Expr] = {}
        self.called: dict[Expr, str] = {}
        self._atoms: dict[Value, Expr] = {}
        self._name: Callable[[str | Derivative], Expr] = algebra.name if algebra else Name
        self._number: Callable[[float], Expr] = algebra.number if algebra else Number

    def formula(self, x: Value | float, left: str | Derivative | None, *, whole: bool = False) -> Formula:
        """The expression, with what its parts are called and defined to be."""
        expr = self.expression(x, whole=whole)
        return Formula(expr, left, self.definitions, leaves=self.leaves, called=self.called)

    def expression(self, x: Value | float, *, whole: bool = False) -> Expr:
        """The expression of a node or number; a named one is looked into only if `whole`."""
        if not isinstance(x, Value) or (x.op is None and whole):
            return self._number(x.data if isinstance(x, Value) else x)
        inner = self._inner(x, whole=whole)
        uses: dict[Value, int] = dict.fromkeys(inner, 0)
        for node in inner:
            for arg in node.parents:
                if arg in uses:
                    uses[arg] += 1
        done: dict[Value, Expr] = {}
        for node in inner:
            args = [done[x] if isinstance(x, Value) and x in done else self._atom(x) for x in node.args]
            expr = self._apply(node, args)
            if node in self.every and not node.label:
                self.called.setdefault(expr, self.every[node])
            if self.algebra is not None and uses[node] > 1 and not self.local:
                expr = self._part(node, expr)
            done[node] = expr
        return done[x] if x in done else self._atom(x)

    def _part(self, node: Value, expr: Expr) -> Expr:
        """What stands for a node that is used more than once: derivatives that have a name, and long parts, a name."""
        if node in self.adjoints and expr.size >= WORTH_A_NAME:
            name = self._name(self.adjoints[node])
        elif expr.size >= WORTH_KEEPING:
            name = self._name(self.called[expr]) if expr in self.called else Name(None)
        else:
            return expr
        self.definitions[name] = expr
        return name

    def _inner(self, root: Value, *, whole: bool) -> list[Value]:
        """The nodes that the expression looks into, operands first."""
        if root.op is None or (root in self.names and not whole):
            return []
        order: list[Value] = []
        seen = {root}
        above = [(root, iter(root.parents))]
        while above:
            node, operands = above[-1]
            for x in operands:
                if x not in seen and x.op is not None and x not in self.names:
                    seen.add(x)
                    above.append((x, iter(x.parents)))
                    break
            else:
                order.append(node)
                above.pop()
        return order

    def _atom(self, x: Value | float) -> Expr:
        if not isinstance(x, Value):
            return self._number(x)
        if x not in self._atoms:
            name = name_of(x, self.names)
            self._atoms[x] = made = self._number(x.data) if name is None else self._name(name)
            if name is not None and x.op is None and not x.label:
                self.leaves[made] = self._number(x.data)
        return self._atoms[x]

    def _apply(self, node: Value, args: list[Expr]) -> Expr:
        assert node.op is not None
        if self.algebra is not None:
            return self.algebra.apply(node.op, *args)
        return Apply(node.op, tuple(args), 1 + sum(x.size for x in args))
