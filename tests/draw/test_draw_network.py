"""The drawing of a network."""

import math
import re

import drawing
import pytest

from autograd_lite import Value, draw, grad
from autograd_lite.draw import style
from autograd_lite.engine.graph import topological
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent
from autograd_lite.train import data_loss, train

KEY = "thicker line = larger |weight|, dashed = negative"


def boxes(source):
    """The texts in each box, by id."""
    labels = re.findall(r"^\t(\w+) \[label=<(.*?)> pos=", source, re.MULTILINE)
    return {name: [text for text in re.findall(r">([^<>]+)<", label) if text != "&#160;"] for name, label in labels}


def lines(source):
    """The lines as (tail, head, attributes)."""
    return re.findall(r"^\t([\w:]+) -> ([\w:]+) \[(.*)\]$", source, re.MULTILINE)


def legend(source):
    """The texts under the picture."""
    return re.findall(r">([^<>]+)<", re.search(r"graph \[.*? label=<(.*)> layout=neato", source)[1])


def place(source, name):
    """The middle of a box."""
    return tuple(map(float, re.search(rf'^\t{name} \[.*pos="([-\d.]+),([-\d.]+)!"', source, re.MULTILINE).groups()))


def test_mazur():
    """Mazur's network shows every weight, bias, sum, activation, target, error, gradient, and the loss."""
    net, loss = drawing.mazur()
    source = draw.network(net, loss).source
    shown = boxes(source)
    assert shown["i1"] == ["i1", "0.0500"]
    assert shown["w1_1_1"] == ["w1", "0.1500", "∂", "+0.000439"]
    assert shown["w2_2_2"] == ["w8", "0.5500", "∂", "−0.0227"]
    assert shown["b1"] == ["b1", "0.3500", "∂", "+0.0187"]
    assert shown["n1_1"] == ["h1", "0.3775", "∂", "+0.00877", "a_h1", "0.5933", "∂", "+0.0364"]
    assert shown["n2_2"] == ["o2", "1.2249", "∂", "−0.0381", "a_o2", "0.7729", "∂", "−0.2171"]
    assert shown["e1"] == ["E1", "0.2748", "t1", "0.0100"]
    assert shown["total"] == ["E_total", "0.2984"]
    headings = [texts for name, texts in shown.items() if name.startswith("heading")]
    assert headings == [
        ["inputs"],
        ["hidden", "a_h = σ(h)"],
        ["output", "a_o = σ(o)"],
        ["errors"],
        ["loss", "sum of the errors"],
    ]
    assert len(shown) == 2 + 8 + 2 + 4 + 2 + 1 + 5


def test_every_weight_joins_its_neurons():
    """w3 lies between i1 and the sum of h2, w6 between the activation a_h2 and the sum of o1; b1 goes to h1 and h2."""
    net, loss = drawing.mazur()
    joined = {(tail, head) for tail, head, _ in lines(draw.network(net, loss).source)}
    assert {("i1:e", "w1_2_1:w"), ("w1_2_1:e", "n1_2:in:w")} <= joined
    assert {("n1_2:out:e", "w2_1_2:w"), ("w2_1_2:e", "n2_1:in:w")} <= joined
    assert {("b1:e", "n1_1:in:w"), ("b1:e", "n1_2:in:w")} <= joined
    assert {("n2_1:out:e", "e1:w"), ("e2:e", "total:w")} <= joined
    assert len(joined) == 16 + 4 + 4


def test_columns_are_in_order():
    """Inputs, weights, neurons, errors and loss stand from left to right, each weight beside its neuron."""
    net, loss = drawing.mazur()
    source = draw.network(net, loss).source
    across = [place(source, name)[0] for name in ("i1", "w1_1_1", "n1_1", "w2_1_1", "n2_1", "e1", "total")]
    assert across == sorted(across)
    assert place(source, "w1_1_1")[1] > place(source, "n1_1")[1] > place(source, "w1_1_2")[1]
    assert place(source, "n1_1")[1] > place(source, "n1_2")[1]


