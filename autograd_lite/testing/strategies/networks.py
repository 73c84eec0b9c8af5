"""What hypothesis draws of networks: their weights, samples and losses, with no relu at its kink."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from autograd_lite import losses as functions
from autograd_lite.engine.validation import whole
from autograd_lite.losses import Loss
from autograd_lite.nn import ACTIVATIONS, Biases, Network
from autograd_lite.testing.strategies.domains import pieces
from autograd_lite.testing.strategies.option_checks import distance
from autograd_lite.testing.strategies.problem import Problem

__all__ = ["networks"]

LOSSES = tuple(functions.LOSSES.values())
PROBABLE = LOSSES[2:]  # their targets are probabilities
BIASES: tuple[Biases, ...] = ("none", "layer", "neuron")
REACH = 2.0
T = TypeVar("T")


def networks(
    sizes: Sequence[int] | None = None,
    *,
    samples: int = 3,
    activations: Iterable[str] = tuple(ACTIVATIONS),
    biases: Iterable[Biases] = BIASES,
    losses: Iterable[Loss] = LOSSES,
    margin: float = 0.01,
) -> st.SearchStrategy[Problem]:
    """Networks with their weights, samples and a loss: training problems, drawn as a `Problem`.

    Args:
        sizes: number of inputs, then of neurons per layer, as for `Network`; by default drawn, up to 3-3-3-3.
        samples: how many samples at most, 1 or more.
        activations: names of activation functions, of which each layer gets one.
        biases: modes of biases, of which the network gets one.
        losses: functions of `autograd_lite.losses`, of which the problem gets one.
        margin: how far from its kink every relu is, on every sample.

    All numbers are moderate: inputs and biases are within 2, and so are a weight and what it adds to a sum.
    Cross-entropies get targets from 0 to 1, and the one of probabilities gets outputs that are sigmoids. The sums
    before a relu are away from 0 by construction: the biases are chosen so. Hence no relu in a network without biases.

    >>> from autograd_lite.testing import assert_gradient, given, networks
    >>> @given(networks([2, 2, 1], samples=1))
    ... def test_mine(problem):
    ...     assert_gradient(problem)
    >>> test_mine()

    Raises `ValueError` for options that make no network; the message says which do.
    """
    samples = whole(samples, "samples is the largest number of samples, 1 or more")
    if sizes is not None:
        Network(sizes)  # says what is wrong with them
    names = _some("activations", activations, list(ACTIVATIONS))
    modes: list[Biases] = _some("biases", biases, list(BIASES))
    chosen: list[Loss] = _some("losses", losses, list(LOSSES))
    if "sigmoid" not in names:
        chosen = [loss for loss in chosen if loss is not functions.binary_cross_entropy]
    if names == ["relu"]:
        modes = [mode for mode in modes if mode != "none"]
    if not chosen:
        raise ValueError("binary_cross_entropy takes the outputs of sigmoids: add 'sigmoid' to the activations")
    if not modes:
        raise ValueError("a network without biases may have all its relus at their kink: add biases or activations")
    shapes = st.lists(st.integers(1, 3), min_size=2, max_size=4) if sizes is None else st.just(list(sizes))
    return _networks(shapes, samples, names, st.sampled_from(modes), st.sampled_from(chosen), distance(margin))


def _some(what: str, given: Any, known: list[T]) -> list[T]:
    """The given ones as a list, if they are among the known and at least one."""
    chosen = list(given) if isinstance(given, Iterable) else []
    if not chosen or any(x not in known for x in chosen):
        there = ", ".join(x if isinstance(x, str) else getattr(x, "__name__", repr(x)) for x in known)
        raise ValueError(f"{what} are a list of at least one of {there}; got {given!r:.80}")
    return chosen


@st.composite
def _networks(
    draw: st.DrawFn,
    shapes: st.SearchStrategy[list[int]],
    samples: int,
    activations: list[str],
    modes: st.SearchStrategy[Biases],
    losses: st.SearchStrategy[Loss],
    margin: float,
) -> Problem:
    shape, mode, loss = draw(shapes), draw(modes), draw(losses)
    kinds = [name for name in activations if name != "relu" or mode != "none"]
    layers = [draw(st.sampled_from(kinds)) for _ in shape[1:]]
    if loss is functions.binary_cross_entropy:
        layers[-1] = "sigmoid"
    numbers = st.floats(-REACH, REACH)
    targets = st.floats(0.0, 1.0) if loss in PROBABLE else numbers
    inputs = [[draw(numbers) for _ in range(shape[0])] for _ in range(draw(st.integers(1, samples)))]
    data = [(row, [draw(targets) for _ in range(shape[-1])]) for row in inputs]
    weights: list[float] = []
    values: list[float] = []
    for neurons, name in zip(shape[1:], layers, strict=True):
        # The inputs of a layer are the outputs of the one before, of which linear ones may be large.
        reach = REACH / max(1.0, *(abs(x) for row in inputs for x in row))
        rows = [[draw(st.floats(-reach, reach)) for _ in inputs[0]] for _ in range(neurons)]
        sums = [[sum(w * x for w, x in zip(row, at, strict=True)) for row in rows] for at in inputs]
        added = _biases(draw, sums, mode, margin if name == "relu" else 0.0)
        weights += itertools.chain.from_iterable(rows)
        values += added[:1] if mode == "layer" else added
        function = ACTIVATIONS[name] or float
        inputs = [[function(x + (added[j] if added else 0.0)) for j, x in enumerate(at)] for at in sums]
    net = Network(shape, activation=layers, biases=mode, weights=weights, bias_values=values)
    return Problem(net, data, loss)


def _biases(draw: st.DrawFn, sums: list[list[float]], mode: Biases, margin: float) -> list[float]:
    """A bias for each neuron, so that no sum with it, of any sample, is nearer to 0 than the margin."""
    if mode == "none":
        return []
    neurons = list(zip(*sums, strict=True))
    groups = [tuple(itertools.chain.from_iterable(neurons))] if mode == "layer" else neurons
    drawn = []
    for group in groups:
        kinks = [-x for x in group] if margin else []
        reach = max(REACH, 2.0 * margin * (len(group) + 1))  # more than the neighbourhoods of all kinks cover
        parts = pieces((-math.inf, math.inf), kinks, margin=margin, low=-reach, high=reach)
        drawn.append(draw(st.one_of([st.floats(*part) for part in parts])))
    return drawn * len(neurons) if mode == "layer" else drawn
