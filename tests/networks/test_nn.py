"""Networks: the tutorials' names, what connects what, initial weights, and values against plain arithmetic."""

import math
import random
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import Value, named, topological
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import ACTIVATIONS, Network

UNIT = 2.0**-53
SIZES = st.lists(st.integers(1, 4), min_size=2, max_size=5)
WIDE_SIZES = st.lists(st.integers(1, 13), min_size=2, max_size=5)
BIASES = st.sampled_from(["none", "layer", "neuron"])
PLAIN = {
    "linear": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "sin": mpmath.sin,
}
MAZUR_WEIGHTS = (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55)
FORWARD_NAMES = ["i1", "i2", *(f"w{k}" for k in range(1, 9))]
FORWARD_NAMES += ["h1", "a_h1", "h2", "a_h2", "o1", "a_o1", "o2", "a_o2"]
LOSS_NAMES = ["t1", "t2", "E1", "E2", "E_total"]


def _labels(nodes):
    return [node.label for node in nodes]


def _bias_count(sizes, biases):
    return {"none": 0, "layer": len(sizes) - 1, "neuron": sum(sizes[1:])}[biases]


@st.composite
def networks(draw, sizes=SIZES):
    """A network with drawn sizes, activations, biases, weights; and inputs that fit it."""
    shape = draw(sizes)
    biases = draw(BIASES)
    numbers = st.floats(-2.0, 2.0)
    weight_count = sum(i * j for i, j in pairwise(shape))
    bias_count = _bias_count(shape, biases)
    net = Network(
        shape,
        activation=draw(
            st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=len(shape) - 1, max_size=len(shape) - 1)
        ),
        biases=biases,
        weights=draw(st.lists(numbers, min_size=weight_count, max_size=weight_count)),
        bias_values=draw(st.lists(numbers, min_size=bias_count, max_size=bias_count)),
    )
    return net, draw(st.lists(numbers, min_size=shape[0], max_size=shape[0]))


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("biases", "bias_names"),
    [("none", []), ("layer", ["b1", "b2"]), ("neuron", ["b1", "b2", "b3", "b4"])],
)
def test_the_2_2_2_network_has_the_names_of_the_tutorials(biases, bias_names):
    """A 2-2-2 network and its loss have the labels of the worked examples, all of them and no other."""
    net = Network([2, 2, 2], biases=biases)
    loss = half_squared_error(net([0.05, 0.1]), [0.01, 0.99])
    assert sorted(named(loss)) == sorted(FORWARD_NAMES + bias_names + LOSS_NAMES)
    assert _labels(net.weights) == [f"w{k}" for k in range(1, 9)]
    assert _labels(net.biases) == bias_names
    assert net.parameters() == net.weights + net.biases
    assert _labels(net.parameters()) == [f"w{k}" for k in range(1, 9)] + bias_names


def test_a_pass_holds_the_named_nodes_layer_by_layer():
    """`forward` gives inputs, sums, activations and outputs under their names, by layer and by neuron."""
    net = Network([2, 2, 2])
    done = net.forward([0.05, 0.1])
    assert _labels(done.inputs) == ["i1", "i2"]
    assert [_labels(layer) for layer in done.sums] == [["h1", "h2"], ["o1", "o2"]]
    assert [_labels(layer) for layer in done.activations] == [["a_h1", "a_h2"], ["a_o1", "a_o2"]]
    assert done.outputs is done.activations[-1]
    assert _labels(net([0.05, 0.1])) == ["a_o1", "a_o2"]
    assert [layer.name for layer in net.layers] == ["h", "o"]
    assert (net.layers[0].sum_name(1), net.layers[0].activation_name(1)) == ("h2", "a_h2")


def test_a_network_of_one_layer_has_only_outputs():
    """With no hidden layer the neurons are o1, o2, ..., and w1, w2 come from the inputs."""
    done = Network([3, 2]).forward([1, 2, 3])
    assert [_labels(layer) for layer in done.sums] == [["o1", "o2"]]


