"""Networks in the courses' notation: matrices of layers, indices of parameters, networks of matrices."""

import re
import sys

import numpy as np
import pytest

from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.nn.matrices import Index

NETWORKS = [
    ([2, 2, 2], "layer"),
    ([3, 1], "none"),
    ([1, 3, 2, 1], "neuron"),
    ([2, 1, 1], "layer"),
    ([12, 11, 2], "none"),
]


def network(sizes, biases):
    """A network whose biases differ."""
    net = Network(sizes, activation="tanh", biases=biases, seed=3)
    for k, b in enumerate(net.biases, 1):
        b.data = k / 10
    return net


@pytest.mark.parametrize(("sizes", "biases"), NETWORKS)
def test_matrices_compute_the_network(sizes, biases):
    """With these, z = W a + b and a = f(z) in the shapes stated; dW = δ aᵀ, db is δ or, for a shared bias, its sum."""
    net = network(sizes, biases)
    inputs = [k / len(sizes) for k in range(sizes[0])]
    done = net.forward(inputs)
    half_squared_error(done.outputs, [0.25] * sizes[-1]).backward()
    a = np.array(inputs)
    for layer, at, n, m in zip(net.layers, done.layers, sizes[:-1], sizes[1:], strict=True):
        assert layer.W.shape == layer.dW.shape == (m, n)
        assert at.z.shape == at.a.shape == at.delta.shape == (m,)
        z = layer.W @ a
        if biases == "none":
            assert layer.b is layer.db is None
        else:
            assert layer.b.shape == layer.db.shape == (() if biases == "layer" and m > 1 else (m,))
            z = z + layer.b
            np.testing.assert_allclose(layer.db, at.delta if layer.b.shape else at.delta.sum(), rtol=1e-12)
        np.testing.assert_allclose(at.z, z, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(at.a, np.tanh(z), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(layer.dW, np.outer(at.delta, a), rtol=1e-12)
        a = at.a


@pytest.mark.parametrize(("sizes", "biases"), NETWORKS)
def test_indices_lead_back(sizes, biases):
    """Every parameter has an index of its own, the row and column of its matrix, and `at` finds it there."""
    net = network(sizes, biases)
    places = [net.index(p) for p in net.parameters()]
    assert len(set(places)) == len(places)
    for p, place in zip(net.parameters(), places, strict=True):
        assert net.index(p.label) == place
        assert net.at(*place) is p
        layer = net.layers[place.layer - 1]
        if place.input is not None:
            assert layer.W[place.neuron - 1, place.input - 1] == p.data
        else:
            assert (layer.b if place.neuron is None else layer.b[place.neuron - 1]) == p.data


def test_indices_of_the_tutorial():
    """w5 is w_11 of layer 2, w7 its w_21; Mazur's b2 is the whole layer's, one of its own has its neuron."""
    net = Network([2, 2, 2], biases="layer")
    assert net.index("w5") == (2, 1, 1)
    assert net.index("w7") == Index(layer=2, neuron=2, input=1)
    assert net.index("b2") == (2, None, None)
    assert Network([2, 2, 2]).index("b4") == (2, 2, None)


@pytest.mark.parametrize(("sizes", "biases"), NETWORKS)
def test_there_and_back(sizes, biases):
    """A network of another's matrices is the same network, whether these are arrays, lists or columns."""
    net = network(sizes, biases)
    weights, bs = [layer.W for layer in net.layers], [layer.b for layer in net.layers]
    columns = [b if b is None or not b.shape else b.reshape(-1, 1) for b in bs]
    for matrices, vectors in ((weights, bs), ([w.tolist() for w in weights], columns)):
        other = Network.from_matrices(matrices, vectors, activation="tanh")
        assert repr(other) == repr(net) or (len(net.biases), biases) == (len(net.layers), "layer")
        assert [(p.label, p.data) for p in other.parameters()] == [(p.label, p.data) for p in net.parameters()]


W1, W2 = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 2.0, 3.0]]
T1, T2 = [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]], [[1.0], [2.0], [3.0]]