def test_line_width_and_dash():
    """The largest |weight| has the thickest line, a negative weight a dashed one, on both sides of its box."""
    net = Network([3, 1], weights=[1.0, -2.0, 0.0], biases="none", activation="linear")
    drawn = lines(draw.network(net).source)
    styles = {tail: attributes for tail, _, attributes in drawn if tail.startswith("w")}
    assert "penwidth=1.60" in styles["w1_1_1:e"]
    assert "penwidth=2.60 style=dashed" in styles["w1_1_2:e"]
    assert "penwidth=0.60" in styles["w1_1_3:e"]
    assert sum("dashed" in attributes for _, _, attributes in drawn) == 2
    assert sum("arrowhead=none" in attributes for _, _, attributes in drawn) == 3


def test_weights_alone():
    """Without a loss there are the parameters and the names of what they lead to; no gradients before backward()."""
    net = Network([2, 1], weights=[0.5, 0.25], bias_values=[0.1])
    shown = boxes(draw.network(net).source)
    assert shown["w1_1_1"] == ["w1", "0.5000"]
    assert shown["n1_1"] == ["b1", "0.1000", "o1", "a_o1"]
    assert "total" not in shown
    assert legend(draw.network(net).source) == [KEY]


def test_a_network_has_dashes_before_backward():
    """With a loss but before backward() gradients are dashes, and the legend says why."""
    net = Network([1, 1], weights=[0.5], bias_values=[0.1])
    source = draw.network(net, half_squared_error(net([1.0]), [0.0])).source
    assert boxes(source)["w1_1_1"] == ["w1", "0.5000", "∂", "—"]
    assert boxes(source)["n1_1"][:4] == ["b1", "0.1000", "∂", "—"]
    assert "∂ — : backward() has not run" in legend(source)


def test_signs_of_gradients_by_colour_too():
    """A gradient that raises the loss has another colour than one that lowers it, besides its sign."""
    net, loss = drawing.mazur()
    source = draw.network(net, loss).source
    colors = dict(re.findall(r'COLOR="(#\w+)">([+−]0\.0822|[+−]0\.0227)<', source))
    assert len(colors) == 2
    assert {"+ raises it", "− lowers it", "∂ = gradient of E_total with respect to it:"} <= set(legend(source))


def test_activations_and_biases_of_each_layer():
    """Layers differ in activation: a linear neuron has no second quantity. Own biases stand in the neuron's box."""
    net, loss = drawing.trained([2, 3, 2, 1], activation=["relu", "tanh", "linear"], seed=1)
    shown = boxes(draw.network(net, loss).source)
    headings = [texts for name, texts in shown.items() if name.startswith("heading")]
    assert headings[1:4] == [["hidden 1", "a_h1 = ReLU(h1)"], ["hidden 2", "a_h2 = tanh(h2)"], ["output", "linear"]]
    assert shown["n1_2"][::4] == ["b2", "h1_2", "a_h1_2"]
    assert shown["n3_1"][::4] == ["b6", "o1"]
    assert ("n3_1:out:e", "total:w") in {(tail, head) for tail, head, _ in lines(draw.network(net, loss).source)}


def test_one_output_has_its_target_beside_the_loss():
    """With one output there is no E1: the target stands with the loss."""
    net = Network([1, 1])
    loss = half_squared_error(net([1.0]), [0.25])
    shown = boxes(draw.network(net, loss).source)
    assert shown["total"] == ["E_total", f"{loss.data:.4f}", "t1", "0.2500"]
    assert "e1" not in shown
    loss.label = "E1"
    assert "e1" not in boxes(draw.network(net, loss).source)


def test_columns_are_centred():
    """Every column is as high above the middle as it is below."""
    source = draw.network(Network([3, 4, 2], biases="none")).source
    for first, last in (("i1", "i3"), ("w1_1_1", "w1_4_3"), ("n1_1", "n1_4"), ("w2_1_1", "w2_2_4"), ("n2_1", "n2_2")):
        assert place(source, first)[1] == pytest.approx(-place(source, last)[1], abs=0.11)