def test_neurons_of_several_hidden_layers_carry_the_layer_in_their_names():
    """In a deeper network neuron 3 of the second hidden layer is h2_3, its activation a_h2_3."""
    done = Network([2, 2, 3, 1]).forward([0.5, -0.5])
    assert [_labels(layer) for layer in done.sums] == [["h1_1", "h1_2"], ["h2_1", "h2_2", "h2_3"], ["o1"]]
    assert _labels(done.activations[1]) == ["a_h2_1", "a_h2_2", "a_h2_3"]


@given(sizes=WIDE_SIZES, biases=BIASES, activation=st.sampled_from(["sigmoid", "linear"]))
def test_no_two_nodes_share_a_label(sizes, biases, activation):
    """For any sizes the labels are all different: one per input, parameter, sum, activation, target and error."""
    net = Network(sizes, biases=biases, activation=activation)
    loss = half_squared_error(net([0.1] * sizes[0]), [0.5] * sizes[-1])
    nodes = named(loss)  # raises if two nodes share one
    neurons = sum(sizes[1:])
    errors = sizes[-1] + 1 if sizes[-1] > 1 else 1
    assert len(nodes) == (
        sizes[0] + len(net.parameters()) + neurons * (1 if activation == "linear" else 2) + sizes[-1] + errors
    )
    assert len(net.parameters()) == sum(i * j for i, j in pairwise(sizes)) + _bias_count(sizes, biases)
    assert {node.label for node in net.parameters()} <= set(nodes)


@given(sizes=WIDE_SIZES)
def test_a_suffix_tells_the_passes_of_one_network_apart(sizes):
    """Two passes with different suffixes share the parameters and no other label."""
    net = Network(sizes)
    one, two = (
        {x.label for root in net([0.1] * sizes[0], suffix=s) for x in topological(root)} for s in ("[1]", "[2]")
    )
    assert (one & two) - {""} == {p.label for p in net.parameters()}
    assert all(label.endswith("[1]") for label in one - two)


# --- connections --------------------------------------------------------------------------------------------------


def _sums(net, inputs):
    done = net.forward(inputs)
    return {node.label: node.data for layer in done.sums for node in layer}, {
        node.label: node.data for node in done.inputs + [a for layer in done.activations for a in layer]
    }


@pytest.mark.parametrize(
    ("weight", "source", "target"),
    [
        ("w1", "i1", "h1"), ("w2", "i2", "h1"), ("w3", "i1", "h2"), ("w4", "i2", "h2"),
        ("w5", "a_h1", "o1"), ("w6", "a_h2", "o1"), ("w7", "a_h1", "o2"), ("w8", "a_h2", "o2"),
    ],
)  # fmt: skip
def test_each_weight_connects_what_the_tutorials_say(weight, source, target):
    """Raising w3 by d raises h2 by d * i1 and no other sum of its layer, and so on: w1 i1->h1, w2 i2->h1, ..."""
    net = Network([2, 2, 2], weights=MAZUR_WEIGHTS, biases="layer", bias_values=[0.35, 0.6])
    before, outputs = _sums(net, [0.05, 0.1])
    net[weight].data += 0.25
    after, _ = _sums(net, [0.05, 0.1])
    assert math.isclose(after[target] - before[target], 0.25 * outputs[source], rel_tol=1e-13)
    same_layer = {"h1": "h2", "h2": "h1", "o1": "o2", "o2": "o1"}[target]
    assert after[same_layer] == before[same_layer]
    if target.startswith("o"):
        assert all(after[h] == before[h] for h in ("h1", "h2"))


