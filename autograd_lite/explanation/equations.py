"""Puts the equations of a network's backward pass together, with the numbers behind their names."""

from collections.abc import Iterable
from functools import reduce

from autograd_lite.engine import ops
from autograd_lite.engine.graph import readable
from autograd_lite.engine.operation import Op
from autograd_lite.engine.value import Value
from autograd_lite.explanation.layerwise import ETA, Equation, Known, LayerwisePass
from autograd_lite.text.expression import Derivative, Expr, Name, Number, Product
from autograd_lite.text.layers import Neuron
from autograd_lite.text.matrices import Matrix, applied, has_prime, prime
from autograd_lite.text.reading import read_local

__all__ = ["LONGEST", "Equations", "function_of", "plus", "slope_of", "times"]

LONGEST = 400
"""Formulas of the loss's derivatives in which more names and numbers are read are left out."""


class Equations:
    """Collects equations, and the numbers behind their names."""

    def __init__(self, root: Value, name: str, *, matrices: bool) -> None:
        self.root, self.name = root, name
        self.values: dict[str | Derivative, float | Matrix] = {}
        self.known = Known(self.values, matrices=matrices)
        self.all: list[Equation] = []

    def know(self, name: str | Derivative, value: float | Matrix) -> None:
        """Give a name its number; raises `ValueError` for a name that has another already."""
        if repr(self.values.setdefault(name, value)) != repr(value):
            raise ValueError(
                f"a node is labelled {readable(str(name))}, which stands for something else here; rename it"
            )

    def add(
        self,
        group: str,
        left: str | Derivative,
        right: Expr,
        value: float | Matrix,
        general: Expr | None = None,
    ) -> None:
        """Add an equation; what an update gives is not what its name stands for in the others."""
        if group != "updates":
            self.know(left, value)
        self.all.append(Equation(group, left, right, value, self.known, general))

    def update(self, name: str | Derivative, slope: Derivative, lr: float, times: Op) -> None:
        """Add the update of gradient descent, w ← w - η ∂E/∂w."""
        self.know(ETA, lr)
        before, gradient = self.values[name], self.values[slope]
        if isinstance(before, float) and isinstance(gradient, float):
            after: float | Matrix = before - lr * gradient
        else:
            assert not isinstance(before, float)
            assert not isinstance(gradient, float)
            after = tuple(
                tuple(w - lr * g for w, g in zip(*rows, strict=True)) for rows in zip(before, gradient, strict=True)
            )
        self.add("updates", name, applied(ops.sub, Name(name), applied(times, Name(ETA), Name(slope))), after)

    def result(self, samples: int) -> LayerwisePass:
        """The pass."""
        order = {group: k for k, group in enumerate(("forward", "errors", "gradients", "updates"))}
        equations = sorted(self.all, key=lambda one: order[one.group])
        return LayerwisePass(self.root, self.name, tuple(equations), samples, self.known)


def plus(terms: Iterable[Expr]) -> Expr:
    """Return the sum, from left to right."""
    return reduce(lambda total, term: applied(ops.add, total, term), terms)


def times(left: Expr, right: Expr, op: Op = ops.mul) -> Expr:
    """Return the product, factor by factor; the left one alone if the right one is 1."""
    if isinstance(right, Number) and right.value == 1:
        return left
    if isinstance(right, Product) and right.coefficient == 1 and all(e == 1 for _, e in right.factors):
        return reduce(lambda total, factor: applied(op, total, factor), (base for base, _ in right.factors), left)
    return applied(op, left, right)


def slope_of(x: Neuron, a: str, z: str) -> Expr:
    """The derivative of the activation, in these names."""
    if x.activation is x.sum:
        return Number(1)
    return read_local(x.activation, x.sum, {x.activation: a, x.sum: z}, [x.sum, x.activation])


def function_of(x: Neuron, z: str, *, derivative: bool) -> Expr | None:
    """The activation of the sum, or its f'(z); None for a linear neuron, and for f' that is not written so."""
    op = x.activation.op
    if x.activation is x.sum or op is None or (derivative and not has_prime(op)):
        return None
    args = [
        Name(z) if arg is x.sum else Number(arg.data if isinstance(arg, Value) else arg) for arg in x.activation.args
    ]
    return applied(prime(op) if derivative else op, *args)