def test_loss_of_ones_own():
    """Any result computed from the network will do: without errors by name, outputs lead to it directly."""
    net = Network([2, 2], biases="none")
    first, second = net([1.0, 2.0])
    loss = (first * second).exp()
    source = draw.network(net, loss).source
    assert boxes(source)["total"] == ["loss", f"{loss.data:.4f}"]
    assert [(tail, head) for tail, head, _ in lines(source)][-2:] == [
        ("n1_1:out:e", "total:w"),
        ("n1_2:out:e", "total:w"),
    ]


def test_inputs_with_names_of_their_own():
    """Inputs that are nodes show their own labels."""
    net = Network([2, 1], biases="none")
    loss = half_squared_error(net([Value(3.0, "height"), 4.0]), [0.0])
    shown = boxes(draw.network(net, loss).source)
    assert shown["i1"] == ["height", "3.0000"]
    assert shown["i2"] == ["i2", "4.0000"]


def test_samples():
    """Over several samples there are no values, and the picture says so; a suffix shows one, its loss and errors."""
    net = Network([2, 2], biases="none", seed=1)
    loss = data_loss(net, [([0.1, 0.2], [1.0, 0.0]), ([0.3, 0.4], [0.0, 1.0])])
    loss.backward()
    source = draw.network(net, loss).source
    assert boxes(source)["i1"] == ["i1"]
    assert boxes(source)["n1_1"] == ["o1", "a_o1"]
    assert boxes(source)["w1_1_1"][2] == "∂"
    assert "loss and gradients over 2 samples; suffix='[1]' shows one of them" in legend(source)
    source = draw.network(net, loss, suffix="[2]").source
    assert boxes(source)["i1"] == ["i1", "0.3000"]
    assert boxes(source)["e2"][2:] == ["t2", "1.0000"]
    own = next(node for node in topological(loss) if node.label == "E_total[2]")
    assert boxes(source)["total"] == ["E_total[2]", style.number(own.data)]
    assert [boxes(source)[name][0] for name in ("e1", "e2")] == ["E1[2]", "E2[2]"]
    assert boxes(source)["w1_1_1"][3] == style.signed(grad(own, "w1").data)
    assert "∂ = gradient of E_total[2] with respect to it:" in legend(source)
    whole = f"E_total of all samples is {style.number(loss.data)}"
    assert f"sample [2]: its values, its own loss, and the ∂ of that; {whole}" in legend(source)
    with pytest.raises(ValueError, match=r"suffix '\[3\]'; there are \[1\], \[2\]"):
        draw.network(net, loss, suffix="[3]")


def test_before_and_after_an_update():
    """With the old values, the pass before an update is drawn with its gradients: they made the change, at a rate."""
    net, loss = drawing.mazur()
    old = {weight.label: weight.data for weight in net.weights}
    GradientDescent(net.weights, 0.5).step()
    source = draw.network(net, loss, before=old).source
    shown = boxes(source)
    assert shown["w2_1_1"] == ["before", "0.4000", "∂", "+0.0822", "Δ", "−0.0411", "w5", "0.3589"]
    assert shown["b1"] == ["b1", "0.3500", "∂", "+0.0187"]
    assert shown["n1_1"][1] == "0.3775"
    assert {
        "value = forward pass at the values before",
        "∂ = gradient of E_total at the values before with respect to it:",
        "before + Δ = value now, Δ = −0.5 · ∂",
    } <= set(legend(source))


def test_large_network_is_summarised():
    """Above 200 weights each layer is one box with counts and ranges, and the picture says what it leaves out."""
    net, loss = drawing.trained([20, 30, 10], seed=1)
    source = draw.network(net, loss).source
    shown = boxes(source)
    weights = [w.data for w in net.weights[:600]]
    steepest = max(net.weights[:600], key=lambda w: abs(w.grad))
    assert shown["i"][:2] == ["20 inputs", "i1 … i20"]
    assert shown["w1"][:2] == ["600 weights", "w1 … w600"]
    assert shown["w1"][2] == f"{min(weights):.4f} to {max(weights):.4f}".replace("-", "−")
    assert steepest.label in shown["w1"][3]
    assert shown["n1"][:2] == ["30 neurons", "h1 … h30"]
    assert shown["n1"][5:8] == ["30 biases", "b1 … b30", "all 0.0000"]
    assert len(lines(source)) == 5
    assert any(text.startswith("900 weights, more than max_weights=200: each layer is summ") for text in legend(source))
    assert KEY not in legend(source)


