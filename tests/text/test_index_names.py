"""Formulas in the courses' notation: names with indices, in every style; graphs that have none are refused."""

import pytest

from autograd_lite import Value, explain, formula, grad, named
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.storage import load_graph, save_graph
from autograd_lite.text import formulas, symbols
from autograd_lite.text.indexed import indexed, taken_apart
from autograd_lite.text.layers import index_names
from autograd_lite.train import data_loss

SAMPLE = [0.05, 0.1], [0.01, 0.99]


def loss(biases="layer", **options):
    """The loss of the tutorials' network."""
    return data_loss(Network([2, 2, 2], biases=biases, **options), [SAMPLE])


SLOPE = {
    "plain": "∂E_total/∂w₂₁⁽²⁾ = (a₂⁽²⁾ - t2) * a₂⁽²⁾ * (1 - a₂⁽²⁾) * a₁⁽¹⁾",
    "latex": r"\frac{\partial E_{\mathrm{total}}}{\partial w_{21}^{(2)}} = \left(a_{2}^{(2)} - t_{2}\right) "
    r"\cdot a_{2}^{(2)} \cdot \left(1 - a_{2}^{(2)}\right) \cdot a_{1}^{(1)}",
    "python": "dE_total_dw21_2 = (a2_2 - t2) * a2_2 * (1 - a2_2) * a1_1",
}


@pytest.mark.parametrize("style", SLOPE)
def test_a_formula(style):
    """w7 is w_21 of layer 2; the formula is that of the labels in the names of courses."""
    assert formula(loss(), "w7", style=style, names="index") == SLOPE[style]
    assert formula(grad(loss(), "w7"), style=style, names="index") == SLOPE[style]


def test_indices_in_mathml():
    """In MathML the indices stand below and the layer above."""
    shown = "".join(formulas(loss(), style="mathml", names="index"))
    assert "<msubsup><mi>w</mi><mn>11</mn><mrow><mo>(</mo><mn>1</mn><mo>)</mo></mrow></msubsup>" in shown
    assert "<msup><mi>b</mi><mrow><mo>(</mo><mn>1</mn><mo>)</mo></mrow></msup>" in shown


@pytest.mark.parametrize(
    ("biases", "activation", "label", "expected"),
    [
        ("layer", "sigmoid", "o2", "z₂⁽²⁾ = w₂₁⁽²⁾*a₁⁽¹⁾ + w₂₂⁽²⁾*a₂⁽¹⁾ + b⁽²⁾"),
        ("neuron", "sigmoid", "o2", "z₂⁽²⁾ = w₂₁⁽²⁾*a₁⁽¹⁾ + w₂₂⁽²⁾*a₂⁽¹⁾ + b₂⁽²⁾"),
        ("none", "sigmoid", "h1", "z₁⁽¹⁾ = w₁₁⁽¹⁾*a₁⁽⁰⁾ + w₁₂⁽¹⁾*a₂⁽⁰⁾"),
        ("none", "sigmoid", "a_h1", "a₁⁽¹⁾ = σ(z₁⁽¹⁾)"),
        ("none", ["tanh", "linear"], "o1", "a₁⁽²⁾ = w₁₁⁽²⁾*a₁⁽¹⁾ + w₁₂⁽²⁾*a₂⁽¹⁾"),
    ],
)
def test_nodes(biases, activation, label, expected):
    """Sums are z, activations a, also where a linear neuron has but one node; a shared bias has its layer only."""
    y = loss(biases, activation=activation)
    assert expected in formulas(y, names="index")
    assert symbols(y, names="index")[expected.partition(" ")[0]].label == label


def test_a_sum_alone():
    """A sum by itself is z, whatever its activation would be."""
    for activation in ("sigmoid", "linear"):
        net = Network([2, 1], activation=activation, biases="none")
        assert formula(net.forward([1.0, 2.0]).sums[0][0], names="index") == "z₁⁽¹⁾ = w₁₁⁽¹⁾*a₁⁽⁰⁾ + w₁₂⁽¹⁾*a₂⁽⁰⁾"


def test_a_power_takes_brackets():
    """The layer is no exponent: what is raised to a power has brackets around its name."""
    shown = formula(loss(activation="tanh"), "w5", style="latex", names="index")
    assert r"{\left(a_{1}^{(2)}\right)}^{2}" in shown


