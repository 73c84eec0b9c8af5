"""Why a gradient is what it is: the paths from the result to a node, factor by factor, and the whole backward pass."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.graph import check_recorded, topological
from autograd_lite.engine.ieee import short
from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value, locked
from autograd_lite.explanation.backward import BackwardPass, backward_pass, parameters
from autograd_lite.explanation.deltas import delta_pass
from autograd_lite.explanation.factors import Factor, Path
from autograd_lite.explanation.layerwise import LayerwisePass
from autograd_lite.explanation.matrices import matrix_pass
from autograd_lite.explanation.paths import NamedGraph, rest_of
from autograd_lite.optim import learning_rate
from autograd_lite.text.formulas import Names, Style
from autograd_lite.text.layers import find_named
from autograd_lite.text.layout import brief, many, number, page, partial, signed, table, web_table, where, width
from autograd_lite.text.python import visible
from autograd_lite.text.reading import Formula, atoms, read_derivative
from autograd_lite.text.web import as_html
from autograd_lite.text.writing import write

__all__ = ["BackwardPass", "Explanation", "Factor", "Form", "LayerwisePass", "Path", "explain"]

Form = Literal["paths", "delta", "matrix"]

LONG = 12  # factors of a path that are printed; of longer paths the first and last half of that
LISTED = 40  # local derivatives that are printed
READABLE = 2000  # nodes between the result and the node, up to which the formula is printed


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The derivative of `root` with respect to `wrt`, as the sum over all paths of the products along them.

    Printed, and in notebooks, it shows the local derivatives with their formulas, the paths, and the sum.
    """

    root: Value
    wrt: Value
    paths: tuple[Path, ...]
    """The paths shown, those of largest |product| first."""
    count: int
    """The number of all paths, shown or not: exact, however large."""
    rest: float
    """Sum of the products of the paths that are not shown: 0.0 if there are none, NaN if it is not defined."""
    gradient: float
    """d(root)/d(wrt), the same float as `backward()` gives."""
    graph: NamedGraph
    """The named nodes between, and the local derivatives of each."""

    def name(self, node: Value) -> str:
        """Return what the explanation calls a node: its label, "h1 (2)" for the second h1, v1, v2, ... for no label.

        Raises `ValueError` for a node that is not in the graph.
        """
        if node not in self.graph.names:
            raise ValueError("this node is not in the graph that is explained")
        return self.graph.names[node]

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The local derivatives on the paths shown, each once, from the result on."""
        return tuple(dict.fromkeys(factor for path in self.paths for factor in path.factors))

    @property
    def formula(self) -> str:
        """The derivative's formula in plain text, as `formula(root, wrt)` gives it; empty if it would fill pages."""
        return self.written("plain")

    def written(self, style: Style) -> str:
        """Return the derivative's formula in one of the styles of `formula()`; empty if it would fill pages."""
        formula = self._formula()
        return write(formula, self.graph.vocabulary.texts(style)) if formula is not None else ""

    def _formula(self) -> Formula | None:
        graph = self.graph
        if len(graph.between) > READABLE:
            return None
        names = atoms(graph.names) | {node: graph.names[node] for node in (self.root, self.wrt)}
        return read_derivative(self.root, self.wrt, names, graph.names)

    def definitions(self, style: Style = "plain") -> list[str]:
        """Return what the nodes without a label are that the explanation names, such as "v3 = v1 + v2"."""
        return self._defined(style)[0]

    def _defined(self, style: Style) -> tuple[list[str], bool]:
        """The definitions, and whether there would be more."""
        factors = self.factors[:LISTED]
        printed = [self.root, self.wrt, *(x for f in factors for x in (f.of, f.wrt))]
        printed += (x for path in self.paths for f in _ends(path.factors) for x in (f.of, f.wrt))
        formula = self._formula()
        formulas = [f.expression() for f in factors]
        if formula is not None:
            formulas += [formula.expr, *formula.definitions.values()]
        defined, more = self.graph.definitions(printed, formulas)
        return [write(one, self.graph.vocabulary.texts(style)) for one in defined.values()], more

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each factor of each path shown: path, step, of, wrt, symbol, formula, value, product.

        `path` and `step` are counted from 1; `product` is the whole path's.
        """
        return [
            {
                "path": k,
                "step": n,
                "of": self.name(factor.of),
                "wrt": self.name(factor.wrt),
                "symbol": factor.symbol,
                "formula": factor.formula,
                "value": factor.value,
                "product": path.product,
            }
            for k, path in enumerate(self.paths, 1)
            for n, factor in enumerate(path.factors, 1)
        ]

    # --- what it looks like ----------------------------------------------------------------------------------------

    def __str__(self) -> str:
        lines = [self._title()]
        if not self.count or self.root is self.wrt:
            return lines[0]
        factors = self.factors
        if factors:
            cells = [(visible(f.symbol), f"= {f.formula or '…'}", "=", number(f.value)) for f in factors[:LISTED]]
            lines += ["", "local derivatives", *table(cells, "lllr")]
            if len(factors) > LISTED:
                lines.append(f"  and {len(factors) - LISTED:,} more")
        definitions, more = self._defined("plain")
        if definitions:
            lines += ["", "where", *(f"  {line}" for one in definitions for line in one.splitlines())]
            lines += ["  and so on"] * more
        lines += ["", *self._sum()]
        if self.formula:
            lines += ["", self.formula]
        return "\n".join(lines)

    def __repr__(self) -> str:
        paths = f"{many(self.count)} path{'s' * (self.count != 1)}"
        return f"<Explanation of {brief(self._symbol, 60)} = {signed(self.gradient)}: {paths}>"

    def _repr_html_(self) -> str:
        # HTML and no LaTeX in the bundle: JupyterLab would show the LaTeX alone, without the tables.
        if not self.count or self.root is self.wrt:
            return page(html.escape(self._title()))
        factors = self.factors
        locals_ = [
            [f"<code>{html.escape(visible(f.symbol))}</code>", as_html(f.written("mathml")) or "…", number(f.value)]
            for f in factors[:LISTED]
        ]
        if len(factors) > LISTED:
            locals_.append([f"and {len(factors) - LISTED:,} more", "", ""])
        sums = [[html.escape(self._way(path)), _factors(path), signed(path.product)] for path in self.paths]
        sums += [[html.escape(text), "", value] for text, value in self._totals()]
        return page(
            html.escape(self._title()),
            as_html(self.written("mathml")),
            web_table(("local derivative", "formula", "value"), locals_, "llr"),
            where(self._defined("mathml")),
            web_table(("path", "factors", "product"), sums, "lrr"),
        )

    @property
    def _symbol(self) -> str:
        return partial(visible(self.name(self.root)), visible(self.name(self.wrt)))

    def _title(self) -> str:
        root, wrt = visible(self.name(self.root)), visible(self.name(self.wrt))
        if self.root is self.wrt:
            return f"{self._symbol} = 1, for it is the same node"
        if not self.count:
            names = self.graph.names
            twin = self.wrt.label and any(x.label == self.wrt.label and x is not self.wrt for x in names)
            hint = f"; the {short(self.wrt.label)} that {root} was made from is another node" if twin else ""
            return f"{self._symbol} = 0, for {root} does not depend on {wrt}{hint}"
        paths = "its only path" if self.count == 1 else f"the sum over {many(self.count)} paths"
        return f"{self._symbol} = {signed(self.gradient)}, {paths}"

    def _sum(self) -> list[str]:
        lines: list[tuple[str, str]] = [("paths", "")]
        for k, path in enumerate(self.paths, 1):
            margin = f"  {k:>{len(str(len(self.paths)))}}  "
            lines.append((margin + self._way(path), ""))
            lines.append((" " * len(margin) + _factors(path), signed(path.product)))
        lines += [(f"  {text}", value) for text, value in self._totals()]
        left = max((width(text) for text, value in lines if value), default=0)
        right = max(len(value) for _, value in lines)
        return [f"{text}{' ' * (left - width(text))}  = {value:>{right}}" if value else text for text, value in lines]

    def _totals(self) -> Sequence[tuple[str, str]]:
        rows = []
        left = self.count - len(self.paths)
        if left:
            rows.append((f"and {many(left)} more path{'s' * (left > 1)}, together", signed(self.rest)))
        if self.count > 1:
            rows.append((f"sum, {self._symbol}", signed(self.gradient)))
        return rows

    def _way(self, path: Path) -> str:
        names = [self.name(self.root), *(self.name(factor.wrt) for factor in path.factors)]
        return " → ".join(_shortened([visible(name) for name in names]))


def _ends(factors: Sequence[Factor]) -> Sequence[Factor]:
    """Those of a path that are printed."""
    return factors if len(factors) <= LONG else [*factors[: LONG // 2], *factors[-LONG // 2 :]]


def _factors(path: Path) -> str:
    return " × ".join(_shortened([number(f.value) if f.value >= 0.0 else f"({number(f.value)})" for f in path.factors]))


def _shortened(texts: list[str]) -> list[str]:
    if len(texts) <= LONG + 1:
        return texts
    half = LONG // 2
    return [*texts[:half], f"… {len(texts) - 2 * half:,} more …", *texts[-half:]]


def _listed(wrt: Value | str | Iterable[Value | str]) -> Iterable[Value | str]:
    return [wrt] if isinstance(wrt, (Value, str)) or not isinstance(wrt, Iterable) else wrt


@overload
def explain(  # type: ignore[overload-overlap]  # str is also iterable
    y: Value, wrt: Value | str, *, limit: int = 20, names: Names = "labels", form: Literal["paths"] = "paths"
) -> Explanation: ...
@overload
def explain(
    y: Value,
    wrt: Iterable[Value | str] | None = None,
    *,
    limit: int = 20,
    names: Names = "labels",
    form: Literal["paths"] = "paths",
) -> BackwardPass: ...
@overload
def explain(
    y: Value,
    wrt: Value | str | Iterable[Value | str] | None = None,
    *,
    names: Names = "labels",
    form: Literal["delta", "matrix"],
    lr: float | None = None,
) -> LayerwisePass: ...
@locked
def explain(
    y: Value,
    wrt: Value | str | Iterable[Value | str] | None = None,
    *,
    limit: int = 20,
    names: Names = "labels",
    form: Form = "paths",
    lr: float | None = None,
) -> Explanation | BackwardPass | LayerwisePass:
    """Explain the derivative of `y` with respect to a node as a sum over paths, or work out the whole backward pass.

    Paths run between labelled nodes; what lies between two of them without a label is folded into one local
    derivative, ∂o1/∂a_h1 = w5. If no computed node that `y` was made from has a label (but `y` and `wrt` themselves),
    every node stands for itself, and `x * x` has two edges to `x`.

    Args:
        y: the result.
        wrt: a node that it was made from, or the label of one, for an `Explanation`. A list of them, or None for all
            labelled leaves, for a `BackwardPass` to these. None leaves out leaves that are labelled as the inputs and
            targets of a network are (i1, t1, ...), unless there are no others.
        limit: how many paths an explanation shows, those of largest |product|. The others are not listed to find
            them, so it does not matter how many there are.
        names: "labels", or "index" for w₁₁⁽²⁾, a₁⁽¹⁾, ... in the graph of a `Network`: see `formula()`.
        form: "paths", or for the graph of a `Network` a `LayerwisePass`: in "delta" form neuron by neuron with errors
            δ_h1 = (w5 δ_o1 + w7 δ_o2) σ'(h1), in "matrix" form as δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ ⊙ σ'(z⁽¹⁾). There `wrt` is whose
            gradients are shown: all weights and biases if it is None.
        lr: a learning rate: with it these forms show the updates of gradient descent, too.

    Raises:
        TypeError: what is no node.
        ValueError: an unknown label, or one that several nodes have; a negative limit; indices, δ or matrices of a
            graph without a network, or with other ways than from layer to layer; a learning rate for paths.
        StaleGraphError: a leaf's `data` was changed after the graph was computed.
    """
    if not isinstance(y, Value):
        raise TypeError(f"explain() takes the result as a node (Value), got {kind(y)}")
    limit = whole(limit, "limit is how many paths to show, an int from 0 on", 0)
    order = topological(y)
    check_recorded(order)
    if form not in ("paths", "delta", "matrix"):  # a tuple, since a list may come
        raise ValueError(f"form is 'paths', 'delta' or 'matrix', got {form!r:.60}")
    if form != "paths":
        nodes = None if wrt is None else [find_named(y, x, names) for x in _listed(wrt)]
        rate = None if lr is None else learning_rate(lr)
        return matrix_pass(y, nodes, rate) if form == "matrix" else delta_pass(y, nodes, names, rate)
    if lr is not None:
        raise ValueError("lr is for the updates that form='delta' and form='matrix' show")
    if wrt is None:
        return backward_pass(y, *parameters(order), order, names)
    if not isinstance(wrt, (Value, str)) and isinstance(wrt, Iterable):
        return backward_pass(y, [find_named(y, x, names) for x in wrt], [], order, names)
    node = find_named(y, wrt, names)
    graph = NamedGraph(y, [node], order if node in set(order) else [*order, node], names)
    paths, count, gradient = graph.largest(limit), graph.count(), graph.gradients()[node]
    if y not in set(graph.between):
        paths, count, gradient = (), 0, 0.0
    rest = rest_of(gradient, paths) if count > len(paths) else 0.0
    return Explanation(y, node, paths, count, rest, gradient, graph)