@pytest.mark.parametrize(
    ("biases", "bias", "targets"),
    [
        ("layer", "b1", {"h1", "h2"}),
        ("layer", "b2", {"o1", "o2"}),
        ("neuron", "b1", {"h1"}),
        ("neuron", "b2", {"h2"}),
        ("neuron", "b3", {"o1"}),
        ("neuron", "b4", {"o2"}),
    ],
)
def test_each_bias_is_added_to_its_sums(biases, bias, targets):
    """A layer's bias is added to every sum of the layer, a neuron's to its own, with factor 1."""
    net = Network([2, 2, 2], weights=MAZUR_WEIGHTS, biases=biases)
    before, _ = _sums(net, [0.05, 0.1])
    net[bias].data += 0.25
    after, _ = _sums(net, [0.05, 0.1])
    layer = [name for name in before if name[0] == min(targets)[0]]
    moved = {name for name in layer if after[name] != before[name]}
    assert moved == targets
    assert all(math.isclose(after[name] - before[name], 0.25, rel_tol=1e-14) for name in targets)


@given(sizes=SIZES)
def test_weights_are_counted_layer_by_layer_neuron_by_neuron_input_by_input(sizes):
    """The weight from input i to neuron j of a layer has number offset + j * inputs + i + 1."""
    net = Network(sizes)
    offset = 0
    for (inputs, neurons), layer in zip(pairwise(sizes), net.layers, strict=True):
        expected = [[f"w{offset + j * inputs + i + 1}" for i in range(inputs)] for j in range(neurons)]
        assert [_labels(row) for row in layer.weights] == expected
        offset += inputs * neurons


# --- values -------------------------------------------------------------------------------------------------------


@given(networks())
def test_every_neuron_agrees_with_plain_arithmetic(case):
    """Each sum is the exact sum of weight * source and bias, within its roundings; each activation the function of it.

    A sum of n products and a bias takes at most 2n roundings of partial results no larger than the sum of the
    magnitudes. The functions come from the C library, right to 2 units in the last place, a formula of three to 4.
    """
    net, inputs = case
    done = net.forward(inputs)
    sources = list(inputs)
    for layer, sums, activations in zip(net.layers, done.sums, done.activations, strict=True):
        for j, row in enumerate(layer.weights):
            terms = [mpmath.mpf(w.data) * mpmath.mpf(x) for w, x in zip(row, sources, strict=True)]
            terms += [mpmath.mpf(layer.biases[j].data)] if layer.biases else []
            bound = 2 * len(row) * UNIT * sum(map(abs, terms)) + 1e-300
            assert abs(sums[j].data - mpmath.fsum(terms)) <= bound
            with mpmath.workdps(50):
                true = PLAIN[layer.activation](mpmath.mpf(sums[j].data))
                assert abs(activations[j].data - true) <= 8 * UNIT * abs(true)
        sources = [node.data for node in activations]