def test_samples_and_many_neurons():
    """Of several samples, what is computed has the number of its own; indices from 10 on stand apart."""
    y = data_loss(Network([1, 11, 1], biases="none"), [([1.0], [0.5]), ([2.0], [0.5])])
    names = set(index_names(y).values())
    assert {"w₁₁.₁⁽¹⁾", "w₁.₁₁⁽²⁾", "w₁₁⁽¹⁾", "a₁⁽⁰⁾[2]", "z₁₁⁽¹⁾[1]", "a₁⁽²⁾[2]"} <= names
    assert r"w_{11,1}^{(1)}" in formula(y, "w11", style="latex", names="index")


def test_names_are_found():
    """In place of a label stands a name with indices, also where a graph was loaded from a file."""
    y = loss()
    assert explain(y, "w₂₁⁽²⁾", names="index").gradient == explain(y, "w7", names="index").gradient
    assert [step.name for step in explain(y, ["w₂₁⁽²⁾"], names="index")][-1] == "w₂₁⁽²⁾"
    with pytest.raises(ValueError, match="no node of the graph has the label 'w₂₁⁽²⁾'"):
        explain(y, "w₂₁⁽²⁾")


def test_a_loaded_graph(tmp_path):
    """A graph from a file has its names with indices, for they come from its labels and operations."""
    y = loss()
    save_graph(y, tmp_path / "graph.json")
    assert set(index_names(load_graph(tmp_path / "graph.json")).values()) == set(index_names(y).values())


def _no_network():
    return Value(2.0, "x") * 3.0


def _a_sum_of_ones_own():
    h = Value(2.0, "x").exp() + 1.0
    h.label = "h1"
    return h


def _twice():
    net = Network([2, 2, 2])
    return net(SAMPLE[0])[0] + net(SAMPLE[0])[1]


def _labels_of_a_deeper_network():
    return half_squared_error(Network([1, 2, 1])([1.0], suffix="_1"), [0.5])


def _taken():
    return loss() * Value(1.0, "w₁₁⁽²⁾")


def _activation_of_two_operations():
    y = loss()
    named(y)["a_h1"].label = ""
    y = named(y)["h1"].exp().exp()
    y.label = "a_h1"
    return y


def _tied():
    net = Network([1, 1])
    w = net.weights[0]
    h1 = w * Value(1.0, "i1")
    h1.label = "h1"
    o1 = w * h1
    o1.label = "o1"
    return o1


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (
            _no_network,
            "names='index', .* take the graph of a Network, .*; no node of this graph is labelled as a sum is",
        ),
        (_a_sum_of_ones_own, "h1 is not a sum of weights times inputs; names='index'"),
        (_twice, r"several nodes are labelled .*: give each forward pass a suffix, as in net\(x, suffix='\[2\]'\)"),
        (_labels_of_a_deeper_network, "the inputs of h2_1 are not those of layer 1"),
        (_taken, "a node is labelled w₁₁⁽²⁾, which stands for another"),
        (_activation_of_two_operations, "a_h1 is not one operation on h1"),
        (_tied, "w1 is both w₁₁⁽¹⁾ and w₁₁⁽²⁾"),
    ],
)
def test_graphs_without_indices(graph, message):
    """What is not the graph of a Network has no indices: the error says why, and what has."""
    y = graph()
    with pytest.raises(ValueError, match=message):
        formula(y, names="index")
    with pytest.raises(ValueError, match=message):
        explain(y, names="index")


@pytest.mark.parametrize("names", ["indices", None, ["index"]])
def test_other_names(names):
    """Names are "labels" or "index"."""
    with pytest.raises(ValueError, match="names is 'labels' or 'index', got"):
        formula(loss(), names=names)


@pytest.mark.parametrize("label", ["w₁₁", "w⁽²⁾⁽²⁾", "w₁.⁽²⁾", "w.₁⁽²⁾", "⁽²⁾", "ww⁽²⁾", "w₁₁⁽²⁾[", "w11⁽²⁾", "w₁₁⁽₂⁾"])
def test_other_labels(label):
    """Labels that only look like names with indices are not taken apart."""
    assert taken_apart(label) is None


def test_spelled_and_read():
    """A name with indices is read as it is spelled."""
    assert taken_apart(indexed("δ", 12, 3, after="[4]")) == ("δ", "3", "12", "[4]")
    assert taken_apart(indexed("W", 2)) == ("W", "", "2", "")
