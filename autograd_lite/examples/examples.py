"""Published worked examples: their numbers as printed, checked against ours, and what is wrong with some of them."""

from collections.abc import Callable, Iterator, Mapping

from autograd_lite.engine.ops import log, sigmoid, sin, tanh
from autograd_lite.engine.value import Value
from autograd_lite.examples.published import (
    Check,
    Erratum,
    NetworkExample,
    Published,
    ScalarExample,
    Sweep,
    named_quantities,
    sweep,
)
from autograd_lite.nn import Network

__all__ = [
    "EXAMPLES",
    "HIGH_RATES",
    "LOW_RATES",
    "Check",
    "Erratum",
    "NetworkExample",
    "Published",
    "ScalarExample",
    "Sweep",
    "baydin",
    "cs231n_circuit",
    "cs231n_neuron",
    "era_s6",
    "karpathy_expression",
    "karpathy_neuron",
    "mazur",
    "micrograd_readme",
    "micrograd_sanity",
    "speelpenning",
    "sweep",
]

LOW_RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Learning rates of the first published chart of the ERA session 6 assignment."""
HIGH_RATES = (30.0, 50.0, 100.0, 300.0, 500.0, 600.0, 1000.0)
"""Learning rates of the second."""


def _sheet_gradients(row: Mapping[str, float]) -> dict[str, float]:
    """The sheet's cells for w3 and w4: a_h1 * (1 - a_h1) where the derivative of a_h2 is due."""
    wrong_slope = row["a_h1"] * (1.0 - row["a_h1"])
    return {f"dE_total/d{w}": row["dE_total/da_h2"] * wrong_slope * row[i] for w, i in (("w3", "i1"), ("w4", "i2"))}


def _sheet_step(example: NetworkExample, net: Network, lr: float) -> None:
    row = named_quantities(net, example.loss(net))
    wrong = _sheet_gradients(row)
    for weight in net.weights:
        weight.data -= lr * wrong.get(f"dE_total/d{weight.label}", weight.grad)


def _staggered_step(example: NetworkExample, net: Network, lr: float) -> None:
    """Update the output weights, then the hidden ones with errors that come back through the updated output weights."""
    done, root = example.forward(net)
    for weight in net.weights:
        weight.grad = None
    root.backward()
    deltas = [node.grad for node in done.sums[-1]]
    hidden = [w for row in net.layers[0].weights for w in row]
    for weight in (w for row in net.layers[1].weights for w in row):
        weight.data -= lr * weight.grad
    # The sum of delta * o has the old deltas as its slopes along o1 and o2, and goes back through the new weights.
    again = net.forward(example.inputs).sums[-1]
    carrier = sum(delta * o for delta, o in zip(deltas, again, strict=True))
    assert isinstance(carrier, Value)
    for weight in hidden:
        weight.grad = None
    carrier.backward()
    for weight in hidden:
        weight.data -= lr * weight.grad


def _published(stage: str, **numbers: str) -> Iterator[Published]:
    return (Published(name, printed, stage) for name, printed in numbers.items())


def _gradients(printed: str) -> Iterator[Published]:
    return (Published(f"dE_total/dw{k}", text, "gradients") for k, text in enumerate(printed.split(), 1))


def mazur() -> NetworkExample:
    """Matt Mazur's step-by-step example: 2-2-2, sigmoid, one fixed bias per layer."""
    final = "after 10000 updates"
    return NetworkExample(
        name="mazur",
        title="Mazur: a step by step backpropagation example",
        source="Matt Mazur, A Step by Step Backpropagation Example, 17 March 2015, mattmazur.com",
        inputs=(0.05, 0.1),
        targets=(0.01, 0.99),
        weights=(0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55),
        biases="layer",
        bias_values=(0.35, 0.6),
        lr=0.5,
        epochs=10_000,
        published=(
            *_published("forward pass", h1="0.3775", a_h1="0.593269992", a_h2="0.596884378", o1="1.105905967"),
            *_published("forward pass", a_o1="0.75136507", a_o2="0.772928465", E1="0.274811083", E2="0.023560026"),
            *_published("forward pass", E_total="0.298371109"),
            *_gradients(
                "0.000438568 0.000877135 0.000497713 0.000995425 0.082167041 0.082667628 -0.02260254 -0.022740242"
            ),
            *_published("after 1 update", w1="0.149780716", w2="0.199561432", w3="0.249751144", w4="0.299502287"),
            *_published("after 1 update", w5="0.35891648", w6="0.408666186", w7="0.51130127", w8="0.561370121"),
            *_published("after 1 update", E_total="0.291027924"),
            Published("E_total", "0.0000351085", final),
            *_published(final, E_total="0.000035085", a_o1="0.015912196", a_o2="0.984065734"),
        ),
        errata=(
            Erratum(
                "The later losses are not those of gradient descent",
                "The text says that the hidden weights are updated with the original output weights. The program that "
                "gave the printed loss after 1 update, and everything after 10,000, updates w5 to w8 first, and then "
                "computes the hidden neurons' errors with the updated w5 to w8. Making that mistake on purpose gives "
                "the printed numbers; 0.0000351085 is besides a misprint of 0.000035085.",
                frozenset({"after 1 update: E_total", *(f"{final}: {q}" for q in ("E_total", "a_o1", "a_o2"))}),
                {"0.0000351085": "0.000035085"},
            ),
        ),
        mistaken_step=_staggered_step,
    )