def _plain_forward(net, parameters, inputs):
    """Outputs straight from the formula, in whatever arithmetic the numbers have; plain lists, no nodes."""
    values = iter(parameters)
    weights = [next(values) for _ in net.weights]
    biases = list(values)
    nodes, w, b = list(inputs), 0, 0
    for k, (layer, neurons) in enumerate(zip(net.layers, net.sizes[1:], strict=True)):
        sums = []
        for j in range(neurons):
            total = sum(weights[w + i] * x for i, x in enumerate(nodes))
            w += len(nodes)
            if net.bias_mode == "layer":
                total += biases[k]
            elif net.bias_mode == "neuron":
                total += biases[b + j]
            sums.append(total)
        b += neurons
        nodes = [PLAIN[layer.activation](x) for x in sums]
    return nodes


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("biases", ["none", "layer", "neuron"])
def test_outputs_and_gradients_of_a_deep_network_agree_with_50_digit_arithmetic(activation, biases):
    """A 2-3-2-2 network's outputs, and dE/dparameter, are those of the plain formula in 50 digits, to 14 digits.

    The derivative there is a central difference with step 1e-20, exact to 40 digits. The numbers below are of the
    order 1 and pass through some 40 roundings, hence 40 * 2**-53 = 4e-15 < 1e-14.
    """
    net = Network([2, 3, 2, 2], activation=activation, biases=biases, seed=3)
    for k, bias in enumerate(net.biases):
        bias.data = 0.05 * (k + 1)
    inputs, targets = [0.3, 0.7], [0.2, 0.9]
    outputs = net(inputs)
    loss = half_squared_error(outputs, targets)
    loss.backward()
    with mpmath.workdps(50):
        exact = [mpmath.mpf(p.data) for p in net.parameters()]
        x, t = [mpmath.mpf(v) for v in inputs], [mpmath.mpf(v) for v in targets]

        def error(parameters):
            return sum((tt - a) ** 2 for tt, a in zip(t, _plain_forward(net, parameters, x), strict=True)) / 2

        for node, true in zip(outputs, _plain_forward(net, exact, x), strict=True):
            assert abs(node.data - true) <= 1e-14
        h = mpmath.mpf(10) ** -20
        for k, p in enumerate(net.parameters()):
            up, down = ([v + s * h * (m == k) for m, v in enumerate(exact)] for s in (1, -1))
            assert abs(p.grad - (error(up) - error(down)) / (2 * h)) <= 1e-14, p.label
    assert any(p.grad for p in net.parameters())


def test_inputs_may_be_values_and_are_used_as_they_are():
    """An input that is a node stays that node, with its label, and gets its gradient; numbers become i1, i2, ..."""
    x = Value(0.05, "x")
    net = Network([2, 2, 2], weights=MAZUR_WEIGHTS, biases="none")
    done = net.forward([x, 0.1])
    assert done.inputs[0] is x
    assert done.inputs[1].label == "i2"
    assert [a.data for a in done.outputs] == [a.data for a in net([0.05, 0.1])]
    done.outputs[0].backward()
    h1, h2 = done.sums[0]
    assert x.grad == pytest.approx(h1.grad * 0.15 + h2.grad * 0.25, rel=1e-14)


def test_an_input_made_by_operations_carries_the_gradient_on():
    """A network of nodes differentiates through what its inputs were made from."""
    u = Value(0.2)
    out = Network([1, 1], activation="linear", weights=[3.0], biases="none")([u * u])[0]
    out.backward()
    assert u.grad == pytest.approx(2 * 0.2 * 3.0, rel=1e-15)


# --- activations --------------------------------------------------------------------------------------------------


def test_activations_are_chosen_per_layer():
    """A list gives each layer its own function; one name is for all layers."""
    done = Network([2, 2, 2], activation=["tanh", "linear"]).forward([1.0, 2.0])
    assert [node.op.name for node in done.activations[0]] == ["tanh", "tanh"]
    assert done.activations[1] == done.sums[1]
    assert [layer.activation for layer in Network([1, 1, 1, 1], activation="relu").layers] == ["relu"] * 3


def test_a_linear_layer_has_no_node_of_its_own():
    """A linear neuron's activation is its sum, the same node, labelled o1 and nothing else."""
    done = Network([2, 2], activation="linear", biases="neuron").forward([1.0, 2.0])
    assert all(a is s for a, s in zip(done.outputs, done.sums[-1], strict=True))
    assert _labels(done.outputs) == ["o1", "o2"]
    assert {node.op.name for node in topological(done.outputs[0]) if node.op} == {"mul", "add"}
    assert Network([2, 2], activation="linear").layers[0].activation_name(0) == "o1"


def test_the_promised_activations_are_there():
    """Sigmoid, tanh, relu and linear are among the activations."""
    assert {"sigmoid", "tanh", "relu", "linear"} <= set(ACTIVATIONS)
    assert set(ACTIVATIONS) == set(PLAIN)