def test_max_weights():
    """The limit is the caller's: at it the network is drawn in full, above it summarised."""
    net = Network([2, 2], biases="none")
    assert "w1_2_2" in boxes(draw.network(net, max_weights=4).source)
    assert boxes(draw.network(net, max_weights=3).source)["w1"][0] == "4 weights"
    assert "w1_20_11" in boxes(draw.network(Network([11, 20], biases="none"), max_weights=220).source)


def test_summary_of_an_update():
    """A summary names the largest change."""
    net = Network([2, 1], weights=[1.0, 2.0], biases="none")
    shown = boxes(draw.network(net, before={"w1": 0.5, "w2": 2.25}, max_weights=1).source)
    assert shown["w1"][-1] == "largest |Δ|: w1 +0.5000"


def test_summary_of_gradients():
    """A summary names the gradient of largest size, whatever its sign."""
    net = Network([2, 1], weights=[1.0, 2.0], biases="none", activation="linear")
    (output,) = net([0.25, -0.5])
    output.backward()
    assert boxes(draw.network(net, output, max_weights=1).source)["w1"][-1] == "largest |∂|: w2 −0.5000"


def test_a_network_in_words():
    """The alternative text has sizes, loss, outputs and the first dozen parameters."""
    net, loss = drawing.mazur()
    alt = draw.network(net, loss).alt
    assert alt.startswith(
        "Network 2-2-2, sigmoid; E_total = 0.2984; a_o1 = 0.7514; a_o2 = 0.7729; parameters w1 = 0.15"
    )
    assert "b2 = 0.6000 (gradient +0.1004)" in alt
    assert "and 8 more" in draw.network(*drawing.trained([4, 4], biases="neuron", activation="tanh")).alt


def test_what_is_no_network_is_refused():
    """What is no network, no loss of it, or no parameter of it is refused in words."""
    net, loss = drawing.mazur()
    with pytest.raises(TypeError, match=r"takes an nn\.Network, got Value"):
        draw.network(loss)
    with pytest.raises(TypeError, match="the loss is a Value, got float"):
        draw.network(net, 0.29)
    with pytest.raises(ValueError, match="not computed by this network"):
        draw.network(Network([2, 2, 2]), loss)
    with pytest.raises(ValueError, match=r"before= has 'W1', which is no weight or bias .* has w1, w2,.* b2"):
        draw.network(net, loss, before={"W1": 1.0})
    with pytest.raises(TypeError, match="expected a real number"):
        draw.network(net, loss, before={"w1": "a"})
    with pytest.raises(ValueError, match="leave suffix out"):
        draw.network(net, loss, suffix="[1]")


def test_weights_that_are_all_zero_or_infinite():
    """Weights of 0, infinity and NaN have lines like others."""
    net = Network([2, 1], weights=[0.0, 0.0], biases="none")
    assert "penwidth=0.60" in draw.network(net).source
    net.weights[0].data = math.inf
    net.weights[1].data = math.nan
    assert boxes(draw.network(net).source)["w1_1_1"] == ["w1", "inf"]


def test_gradients_are_those_of_the_loss_that_is_drawn():
    """What backward() left of an earlier loss is not shown as the gradient of this one: a dash, until it has run."""
    net = Network([2, 2, 1], seed=1)
    first = data_loss(net, [([0.1, 0.2], [1.0])])
    first.backward()
    for parameter in net.parameters():
        parameter.data -= 5.0 * parameter.grad
    second = data_loss(net, [([0.1, 0.2], [1.0])])
    before = draw.network(net, second)
    assert "gradient" not in before.alt
    assert "backward() has not run" in before.source
    second.backward()  # without zero_grad(): the parameters now have the sum of both
    assert f"w1 = {style.number(net['w1'].data)} (gradient {style.signed(grad(second, 'w1').data)})" in (
        draw.network(net, second).alt
    )