def era_s6() -> NetworkExample:
    """The spreadsheet of The School of AI's ERA course, session 6: 2-2-2, sigmoid, no biases, 67 updates."""
    last = "after 67 updates"
    data = {"t1": "0.5", "t2": "0.5", "i1": "0.05", "i2": "0.1"}
    return NetworkExample(
        name="era-s6",
        title="ERA session 6: backpropagation in a spreadsheet",
        source="The School of AI, ERA course, session 6 assignment, part 1: the spreadsheet Simple BackProp, 2023",
        inputs=(0.05, 0.1),
        targets=(0.5, 0.5),
        weights=(0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55),
        biases="none",
        bias_values=(),
        lr=1.0,
        epochs=67,
        published=(
            *_published("forward pass", **data, h1="0.0275", a_h1="0.5068745668", h2="0.0425", a_h2="0.510623401"),
            *_published("forward pass", o1="0.4325303572", a_o1="0.6064777322", o2="0.5342801539", a_o2="0.6304808355"),
            *_published("forward pass", E1="0.005668753728", E2="0.00851262421", E_total="0.01418137794"),
            *_gradients(
                "0.0003169933959 0.0006339867918 0.0003518686651 0.0007037373303 "
                "0.01288081863 0.01297608491 0.01540834828 0.01552230812"
            ),
            *_published(last, w1="0.1448822851", w2="0.1897645702", w3="0.2438810421", w4="0.2877620842"),
            *_published(last, w5="0.0248987513", w6="0.07214619963", w7="0.03771019018", w8="0.08431807217"),
            *_published(last, a_o1="0.5123536203", a_o2="0.515526213", E_total="0.0001968376124"),
        ),
        errata=(
            Erratum(
                "The cells of ∂E/∂w3 and ∂E/∂w4 use the wrong activation",
                "The sheet's written derivation has a_h2 * (1 - a_h2), rightly; its cell formulas have "
                "a_h1 * (1 - a_h1). Making that mistake on purpose gives the cells' numbers, and with them those of "
                "every later row; the difference is small because both activations are near 0.51.",
                frozenset(
                    {
                        *("gradients: dE_total/dw3", "gradients: dE_total/dw4"),
                        *(f"{last}: {q}" for q in ("a_o1", "a_o2", "E_total", *(f"w{k}" for k in range(1, 9)))),
                    }
                ),
            ),
        ),
        mistaken_step=_sheet_step,
        mistaken_gradients=_sheet_gradients,
    )


def _surveyed(x1: Value, x2: Value) -> Value:
    v1, v2, v3 = log(x1), x1 * x2, sin(x2)
    v4 = v1 + v2
    for k, node in enumerate((v1, v2, v3, v4), 1):
        node.label = f"v{k}"
    y: Value = v4 - v3
    return y


def baydin() -> ScalarExample:
    """The running example of the survey by Baydin et al. (2018), with the names of table 3, where y is v5."""
    return ScalarExample(
        "baydin",
        "Baydin et al.: ln(x1) + x1 x2 - sin(x2)",
        "Baydin, Pearlmutter, Radul, Siskind, Automatic Differentiation in Machine Learning: a Survey, JMLR 18, 2018",
        "log(x1) + x1*x2 - sin(x2)",
        {"x1": 2.0, "x2": 5.0},
        _surveyed,
        "11.652",
        ("5.5", "1.716"),
    )


def _product(a: Value, b: Value, c: Value, d: Value, e: Value) -> Value:
    return a * b * c * d * e


def speelpenning() -> ScalarExample:
    """Speelpenning's product (1980): each derivative is the product of the other factors."""
    return ScalarExample(
        "speelpenning",
        "Speelpenning: x1 x2 x3 x4 x5",
        "Bert Speelpenning, Compiling Fast Partial Derivatives of Functions Given by Algorithms, 1980",
        "x1*x2*x3*x4*x5",
        {f"x{k}": float(k) for k in range(1, 6)},
        _product,
        "120",
        ("120", "60", "40", "30", "24"),
    )