def test_an_unknown_activation_is_refused_with_the_list():
    """The message for an unknown activation names it and those there are."""
    with pytest.raises(ValueError, match=r"no activation 'sigmoyd'; there are linear, sigmoid, tanh, relu"):
        Network([2, 2], activation="sigmoyd")


@pytest.mark.parametrize("given_names", [["tanh"], ["tanh"] * 3, []])
def test_as_many_activations_as_layers(given_names):
    """A list of activations of the wrong length is refused, with both numbers."""
    with pytest.raises(ValueError, match=rf"one for each of the 2 layers, got {len(given_names)}"):
        Network([2, 2, 2], activation=given_names)


# --- initial parameters -------------------------------------------------------------------------------------------


def test_one_seed_one_network():
    """The same seed gives the same weights, another seed others; Python's own generator is left alone."""
    state = random.getstate()
    weights = [[w.data for w in Network([3, 4, 2], seed=seed).weights] for seed in (7, 7, 8)]
    assert random.getstate() == state
    assert weights[0] == weights[1]
    assert not set(weights[0]) & set(weights[2])
    assert [w.data for w in Network([3, 4, 2]).weights] == [w.data for w in Network([3, 4, 2], seed=0).weights]
    assert len(set(weights[0])) == 20


def test_a_seed_means_the_same_weights_in_every_version():
    """w1 of seed 0 is the first number of Python's generator, scaled to ±sqrt(6 / (2 + 2))."""
    bound = math.sqrt(1.5)
    assert Network([2, 2, 2], seed=0)["w1"].data == pytest.approx(bound * (2 * 0.8444218515250481 - 1), rel=1e-15)


@given(
    sizes=SIZES, seed=st.integers(0, 1000), names=st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=4, max_size=4)
)
def test_random_weights_stay_in_the_published_bounds(sizes, seed, names):
    """Random weights lie in ±sqrt(6 / (inputs + neurons)), before relu in ±sqrt(6 / inputs); biases start at 0."""
    net = Network(sizes, activation=names[: len(sizes) - 1], seed=seed)
    for (inputs, neurons), layer in zip(pairwise(sizes), net.layers, strict=True):
        bound = math.sqrt(6 / (inputs if layer.activation == "relu" else inputs + neurons))
        assert all(abs(w.data) <= bound for row in layer.weights for w in row)
    assert all(b.data == 0.0 for b in net.biases)


@pytest.mark.parametrize(("activation", "bound"), [("sigmoid", math.sqrt(6 / 30)), ("relu", math.sqrt(6 / 20))])
def test_random_weights_fill_their_bounds(activation, bound):
    """Of 200 uniform weights some are in the outer tenth of the interval on either side, and the mean is near 0."""
    weights = [w.data for w in Network([20, 10], activation=activation, biases="none").weights]
    assert max(weights) > 0.9 * bound
    assert min(weights) < -0.9 * bound
    assert abs(sum(weights) / 200) < 5 * bound / math.sqrt(3 * 200)  # five standard deviations of the mean


def test_given_parameters_are_taken_as_they_are():
    """Given weights and biases are those of the network, in order; ints become floats."""
    net = Network([2, 1], weights=[1, -2], bias_values=[3])
    assert [(p.label, p.data) for p in net.parameters()] == [("w1", 1.0), ("w2", -2.0), ("b1", 3.0)]
    assert all(type(p.data) is float for p in net.parameters())


@pytest.mark.parametrize("count", [0, 7, 9])
def test_as_many_weights_as_connections(count):
    """A wrong number of weights is refused; the message says how many are due, and how they are counted."""
    with pytest.raises(ValueError, match=rf"takes 8 weights \(2\*2 \+ 2\*2\), got {count}"):
        Network([2, 2, 2], weights=[0.1] * count)


