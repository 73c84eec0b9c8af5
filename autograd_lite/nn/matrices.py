"""Networks in the notation of courses: the parameters of a layer as matrices, and the indices of a weight, both ways.

The convention is that of M. Nielsen, "Neural Networks and Deep Learning" (2015), chapter 2: w_jk^l leads from neuron k
of layer l - 1 to neuron j of layer l, so that z^l = W^l a^(l-1) + b^l, and W^l has a row for each neuron of layer l.
Here layer 0 is the inputs, a^0, and layer 1 the first with weights: `net.layers[0]`. (Nielsen counts the inputs as
layer 1.) PyTorch's `Linear.weight` has these rows, too; Keras' `kernel` is the transpose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd_lite.engine.extras import install
from autograd_lite.engine.graph import readable
from autograd_lite.engine.ieee import short
from autograd_lite.engine.validation import is_list
from autograd_lite.engine.value import Value

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Array = NDArray[float64]

__all__ = ["Index", "LayerMatrices", "LayerPass", "array", "entry", "index_of", "parameters_of"]


class Index(NamedTuple):
    """Where a parameter stands, counted from 1: w_jk^(l) is `Index(layer=l, neuron=j, input=k)`."""

    layer: int
    neuron: int | None = None
    """None for a bias that the neurons of a layer share."""
    input: int | None = None
    """None for a bias."""


def array(rows: float | Sequence[Any]) -> "Array":
    """Return numbers, or rows of numbers, as a NumPy array of floats; raises `ImportError` where NumPy is missing."""
    try:
        import numpy as np
    except ImportError as error:
        raise ImportError(
            f"matrices are NumPy arrays, and NumPy cannot be imported ({error}): {install('jit')}. The nodes of a "
            "layer are there without it: layer.weights[j][k] is of input k to neuron j, layer.biases[j] its bias",
            name="numpy",
        ) from error
    return np.array(rows, dtype=float)


class LayerMatrices:
    """The parameters of a layer as NumPy arrays: copies of the numbers in the nodes at this moment."""

    weights: tuple[tuple[Value, ...], ...]
    biases: tuple[Value, ...]

    @property
    def W(self) -> "Array":  # noqa: N802  (a matrix)
        """The weights, of shape (neurons, inputs): a row for each neuron."""
        return array([[w.data for w in row] for row in self.weights])

    @property
    def b(self) -> "Array | None":
        """The biases, of shape (neurons,), or () where the neurons share one; None where there are none."""
        return self._of_biases([b.data for b in self.biases])

    @property
    def dW(self) -> "Array":  # noqa: N802  (the gradient of a matrix)
        """The gradient along the weights that `backward()` has left in them, of the shape of W; 0 before."""
        return array([[w.grad for w in row] for row in self.weights])

    @property
    def db(self) -> "Array | None":
        """The gradient along the biases, of the shape of b: for a shared one the sum over the neurons."""
        return self._of_biases([b.grad for b in self.biases])

    def _of_biases(self, numbers: list[float]) -> "Array | None":
        return array(numbers[0] if _is_shared(self.biases) else numbers) if numbers else None

    def __getattr__(self, name: str) -> Any:
        """Say where z, a and delta are; others are no attributes."""
        hint = ""
        if name in {"z", "a", "delta"}:
            hint = f"; {name} belongs to a forward pass: net.forward(inputs).layers[0].{name} for the first layer"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")


@dataclass(frozen=True)
class LayerPass:
    """What one forward pass has computed in one layer, and the gradients that `backward()` has left there."""

    sums: Sequence[Value]
    activations: Sequence[Value]

    @property
    def z(self) -> "Array":
        """The weighted sums, of shape (neurons,)."""
        return array([node.data for node in self.sums])

    @property
    def a(self) -> "Array":
        """The activations, of shape (neurons,)."""
        return array([node.data for node in self.activations])

    @property
    def delta(self) -> "Array":
        """The errors δ = ∂E/∂z after `backward()`, of shape (neurons,); 0 before."""
        return array([node.grad for node in self.sums])


# --- indices -------------------------------------------------------------------------------------------------------


def index_of(parameter: Value, layers: Sequence[LayerMatrices]) -> Index:
    """Return where one of the parameters of these layers stands."""
    for n, layer in enumerate(layers, 1):
        for j, row in enumerate(layer.weights, 1):
            for k, weight in enumerate(row, 1):
                if weight is parameter:
                    return Index(n, j, k)
        for j, bias in enumerate(layer.biases, 1):
            if bias is parameter:
                return Index(n, None if _is_shared(layer.biases) else j)
    raise ValueError(f"{readable(parameter.label) or 'this node'} is no parameter of this network")


def entry(layers: Sequence[LayerMatrices], layer: int, neuron: int | None, input: int | None) -> Value:  # noqa: A002
    """Return the weight, or without an input the bias, at a place that is counted from 1.

    Raises `IndexError` with what there is.
    """
    if not _within(layer, len(layers)):
        raise IndexError(f"there is no layer {layer}, there are layers 1 to {len(layers)}; the inputs are layer 0")
    at = layers[layer - 1]
    neurons, inputs = len(at.weights), len(at.weights[0])
    if neuron is None and input is None and len({*at.biases}) == 1:
        return at.biases[0]
    if neuron is None:
        raise IndexError(
            f"layer {layer} shares no bias; a weight is at (layer, neuron, input), a bias at (layer, neuron)"
        )
    if not _within(neuron, neurons):
        raise IndexError(f"there is no neuron {neuron} in layer {layer}, it has neurons 1 to {neurons}")
    if input is None:
        if not at.biases:
            raise IndexError(f"layer {layer} has no biases; a weight is at (layer, neuron, input)")
        return at.biases[neuron - 1]
    if not _within(input, inputs):
        raise IndexError(f"there is no input {input} of layer {layer}, it has inputs 1 to {inputs}")
    return at.weights[neuron - 1][input - 1]


def _is_shared(biases: Sequence[Value]) -> bool:
    """Whether several neurons have one bias."""
    return len(biases) > 1 and biases[0] is biases[1]


def _within(k: int | None, count: int) -> bool:
    return isinstance(k, int) and 1 <= k <= count


# --- from matrices -------------------------------------------------------------------------------------------------


def parameters_of(matrices: Sequence[Any], biases: Sequence[Any] | None) -> dict[str, Any]:
    """Return what a `Network` of these weight matrices and biases is made with: sizes, weights, biases, bias_values.

    Raises what `Network.from_matrices` does.
    """
    rows = [_rows(x, k) for k, x in enumerate(_many(matrices, "Ws"), 1)]
    shapes = [(len(x), len(x[0])) for x in rows]
    values, mode = _biases(biases, [rows for rows, _ in shapes])
    _check(shapes, [len(x) for x in values] if mode == "neuron" else [])
    return {
        "sizes": [shapes[0][1], *(neurons for neurons, _ in shapes)],
        "weights": [x for matrix in rows for row in matrix for x in row],
        "biases": mode,
        "bias_values": [x for some in values for x in some],
    }


def _check(shapes: Sequence[tuple[int, int]], biases: Sequence[int]) -> None:
    """Refuse matrices that do not follow on each other, or do not have as many rows as there are biases."""
    k = _misfit(shapes, biases)
    if k is None:
        return
    rows, columns = shapes[k]
    neurons, inputs = biases[k] if biases else rows, shapes[k - 1][0] if k else columns
    whys = [f"there are {neurons} biases"] * (neurons != rows)
    whys += [f"layer {k} has {inputs} neurons, its W being of shape {shapes[k - 1]}"] * (inputs != columns)
    turned = [(y, x) for x, y in shapes]
    hint = ""
    if _misfit(turned, biases) is None:
        hint = (
            f". All look transposed, a row for each input, as Keras has it: pass W.T of each, here of shape {turned[k]}"
        )
    elif _misfit([*shapes[:k], turned[k], *shapes[k + 1 :]], biases) is None:
        hint = f". It looks transposed, a row for each input, as Keras has it: pass its transpose, of shape {turned[k]}"
    raise ValueError(
        f"W of layer {k + 1} has shape {shapes[k]}: {rows} neurons with {columns} inputs each, a row for each neuron; "
        f"but {' and '.join(whys)}{hint}"
    )


def _misfit(shapes: Sequence[tuple[int, int]], biases: Sequence[int]) -> int | None:
    """The first matrix that does not fit the one before it or its biases, counted from 0."""
    for k, (rows, columns) in enumerate(shapes):
        if (k and columns != shapes[k - 1][0]) or (biases and biases[k] != rows):
            return k
    return None


def _rows(matrix: Any, k: int) -> list[list[float]]:
    due = f"W of layer {k} is a matrix with a row for each neuron, such as [[0.15, 0.2], [0.25, 0.3]]"
    rows = _many(matrix, due)
    if not all(is_list(row) and len(row) for row in rows):
        raise ValueError(f"{due}, got {matrix!r:.60}")
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(f"{due}; got rows of {' and '.join(map(str, sorted(widths)))} numbers")
    return [list(row) for row in rows]


def _many(x: Any, what: str) -> list[Any]:
    x = x.tolist() if hasattr(x, "tolist") else x
    if not is_list(x) or not len(x):
        raise ValueError(f"{what}: a list that is not empty is due, got {x!r:.60}")
    return [one.tolist() if hasattr(one, "tolist") else one for one in x]


def _biases(biases: Sequence[Any] | None, neurons: Sequence[int]) -> tuple[list[list[float]], str]:
    """The biases by layer, and whether there is one for each neuron or for each layer."""
    if biases is None:
        return [], "none"
    given = _many(biases, "bs") if is_list(biases) else [biases]
    if all(b is None for b in given):
        return [], "none"
    if len(given) != len(neurons):
        raise ValueError(f"bs has the biases of each layer: {len(neurons)} are due, one for each W, got {len(given)}")
    known = not any(b is None for b in given)
    if known and all(is_list(b) or n == 1 for b, n in zip(given, neurons, strict=True)):
        return [list(_flat(b)) for b in given], "neuron"
    if known and all(not is_list(b) or n == 1 for b, n in zip(given, neurons, strict=True)):
        return [list(_flat(b)) for b in given], "layer"
    raise ValueError(
        "the biases of a layer are a vector with one for each neuron, or in every layer one number that its neurons "
        f"share, or None for all; got {short(biases)}"
    )


def _flat(b: Any) -> Iterable[float]:
    """The numbers of a vector, or of a matrix with one column or one row."""
    if not is_list(b):
        yield b
        return
    for x in b:
        yield from _flat(x)