def _circuit(x: Value, y: Value, z: Value) -> Value:
    return (x + y) * z


def cs231n_circuit() -> ScalarExample:
    """The first circuit of the CS231n notes on backpropagation."""
    return ScalarExample(
        "cs231n-circuit",
        "CS231n: (x + y) z",
        "Stanford CS231n course notes, Backpropagation, Intuitions",
        "(x + y)*z",
        {"x": -2.0, "y": 5.0, "z": -4.0},
        _circuit,
        "-12",
        ("-4", "-4", "3"),
        result="f",
    )


def _sigmoid_neuron(w0: Value, x0: Value, w1: Value, x1: Value, w2: Value) -> Value:
    y: Value = sigmoid(w0 * x0 + w1 * x1 + w2)
    return y


def cs231n_neuron() -> ScalarExample:
    """The sigmoid neuron of the CS231n notes; printed with two decimals."""
    return ScalarExample(
        "cs231n-neuron",
        "CS231n: a sigmoid neuron",
        "Stanford CS231n course notes, Backpropagation, Intuitions",
        "sigmoid(w0*x0 + w1*x1 + w2)",
        {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
        _sigmoid_neuron,
        "0.73",
        ("-0.20", "0.39", "-0.39", "-0.59", "0.20"),
        result="f",
    )


def _micrograd_readme(a: Value, b: Value) -> Value:
    c = a + b
    d = a * b + b**3
    c = c + (c + 1)
    c = c + (1 + c + (-a))
    d = d + (d * 2 + (b + a).relu())
    d = d + (3 * d + (b - a).relu())
    e = c - d
    f = e**2
    g = f / 2.0
    return g + 10.0 / f


def micrograd_readme() -> ScalarExample:
    """The example of micrograd's README."""
    return ScalarExample(
        "micrograd-readme",
        "micrograd: the example of the README",
        "Andrej Karpathy, micrograd, README, 2020",
        "g of micrograd's README",
        {"a": -4.0, "b": 2.0},
        _micrograd_readme,
        "24.7041",
        ("138.8338", "645.5773"),
        result="g",
    )


def _micrograd_sanity(x: Value) -> Value:
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def micrograd_sanity() -> ScalarExample:
    """The first test of micrograd."""
    return ScalarExample(
        "micrograd-sanity",
        "micrograd: the sanity check of the tests",
        "Andrej Karpathy, micrograd, test/test_engine.py, 2020",
        "y of micrograd's test_sanity_check",
        {"x": -4.0},
        _micrograd_sanity,
        "-20",
        ("46",),
    )


def _expression(a: Value, b: Value, c: Value, f: Value) -> Value:
    return (a * b + c) * f


def karpathy_expression() -> ScalarExample:
    """The first graph of Karpathy's lecture, with one step up the gradient."""
    return ScalarExample(
        "karpathy-expression",
        "Karpathy: L = (a b + c) f",
        "Andrej Karpathy, The spelled-out intro to neural networks and backpropagation, lecture, 2022",
        "(a*b + c)*f",
        {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0},
        _expression,
        "-8",
        ("6", "-4", "-2", "4"),
        result="L",
        after=(0.01, "-7.286496"),
    )


def _tanh_neuron(x1: Value, x2: Value, w1: Value, w2: Value, b: Value) -> Value:
    y: Value = tanh(x1 * w1 + x2 * w2 + b)
    return y


def karpathy_neuron() -> ScalarExample:
    """The tanh neuron of Karpathy's lecture."""
    return ScalarExample(
        "karpathy-neuron",
        "Karpathy: a tanh neuron",
        "Andrej Karpathy, The spelled-out intro to neural networks and backpropagation, lecture, 2022",
        "tanh(x1*w1 + x2*w2 + b)",
        {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.881373587019543},
        _tanh_neuron,
        "0.7071",
        ("-1.5000", "0.5000", "1.0000", "0.0000", "0.5000"),
        result="o",
    )


EXAMPLES: dict[str, Callable[[], NetworkExample | ScalarExample]] = {
    "mazur": mazur,
    "era-s6": era_s6,
    "baydin": baydin,
    "speelpenning": speelpenning,
    "cs231n-circuit": cs231n_circuit,
    "cs231n-neuron": cs231n_neuron,
    "micrograd-readme": micrograd_readme,
    "micrograd-sanity": micrograd_sanity,
    "karpathy-expression": karpathy_expression,
    "karpathy-neuron": karpathy_neuron,
}
"""All of them, by the name that the command line takes."""