@pytest.mark.parametrize(("biases", "due"), [("none", 0), ("layer", 2), ("neuron", 4)])
def test_as_many_biases_as_the_mode_has(biases, due):
    """A wrong number of biases is refused; the message says how many this kind of biases takes."""
    for count in {0, 1, 2, 4, 5} - {due}:
        with pytest.raises(ValueError, match=rf"takes {due} biases \('{biases}'\), got {count}"):
            Network([2, 2, 2], biases=biases, bias_values=[0.1] * count)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_given_parameters_are_finite(bad):
    """A weight or bias that is NaN or infinite is refused by name."""
    with pytest.raises(ValueError, match=rf"w2 is {bad}; parameters are finite"):
        Network([2, 1], weights=[0.1, bad])
    with pytest.raises(ValueError, match=rf"b1 is {bad}; parameters are finite"):
        Network([2, 1], bias_values=[bad])


@pytest.mark.parametrize("bad", ["0.5", None, 1j, [0.5], b"1"])
def test_given_parameters_are_numbers(bad):
    """A weight or bias that is no number is a TypeError that names the type."""
    with pytest.raises(TypeError, match=type(bad).__name__):
        Network([2, 1], weights=[0.1, bad])
    with pytest.raises(TypeError, match=type(bad).__name__):
        Network([2, 1], bias_values=[bad])


def test_a_weight_given_as_a_value_is_refused_with_the_remedy():
    """Weights become nodes here; a Value in their place would lose its graph, so the message points to .data."""
    with pytest.raises(TypeError, match=r"Value.*\.data"):
        Network([2, 1], weights=[0.1, Value(0.2)])


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[], [2], [2, 0], [2, -1, 2], [2.0, 2], [True, 2]])
def test_unusable_sizes_are_refused(sizes):
    """Sizes are two or more whole numbers above 0; the message shows what came and an example."""
    with pytest.raises(ValueError, match=r"such as \[2, 2, 2\], got .*"):
        Network(sizes)


def test_unknown_kinds_of_biases_are_refused():
    """The message names the three kinds and what came."""
    with pytest.raises(ValueError, match="'none', 'layer' or 'neuron', got 'shared'"):
        Network([2, 2], biases="shared")


@pytest.mark.parametrize("inputs", [[], [1.0], [1.0, 2.0, 3.0]])
def test_as_many_inputs_as_the_network_has(inputs):
    """A wrong number of inputs is refused with both numbers, before anything is computed."""
    with pytest.raises(ValueError, match=rf"takes 2 inputs, got {len(inputs)}"):
        Network([2, 2])(inputs)


def test_an_input_that_is_no_number_is_refused():
    """An input is a number or a node; text is a TypeError that says so."""
    with pytest.raises(TypeError, match="str"):
        Network([2, 2])([0.5, "0.5"])


def test_parameters_are_found_by_name():
    """`net["w5"]` is the weight of that name, `net["b1"]` the bias."""
    net = Network([2, 2, 2], biases="layer")
    assert net["w5"] is net.weights[4]
    assert net["b2"] is net.biases[1]


def test_an_unknown_parameter_name_gets_a_suggestion():
    """The message lists the parameters, and the nearest name if one is near."""
    net = Network([2, 2, 2], biases="layer")
    with pytest.raises(KeyError, match=r"no parameter 'w_5' .*w1, w2, .*b2; did you mean 'w5'\?"):
        net["w_5"]
    with pytest.raises(KeyError, match=r"no parameter 'zzz' .* it has w1, w2, (?!.*did you mean)"):
        net["zzz"]
    with pytest.raises(KeyError, match=r"it has w1 to b12\b"):
        Network([8, 12])["nothing"]


def test_the_text_form_shows_how_to_make_it():
    """`repr` is the call that makes such a network, one activation shown once."""
    assert repr(Network([2, 2, 2], biases="layer")) == "Network([2, 2, 2], activation='sigmoid', biases='layer')"
    assert "activation=['tanh', 'linear']" in repr(Network([2, 2, 2], activation=["tanh", "linear"]))


