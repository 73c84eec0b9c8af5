"""Small functions that papers and courses differentiate: their printed values and gradients."""

from autograd_lite.engine.ops import log, sigmoid, sin, tanh
from autograd_lite.engine.value import Value
from autograd_lite.examples.published import ScalarExample

__all__ = [
    "baydin",
    "cs231n_circuit",
    "cs231n_neuron",
    "karpathy_expression",
    "karpathy_neuron",
    "micrograd_readme",
    "micrograd_sanity",
    "speelpenning",
]


def _label(**nodes: Value) -> None:
    """Give nodes the names of the variables that they are in the source's program."""
    for name, node in nodes.items():
        node.label = name


def _surveyed(x1: Value, x2: Value) -> Value:
    v1, v2, v3 = log(x1), x1 * x2, sin(x2)
    v4 = v1 + v2
    _label(v1=v1, v2=v2, v3=v3, v4=v4)
    y: Value = v4 - v3
    return y


def baydin() -> ScalarExample:
    """The running example of the survey by Baydin et al. (2018), with the names of table 3, where y is v5."""
    return ScalarExample(
        "baydin",
        "Baydin et al.: ln(x1) + x1 x2 - sin(x2)",
        "Baydin, Pearlmutter, Radul, Siskind, Automatic Differentiation in Machine Learning: a Survey, JMLR 18, 2018",
        {"x1": 2.0, "x2": 5.0},
        _surveyed,
        "11.652",
        ("5.5", "1.716"),
        url="https://jmlr.org/papers/v18/17-468.html",
    )


def _product(a: Value, b: Value, c: Value, d: Value, e: Value) -> Value:
    return a * b * c * d * e


def speelpenning() -> ScalarExample:
    """Speelpenning's product (1980): each derivative is the product of the other factors."""
    return ScalarExample(
        "speelpenning",
        "Speelpenning: x1 x2 x3 x4 x5",
        "Bert Speelpenning, Compiling Fast Partial Derivatives of Functions Given by Algorithms, 1980",
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
        {"x": -2.0, "y": 5.0, "z": -4.0},
        _circuit,
        "-12",
        ("-4", "-4", "3"),
        result="f",
        url="https://cs231n.github.io/optimization-2/",
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
        {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
        _sigmoid_neuron,
        "0.73",
        ("-0.20", "0.39", "-0.39", "-0.59", "0.20"),
        result="f",
        url="https://cs231n.github.io/optimization-2/",
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
    _label(c=c, d=d, e=e, f=f)
    g = f / 2.0
    return g + 10.0 / f


def micrograd_readme() -> ScalarExample:
    """The example of micrograd's README."""
    return ScalarExample(
        "micrograd-readme",
        "micrograd: the example of the README",
        "Andrej Karpathy, micrograd, README, 2020",
        {"a": -4.0, "b": 2.0},
        _micrograd_readme,
        "24.7041",
        ("138.8338", "645.5773"),
        result="g",
        url="https://github.com/karpathy/micrograd",
    )


def _micrograd_sanity(x: Value) -> Value:
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    _label(z=z, q=q, h=h)
    return h + q + q * x


def micrograd_sanity() -> ScalarExample:
    """The first test of micrograd."""
    return ScalarExample(
        "micrograd-sanity",
        "micrograd: the sanity check of the tests",
        "Andrej Karpathy, micrograd, test/test_engine.py, 2020",
        {"x": -4.0},
        _micrograd_sanity,
        "-20",
        ("46",),
        url="https://github.com/karpathy/micrograd/blob/master/test/test_engine.py",
    )


def _expression(a: Value, b: Value, c: Value, f: Value) -> Value:
    return (a * b + c) * f


def karpathy_expression() -> ScalarExample:
    """The first graph of Karpathy's lecture, with one step up the gradient."""
    return ScalarExample(
        "karpathy-expression",
        "Karpathy: L = (a b + c) f",
        "Andrej Karpathy, The spelled-out intro to neural networks and backpropagation, lecture, 2022",
        {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0},
        _expression,
        "-8",
        ("6", "-4", "-2", "4"),
        result="L",
        after=(0.01, "-7.286496"),
        url="https://www.youtube.com/watch?v=VMj-3S1tku0",
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
        {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.881373587019543},
        _tanh_neuron,
        "0.7071",
        ("-1.5000", "0.5000", "1.0000", "0.0000", "0.5000"),
        result="o",
        url="https://www.youtube.com/watch?v=VMj-3S1tku0",
    )
