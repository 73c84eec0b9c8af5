"""Gradient descent: how a gradient changes a parameter."""

import math
from collections.abc import Iterable
from types import MethodType
from typing import Any

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.graph import readable
from autograd_lite.engine.ops import number
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import is_unordered
from autograd_lite.engine.value import Operand, Value, locked

__all__ = ["GradientDescent", "NonFiniteError", "descent", "learning_rate"]


class NonFiniteError(ArithmeticError):
    """A number became NaN or infinite; `quantity` names it."""

    def __init__(self, message: str, quantity: str) -> None:
        super().__init__(message)
        self.quantity = quantity

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), *vars(self).values())


def learning_rate(lr: float) -> float:
    """Return a learning rate as a float; raises `TypeError` and `ValueError` for what is none."""
    try:
        rate = number(lr)
    except TypeError as error:
        raise TypeError(f"lr, the learning rate: {error}") from None
    if not (math.isfinite(rate) and rate >= 0.0):
        raise ValueError(f"the learning rate is a finite number, 0 or above, got {rate!r}")
    return rate


class GradientDescent(Shown):
    """The update w <- w - lr * dE/dw, all parameters at once (Cauchy 1847).

    `backward()` adds to gradients: call `zero_grad()` before it in every round.

    Args:
        parameters: the leaves to train; others stay as they are (Mazur's biases are fixed).
        lr: learning rate, a finite number >= 0; may be changed between steps.

    Raises:
        ValueError: no parameters, one that is not a leaf, or an unusable learning rate.
        TypeError: a parameter that is not a Value; a set or dict of them, which has no order.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        if is_unordered(parameters) or isinstance(parameters, Value) or not isinstance(parameters, Iterable):
            raise TypeError(
                f"parameters are a list of Values, such as net.parameters() or net.weights; got {_what(parameters)}"
            )
        self.parameters = list(dict.fromkeys(_leaf(p) for p in parameters))
        if not self.parameters:
            raise ValueError("there is nothing to train: no parameters were given")
        self.lr = learning_rate(lr)

    def __repr__(self) -> str:
        return f"GradientDescent({len(self.parameters)} parameters, lr={self.lr!r})"

    @locked
    def zero_grad(self) -> None:
        """Forget the parameters' gradients, before the next `backward()` adds to them."""
        for parameter in self.parameters:
            parameter.grad = None

    @locked
    def step(self) -> None:
        """Update every parameter from its `grad`.

        Raises `NonFiniteError`, with no parameter changed, if one would become NaN or infinite.
        """
        new = [p.data - self.lr * p.grad for p in self.parameters]
        for k, (parameter, data) in enumerate(zip(self.parameters, new, strict=True), 1):
            if not math.isfinite(data):
                name = parameter.label or f"parameter {k}"
                raise NonFiniteError(
                    f"the update would make {readable(name)} {data} "
                    f"({parameter.data!r} - {self.lr!r} * {parameter.grad!r})",
                    name,
                )
        for parameter, data in zip(self.parameters, new, strict=True):
            parameter.data = data


def descent(loss: Value, parameters: Iterable[Value], lr: Operand) -> dict[Value, Value]:
    """Return the update as a graph: for each parameter the node w - lr * dE/dw.

    A graph like any other: it can be explained, drawn, and recorded: `compile(E, updates=descent(E, weights, 0.5))`.
    `lr` is a number or a node. The gradients are those of `grad`. Raises as `GradientDescent` does.
    """
    leaves = GradientDescent(parameters, lr.data if isinstance(lr, Value) else number(lr)).parameters
    return {w: w - lr * slope for w, slope in zip(leaves, grad(loss, leaves), strict=True)}


def _what(x: object) -> str:
    return f"the method {x.__name__}, without ()" if isinstance(x, MethodType) else f"of type {type(x).__name__}"


def _leaf(parameter: Value) -> Value:
    if not isinstance(parameter, Value):
        raise TypeError(f"parameters are Values, such as those of net.parameters(); one is {_what(parameter)}")
    if parameter.op is not None:
        raise ValueError(f"{parameter!r} is the result of an operation; only leaves can be trained")
    return parameter