def test_before_by_a_row_of_a_history():
    """A row of a history gives the gradients that made the change, beside those of the pass now, each named."""
    net, _ = drawing.mazur()
    history = train(lambda: half_squared_error(net([0.05, 0.1]), [0.01, 0.99]), net.weights, lr=0.5, epochs=1)
    loss = half_squared_error(net([0.05, 0.1]), [0.01, 0.99])
    loss.backward()
    diagram = draw.network(net, loss, before=history[0])
    shown = boxes(diagram.source)
    now = style.signed(grad(loss, "w5").data)
    assert shown["w2_1_1"] == ["before", "0.4000", "∂ before", "+0.0822", "Δ", "−0.0411", "w5", "0.3589", "∂", now]
    assert now != "+0.0822"
    assert shown["b1"] == ["b1", "0.3500", "∂", style.signed(grad(loss, "b1").data), "fixed"]
    assert {
        "value = forward pass at the values now",
        "∂ = gradient of E_total at the values now with respect to it:",
        "∂ before = gradient of E_total at the values before",
        "before + Δ = value now, Δ = −0.5 · ∂ before",
        "fixed = not trained",
    } <= set(legend(diagram.source))
    assert "w5 = 0.3589 (before 0.4000, gradient before +0.0822, change −0.0411, gradient " in diagram.alt
    assert "b1 = 0.3500 (fixed, gradient " in diagram.alt


def test_old_values_alone_give_no_old_gradient():
    """Beside a pass made after the update, the gradient before it is not known: the one now is shown, and named."""
    net, loss = drawing.mazur()
    old = {weight.label: weight.data for weight in net.weights}
    GradientDescent(net.weights, 0.5).step()
    loss = half_squared_error(net([0.05, 0.1]), [0.01, 0.99])
    loss.backward()
    source = draw.network(net, loss, before=old).source
    now = style.signed(grad(loss, "w5").data)
    assert boxes(source)["w2_1_1"] == ["before", "0.4000", "Δ", "−0.0411", "w5", "0.3589", "∂", now]
    assert "∂ = gradient of E_total at the values now with respect to it:" in legend(source)
    assert "before + Δ = value now" in legend(source)


def test_old_values_that_are_not_those_of_the_pass():
    """Old values that do not give the numbers of the pass, or lack some, give no gradient; the picture says why."""
    net, loss = drawing.mazur()
    old = {weight.label: weight.data for weight in net.weights}
    GradientDescent(net.weights, 0.5).step()
    for before, why in (
        (old | {"w5": 0.41}, "the old values do not give these numbers"),
        ({"w5": 0.4}, "the old values do not give these numbers"),
        (None, "before= takes the old values"),
    ):
        source = draw.network(net, loss, before=before).source
        assert boxes(source)["n1_1"] == ["h1", "0.3775", "∂", "—", "a_h1", "0.5933", "∂", "—"]
        assert {
            "sums, activations and loss are those before the change of w1, ..., w8",
            f"∂ — : not known, {why}",
        } <= set(legend(source))


def test_change_by_another_rule():
    """A change that is not the gradient times one rate is shown without a rate."""
    net, loss = drawing.mazur()
    old = {weight.label: weight.data for weight in net.weights}
    for weight in net.weights:
        weight.data -= 0.01 * math.copysign(1.0, weight.grad)
    assert "before + Δ = value now" in legend(draw.network(net, loss, before=old).source)


