"""The forward and backward pass of a network as equations of matrices: δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ ⊙ σ'(z⁽¹⁾)."""

from collections.abc import Sequence
from fractions import Fraction

from autograd_lite.engine import ops
from autograd_lite.engine.graph import readable, topological
from autograd_lite.engine.value import Value
from autograd_lite.explanation.equations import LONGEST, Equations, function_of, slope_of, times
from autograd_lite.explanation.layerwise import LayerwisePass
from autograd_lite.explanation.network import LayerGraph, NetworkGraph
from autograd_lite.text.expression import Algebra, Derivative, Expr, Name, Number, Product, Sum
from autograd_lite.text.formulas import Vocabulary
from autograd_lite.text.indexed import indexed
from autograd_lite.text.matrices import HADAMARD, MATMUL, ROW_SUMS, SCALE, TOTAL, TRANSPOSE, Matrix, applied
from autograd_lite.text.plain import PLAIN
from autograd_lite.text.reading import Formula, names_in, read_local
from autograd_lite.text.writing import Texts, write

__all__ = ["matrix_pass"]


def matrix_pass(y: Value, wrt: Sequence[Value] | None, lr: float | None) -> LayerwisePass:
    """Return the forward and the backward pass as equations of matrices; with a learning rate, the updates too.

    A column for each sample. Raises what `delta_pass` does, and `ValueError` where a part of a matrix is asked for, or
    the neurons of a layer have different activations.
    """
    net = NetworkGraph(y)
    every = Vocabulary(y).names
    root = every[y]
    made = Equations(y, root, matrices=True)
    inputs = zip(*(x.inputs for x in net.layers[0].neurons[0]), strict=True)
    made.know("a⁽⁰⁾", tuple(tuple(x.data for x in row) for row in inputs))
    for layer in net.layers:
        _forward(made, layer)
    last = net.layers[-1]
    for layer in reversed(net.layers):
        _errors(made, net, layer, root, last)
    wanted = None if wrt is None else set(wrt)
    for layer in net.layers:
        for name, nodes in (("W", [w for row in layer.weights for w in row]), ("b", list(layer.biases))):
            if nodes and (wanted is None or wanted & set(nodes)):
                if wanted is not None and not wanted >= set(nodes):
                    raise ValueError(
                        f"form='matrix' is about whole matrices, and only a part of {indexed(name, layer.number)} is "
                        "in wrt; for single weights use form='delta'"
                    )
                _gradient(made, net, layer, root, name)
                if lr is not None:
                    full = indexed(name, layer.number)
                    made.update(full, Derivative(root, (full,)), lr, SCALE)
    if wanted is not None and not wanted <= set(net.parameters):
        other = next(x for x in wrt or () if x not in set(net.parameters))
        raise ValueError(f"form='matrix' is about weights and biases of the network, {readable(other.label)} is none")
    return made.result(len(net.samples))


def _forward(made: Equations, layer: LayerGraph) -> None:
    n = layer.number
    W, b, z, a = (indexed(letter, n) for letter in "Wbza")  # noqa: N806  (a matrix)
    functions = {repr(function_of(x, "z", derivative=False)) for row in layer.neurons for x in row}
    if layer.function is not None and len(functions) > 1:
        raise ValueError(f"the neurons of layer {n} have different activations; use form='delta'")
    made.know(W, tuple(tuple(w.data for w in row) for row in layer.weights))
    total: Expr = applied(MATMUL, Name(W), Name(indexed("a", n - 1)))
    if layer.biases:
        made.know(b, layer.biases[0].data if layer.shares_bias else tuple((x.data,) for x in layer.biases))
        total = applied(ops.add, total, Name(b))
    made.add("forward", z, total, layer.of(lambda x: x.sum.data))
    made.add(
        "forward", a, function_of(layer.first, z, derivative=False) or Name(z), layer.of(lambda x: x.activation.data)
    )


def _errors(made: Equations, net: NetworkGraph, layer: LayerGraph, root: str, last: LayerGraph) -> None:
    n = layer.number
    a, z, delta = (indexed(letter, n) for letter in "azδ")
    if layer is last:
        name = Derivative(root, (a,))
        slopes = layer.of(lambda x: net.gradients[x.activation])
        formula = _slope_of_loss(made, net, layer, a)
        if formula is None:
            made.know(name, slopes)
        else:
            made.add("errors", name, formula, slopes)
        total: Expr = Name(name)
    else:
        W = indexed("W", n + 1)  # noqa: N806  (a matrix)
        total = applied(MATMUL, applied(TRANSPOSE, Name(W)), Name(indexed("δ", n + 1)))
    slope = function_of(layer.first, z, derivative=True)
    general = None if slope is None else applied(HADAMARD, total, slope)
    right = times(total, slope_of(layer.first, a, z), HADAMARD)
    made.add("errors", delta, right, layer.of(lambda x: net.gradients[x.sum]), general)


def _slope_of_loss(made: Equations, net: NetworkGraph, layer: LayerGraph, a: str) -> Expr | None:
    """The derivative along the outputs as one formula of a and the targets t, if it is that for every output."""
    targets = {node.label: node for node in topological(net.y) if node.op is None and node.label}
    others = dict.fromkeys((x.activation for row in layer.neurons for x in row), "another output")
    formulas: dict[str, Expr] = {}
    numbers: list[list[float]] = []
    for row in layer.neurons:
        numbers.append([])
        for x in row:
            target = targets.get(f"t{x.number}{x.sample}")
            if target is None:
                return None
            numbers[-1].append(target.data)
            names = others | {x.activation: a, target: "t"}
            expr = read_local(net.y, x.activation, names, net.after)
            if expr.size > LONGEST or not names_in(Formula(expr)) <= {a, "t"}:
                return None
            formulas[write(Formula(expr), Texts(PLAIN))] = expr
    if len(formulas) != 1:
        return None
    made.know("t", tuple(map(tuple, numbers)))
    return _scaled(next(iter(formulas.values())))


def _scaled(expr: Expr) -> Expr:
    """The expression with numbers before matrices as multiples, not as products element by element."""
    if isinstance(expr, Product) and expr.coefficient != 1:
        return applied(SCALE, Number(expr.coefficient), Algebra().product(Fraction(1), expr.factors))
    if not isinstance(expr, Sum):
        return expr
    total: Expr | None = None
    for c, term in expr.terms:
        size = c if total is None else abs(c)
        constant = isinstance(term, Number)
        part = Number(size) if constant else term if size == 1 else applied(SCALE, Number(size), term)
        total = part if total is None else applied(ops.sub if c < 0 else ops.add, total, part)
    assert total is not None
    return total


def _gradient(made: Equations, net: NetworkGraph, layer: LayerGraph, root: str, letter: str) -> None:
    n = layer.number
    delta = Name(indexed("δ", n))
    left = Derivative(root, (indexed(letter, n),))
    if letter == "W":
        right: Expr = applied(MATMUL, delta, applied(TRANSPOSE, Name(indexed("a", n - 1))))
        value: float | Matrix = tuple(tuple(net.gradients[w] for w in row) for row in layer.weights)
    elif layer.shares_bias:
        right, value = applied(TOTAL, delta), net.gradients[layer.biases[0]]
    else:
        right = applied(ROW_SUMS, delta) if len(net.samples) > 1 else delta
        value = tuple((net.gradients[b],) for b in layer.biases)
    made.add("gradients", left, right, value)