@pytest.mark.parametrize(
    ("matrices", "biases", "message"),
    [
        ([T1, T2], None, r"W of layer 2 .* \(3, 1\): .* layer 1 has 2 neurons, its W being of shape \(2, 3\)\. All"),
        ([W1, T2], None, r"\(3, 1\).*\(3, 2\)\. It looks transposed.*Keras.* pass its transpose, of shape \(1, 3\)"),
        ([T1, W2], [[0, 0, 0], [0]], r"W of layer 1 has shape \(2, 3\): .* there are 3 biases\. It looks transposed"),
        ([T1], [[0, 0, 0]], r"\(2, 3\): .* pass W.T of each, here of shape \(3, 2\)"),
        ([T2], [[0]], r"\(3, 1\): .* there are 1 biases\. All look transposed"),
        ([W1, W2], [[0, 0], [0]], "there are 2 biases$"),
        ([W1, W2], [[0, 0, 0]], "2 are due, one for each W, got 1"),
        ([W1, W2], [[0, 0, 0], None], "or None for all; got"),
        ([W1, W1], [0.5, [1, 2, 3]], "a vector with one for each neuron, or in every layer one number"),
        (W1, None, "W of layer 1 is a matrix with a row for each neuron"),
        ([[[1.0, 2.0], [3.0]]], None, "got rows of 1 and 2 numbers"),
        ([], None, "a list that is not empty is due"),
        ([np.array(3.0)], None, "a list that is not empty is due"),
        ([[[float("nan")]]], None, "finite"),
    ],
)  # fmt: skip
def test_matrices_that_make_no_network(matrices, biases, message):
    """What does not fit is refused with all shapes; a transposed matrix is recognised as one."""
    with pytest.raises(ValueError, match=message):
        Network.from_matrices(matrices, biases)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((0, 1, 1), "no layer 0, there are layers 1 to 2; the inputs are layer 0"), ((3,), "no layer 3"),
        ((2, 3, 1), "no neuron 3 in layer 2, it has neurons 1 to 2"), ((2, 1, 0), "no input 0 of layer 2, .* 1 to 2"),
        ((1,), "layer 1 shares no bias"),
    ],
)  # fmt: skip
def test_places_outside(place, message):
    """An index that is out of the network is refused with what there is."""
    net = Network([2, 2, 2])
    with pytest.raises(IndexError, match=message):
        net.at(*place)
    with pytest.raises(IndexError, match="has no biases"):
        Network([2, 2], biases="none").at(1, 1)


def test_what_has_no_index():
    """An unknown name, and a node of another network, are refused."""
    net = Network([2, 2, 2])
    with pytest.raises(KeyError, match="no parameter 'h1'"):
        net.index("h1")
    with pytest.raises(ValueError, match="w5 is no parameter of this network"):
        net.index(Network([2, 2, 2])["w5"])


def test_a_layer_says_where_its_sums_are():
    """A network keeps no pass, so a layer's z, a and delta are refused with where they are; a typo is just that."""
    layer = Network([2, 2, 2]).layers[0]
    for name in ("z", "a", "delta"):
        with pytest.raises(AttributeError, match=re.escape(f"net.forward(inputs).layers[0].{name}")):
            getattr(layer, name)
    with pytest.raises(AttributeError, match=r"no attribute 'v'$"):
        layer.v  # noqa: B018


def test_without_numpy(monkeypatch):
    """Where NumPy is missing, a matrix says what to install; indices and networks of lists need none."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    net = Network.from_matrices([W1, W2], [[0, 0, 0], [0]])
    assert net.index("w4") == (1, 2, 2)
    with pytest.raises(ImportError, match=r"pip install.*jit.*layer\.weights\[j\]\[k\]"):
        net.layers[0].W  # noqa: B018