def test_what_is_not_trained_is_marked():
    """Parameters that are not in `trained` are marked in words: in the box, the legend and the alternative text."""
    net, loss = drawing.mazur(biases="neuron")
    diagram = draw.network(net, loss, trained=[*net.weights[1:], net["b1"]])
    shown = boxes(diagram.source)
    assert shown["w1_1_1"] == ["w1", "0.1500", "∂", style.signed(grad(loss, "w1").data), "fixed"]
    assert shown["n1_1"][:5] == ["b1", "0.0000", "∂", style.signed(grad(loss, "b1").data), "h1"]
    assert shown["n1_2"][4] == "fixed"
    assert "fixed = not trained" in legend(diagram.source)
    assert "w1 = 0.1500 (fixed, gradient " in diagram.alt
    assert 'tooltip="w1 = 0.15, fixed, gradient ' in diagram.source
    summary = draw.network(net, loss, trained=net.weights, max_weights=1).source
    assert "2 biases, fixed" in boxes(summary)["n1"]
    assert "4 weights" in boxes(summary)["w1"]
    assert "fixed" not in draw.network(net, loss).source
    for odd, error, told in (
        (net["w1"], TypeError, "trained is a list of parameters, such as net.weights, got Value"),
        (["w1"], TypeError, "trained is a list of parameters, such as net.weights; one is str"),
        ([loss], ValueError, "which is no parameter of this network"),
    ):
        with pytest.raises(error, match=told):
            draw.network(net, loss, trained=odd)


def test_errors_and_the_loss():
    """The heading of the loss says how it comes from the errors; what else is added to them is shown."""
    net, loss = drawing.mazur()
    more = loss + 0.01 * net["w5"] ** 2
    shown = boxes(draw.network(net, more).source)
    assert shown["total"][2:] == ["other terms", "+0.00160"]
    headings = {texts[0]: texts[1:] for name, texts in shown.items() if name.startswith("heading")}
    assert headings["loss"] == ["sum of the errors", "+ other terms"]
    for made, words in (
        (loss * 1.0, "sum of the errors"),
        (loss / 2.0, "mean of the errors"),
        (loss * 0.3, "not the sum of the errors"),
        (loss.sqrt(), "not the sum of the errors"),
    ):
        assert f">{words}<" in draw.network(net, made).source
    first = next(node for node in topological(loss) if node.label == "E1")
    source = draw.network(net, first).source
    assert boxes(source)["total"][:2] == ["E1", "0.2748"]
    assert [(tail, head) for tail, head, _ in lines(source) if head == "total:w"] == [("n2_1:out:e", "total:w")]


def test_sums_of_another_network_are_not_shown():
    """Where another network's sums have the names of ours, they are not shown beside our weights."""
    net, other = Network([1, 1], weights=[0.5], biases="none"), Network([1, 1], weights=[3.0], biases="none")
    other.weights[0].label = "u1"
    loss = half_squared_error(other(net([1.0], suffix="!")), [0.0])
    source = draw.network(net, loss).source
    assert boxes(source)["n1_1"] == ["o1", "a_o1"]
    assert any(text.startswith("what has the names of the sums was not computed with these") for text in legend(source))
    assert boxes(draw.network(other, loss).source)["n1_1"][0] == "o1"


def test_nan_in_a_summary():
    """A summary names NaN whatever its place, in ranges and as the largest gradient."""
    for place in (0, 1):
        net = Network([2, 1], weights=[1.0, 2.0], biases="none", activation="linear")
        net.weights[place].data = math.nan
        other = style.number(net.weights[1 - place].data)
        assert boxes(draw.network(net, max_weights=1).source)["w1"][2] == f"{other} to {other}, and nan"
        (output,) = net([1.0, 1.0])
        loss = output + net.weights[0] * net.weights[1]
        loss.backward()
        shown = boxes(draw.network(net, loss, max_weights=1).source)
        assert shown["w1"][-1] == f"largest |∂|: w{2 - place} nan"


def test_odd_rows():
    """Gradients of two results, and a row without any of the network's parameters, are refused."""
    net, loss = drawing.mazur()
    with pytest.raises(ValueError, match="gradients of several results: 'E', 'L'"):
        draw.network(net, loss, before={"dE/dw1": 1.0, "dL/dw1": 2.0})
    with pytest.raises(ValueError, match="a row of another history"):
        draw.network(net, loss, before={"epoch": 0.0, "p1": 1.0})