def test_values_of_biases_go_elsewhere():
    """Numbers given as `biases` are refused with the way to give them."""
    with pytest.raises(ValueError, match=r"bias_values=\[0.35, 0.6\]"):
        Network([2, 2, 2], biases=[0.35, 0.6])


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ((2, [9, 9, 1]), r"micrograd's MLP\(2, \[9, 9, 1\]\) is Network.*, activation=\['relu', 'relu', 'linear'\]\)"),
        ((2, 16, 1), r"got 2, 16, 1; write Network\(\[2, 16, 1\], "),
        (([2, 2], [1]), r"write Network\(\[2, 2, 1\], "),
        ((5,), r"sizes are one list: .* such as \[2, 2, 2\], got 5; all else is given by name"),
        (([2, 2], "tanh"), r"got \[2, 2\], 'tanh'; all else is given by name"),
        ((Value,), "got the class Value itself"),
    ],
)  # fmt: skip
def test_sizes_that_are_no_list(sizes, says):
    """Sizes given otherwise than as one list, as micrograd's MLP takes them, are explained."""
    with pytest.raises(TypeError, match=says):
        Network(*sizes)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "linear"])
def test_activations_are_given_as_functions_too(name):
    """An operation, or the method of nodes, means the activation of that name; per layer too."""
    for function in (getattr(autograd_lite, name), getattr(Value, name)):
        assert [layer.activation for layer in Network([2, 2, 1], activation=function).layers] == [name] * 2
        given = Network([2, 2, 1], activation=[function, "linear"])
        assert [layer.activation for layer in given.layers] == [name, "linear"]


@pytest.mark.parametrize(
    ("given", "error"), [(autograd_lite.exp, ValueError), (math.tanh, TypeError), (None, TypeError), (3, TypeError)]
)
def test_functions_that_are_no_activation(given, error):
    """Another function is refused with the names there are."""
    with pytest.raises(error, match=r"no activation .*; there are linear, sigmoid, .*, as names or as functions of"):
        Network([2, 2], activation=given)


@pytest.mark.parametrize("activation", [*ACTIVATIONS, ["tanh", "relu", "linear"]])
@pytest.mark.parametrize("biases", ["none", "layer", "neuron"])
def test_predictions_are_floats(activation, biases):
    """`predict` gives a list of floats for each row: the numbers of the network's nodes, to the bit."""
    net = Network([2, 3, 2, 2], activation=activation, biases=biases, seed=4)
    for k, bias in enumerate(net.biases):
        bias.data = 0.3 - 0.1 * k
    rows = [[0.5, -1.5], (2, 0), np.array([1e-3, 7.0])]
    predicted = net.predict(rows)
    assert predicted == [[node.data for node in net(row)] for row in rows]
    assert all(type(x) is float for row in predicted for x in row)
    assert net.predict(np.array([[0.5, -1.5]])) == predicted[:1]
    assert net.predict([]) == []
    done = net.forward(rows[0])
    assert net.sums(rows[0]) == [[node.data for node in layer] for layer in done.sums]


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [
        (
            [0.5, 1.0],
            TypeError,
            r"rows, each a list of 2 inputs, also for one: \[\[...\]\]; got \[0.5, 1.0\]",
        ),
        (0.5, TypeError, "a list of rows"),
        ([[0.5]], ValueError, "takes 2 inputs, got 1"),
        ([["a", 1.0]], TypeError, "got str 'a'"),
    ],
)
def test_rows_that_do_not_fit(rows, error, says):
    """What is no list of rows of inputs is refused."""
    with pytest.raises(error, match=says):
        Network([2, 1]).predict(rows)


def test_gradients_are_forgotten():
    """`zero_grad` leaves all parameters as before the first backward()."""
    net = Network([2, 2, 1])
    net([0.1, 0.2])[0].backward()
    assert all(p.has_grad for p in net.parameters())
    net.zero_grad()
    assert not any(p.has_grad for p in net.parameters())
