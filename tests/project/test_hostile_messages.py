"""Hostile labels in messages stay text, also ten million letters of them."""

import csv
import itertools
import math
import pickle
import re
import sys

import pytest
from hostile_labels import CHECKED, LABELS, Terminal, by_label, calculation, network, shows

from autograd_lite import (
    AnomalyError,
    StaleGraphError,
    Value,
    charts,
    detect_anomaly,
    draw,
    explain,
    formula,
    named,
)
from autograd_lite.audit import check_claims
from autograd_lite.engine.graph import find
from autograd_lite.examples import ScalarExample
from autograd_lite.history import History
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent, NonFiniteError
from autograd_lite.pages import Folder, ScalarStudy, scalar_report
from autograd_lite.testing import check_gradient
from autograd_lite.text import symbols
from autograd_lite.text.formulas import STYLES
from autograd_lite.train import TrainingDivergedError, train

# --- messages ---------------------------------------------------------------------------------------------------------


def _stale(label):
    x, y = calculation(label)
    x.data = 2.0
    y.backward()


def _twice(label):
    named(Value(1.0, label) * Value(2.0, label))


def _unknown(label):
    find(calculation(label)[1], "zzz")


def _unknown_too(label):
    find(calculation("x")[1], label)


def _diverges(label):
    w = Value(1.0, f"{label}w")

    def loss():
        y = (w * 1e300) * (w * 1e300)
        y.label = label
        return y

    train(loss, [w], lr=0.1, epochs=3)


def _overflows(label):
    w = Value(1e308, label)
    w.grad = -1e308
    GradientDescent([w], 10.0).step()


def _changes(label):
    history = History()
    for name in (label, f"{label}2"):
        y = Value(1.0, name) * 2.0
        history.record(y, [])


def _column(label):
    history = History()
    history.record(calculation(label)[1], [])
    history["zzz"]


def _same_names(label):
    w = Value(1.0, f"d{label}/dv")
    y = w * Value(1.0, "v")
    y.label = label
    History().record(y, [w, y.parents[1]])


def _no_leaf(label):
    GradientDescent([calculation(label)[1]], 0.1)


def _before(label):
    draw.network(Network([2, 1]), before={label: 1.0})


def _sample(label):
    net = Network([2, 1], biases="none")
    loss = half_squared_error(net([0.1, 0.2], suffix=f"[{label}"), [0.5])
    draw.network(net, loss, suffix=f"{label}?")


def _step(label):
    explain(calculation(label)[1])["zzz"]


def _data_of_a_result(label):
    calculation(label)[1].data = 1.0


def _parameter(label):
    net = Network([1, 1])
    net.weights[0].label = label
    net["zzz"]


def _no_value(label):
    y = Value(0.0, label).log()
    y.label = f"{label}y"
    check_gradient(y)


def _leaves(label):
    check_gradient(calculation(label)[1], [1.0, 2.0, 3.0])


def _point(label):
    check_gradient(lambda **numbers: 1.0, {label: math.nan})


def _no_number(label):
    check_gradient(lambda **numbers: 1.0, {label: "1"}, gradient=[1.0])


def _no_input(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient={f"{label}2": 1.0})


def _no_slope(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient={label: "1"})


def _slopes(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient=[1.0, 2.0])


def _arguments(label):
    check_gradient(lambda x: x, {label: 1.0})


def _returns(label):
    check_gradient(_callable(label, lambda x: None), 1.0, gradient=1.0)


def _unsteady(label):
    numbers = itertools.count()
    check_gradient(_callable(label, lambda x: x + next(numbers)), 1.0)


def _edits(label):
    def f(x):
        x.data = 2.0
        return x

    check_gradient(_callable(label, f), 1.0)


def _otherwise(label):
    check_gradient(_callable(label, lambda x: x if isinstance(x, Value) else x + 1.0), 1.0)


def _floats_only(label):
    check_gradient(_callable(label, math.exp), 1.0, gradient=math.e, second_order=True)


def _not_on_values(label):
    check_gradient(_callable(label, math.exp), 1.0)


def _lost(label):
    check_gradient(_callable(label, lambda x: getattr(x, "data", x)), 1.0)


def _computed(label):
    y = calculation(label)[1]
    y.label = f"{label}y"
    check_gradient(y * 1.0, {y.label: 1.0})


def _callable(name, f):
    """A function of that name."""

    def call(*args, **options):
        return f(*args, **options)

    call.__name__ = name
    return call


def _forward(label):
    with detect_anomaly():
        Value(0.0, label).log()


def _backward(label):
    with detect_anomaly():
        Value(0.0, label).sqrt().backward()


def _source(label):
    file = label.replace("\0", "").encode("utf-8", "replace").decode()  # what a file may be called
    code = compile("with detect_anomaly(): Value(0.0).log()", f"{file}.py", "exec")
    exec(code, {"detect_anomaly": detect_anomaly, "Value": Value})


def _not_due(label):
    check_claims(calculation(label)[1], {label: 1.0}, wrt=[f"{label}zzz"])


def _claim_of_what(label):
    check_claims(calculation(label)[1], {(label,): 1.0})


def _diverges_backward(label):
    w = Value(0.0, f"{label}w")

    def loss():
        y = w.sqrt() * 1.0
        y.label = label
        return y

    train(loss, [w], lr=0.1, epochs=3)


def _diverges_unlabelled(label):
    w = Value(1.0)

    def loss():
        y = (w * 1e300 * 1e300) * 1.0
        y.label = label
        return y

    train(loss, [w], lr=0.1, epochs=3)


def _changes_its_argument(label):
    def f(**numbers):
        (x,) = numbers.values()
        if isinstance(x, Value):
            x.data = 2.0
        return x

    check_gradient(f, {label: 1.0})


def _slope_of_what(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient=["1"])


def _not_held(label):
    y = calculation(label)[1]
    y.label = f"{label}y"
    check_claims(y, {label: 1.0}, held=[y])


ERRORS = {
    _stale: StaleGraphError, _twice: ValueError, _unknown: ValueError, _unknown_too: ValueError,
    _diverges: TrainingDivergedError, _overflows: NonFiniteError, _changes: ValueError, _column: KeyError,
    _same_names: ValueError, _no_leaf: ValueError, _before: ValueError, _sample: ValueError, _step: KeyError,
    _data_of_a_result: AttributeError, _parameter: KeyError, _no_value: ValueError, _leaves: ValueError,
    _point: ValueError, _no_number: TypeError, _no_input: ValueError, _no_slope: TypeError, _slopes: ValueError,
    _arguments: TypeError, _returns: TypeError, _unsteady: ValueError, _edits: ValueError, _otherwise: ValueError,
    _floats_only: TypeError, _not_on_values: TypeError, _lost: TypeError, _computed: ValueError,
    _forward: AnomalyError, _backward: AnomalyError, _source: AnomalyError, _not_due: ValueError,
    _not_held: ValueError, _claim_of_what: TypeError, _diverges_backward: TrainingDivergedError,
    _diverges_unlabelled: TrainingDivergedError, _changes_its_argument: ValueError, _slope_of_what: TypeError,
}  # fmt: skip


@pytest.mark.parametrize("fails", ERRORS, ids=lambda f: f.__name__)
@by_label
def test_messages(label, fails):
    """The message of an error is one line of what can be seen, and short however long the label."""
    with pytest.raises(ERRORS[fails]) as caught:
        fails(label)
    assert shows(str(caught.value), "")
    assert len(str(caught.value)) < 1500


@by_label
def test_repr(label):
    """The text form of a node is a line of Python that makes such a node."""
    node = Value(1.5, label)
    assert shows(repr(node), "")
    if len(label) < 100:
        again = eval(repr(node), {"Value": lambda data, grad, label: Value(data, label)})
        assert again.label == label


def test_progress_bar(monkeypatch):
    """The bar of a training shows no label."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    w = Value(1.0, LABELS["clipboard of a terminal"] + "zzz")

    def loss():
        y = w * w
        y.label = LABELS["colour of a terminal"]
        return y

    train(loss, [w], lr=0.1, epochs=3, progress=True)
    assert "training" in stream.getvalue()
    assert not re.search(r"zzz|]52|31m", stream.getvalue())


# --- ten million letters ----------------------------------------------------------------------------------------------


LONG = "\x1b<b>{=漢 $a" * 1_000_000  # ten million letters


def sample(label):
    """A drawing of one sample, whose names end with that label."""
    net = Network([2, 1], biases="none")
    loss = half_squared_error(net([0.1, 0.2], suffix=f"[{label}"), [0.5])
    return draw.network(net, loss, suffix=f"[{label}")


@pytest.fixture(scope="module")
def huge():
    x, y = calculation(LONG)
    return x, y, explain(y, x)


WRITTEN = {
    "graph": lambda x, y, why: draw.graph(y).source,
    "picture": lambda x, y, why: draw.graph(y).svg(engine="pure"),
    "gradient": lambda x, y, why: draw.gradient(y, x).source,
    "words": lambda x, y, why: draw.gradient(y, x).alt,
    "network": lambda x, y, why: network(LONG).source,
    "sample": lambda x, y, why: sample(LONG).source + sample(LONG).alt,
    "explanation": lambda x, y, why: str(why),
    "explanation in a page": lambda x, y, why: why._repr_html_(),
    "backward pass": lambda x, y, why: str(explain(y)),
    "backward pass in a page": lambda x, y, why: explain(y)._repr_html_(),
    "no path": lambda x, y, why: str(explain(y, Value(1.0, LONG))),
    "chart": lambda x, y, why: charts.loss_curve([2.0, 1.0], title=LONG, name=LONG).svg(),
    "text form": lambda x, y, why: repr(x),
    **{f"{kind}, checked": lambda x, y, why, make=make: str(make(LONG)) for kind, make in CHECKED.items()},
    **{f"{style} formula": lambda x, y, why, style=style: formula(y, style=style) for style in STYLES},
    **{f"{style} slope": lambda x, y, why, style=style: formula(y, x, style=style) for style in STYLES},
    **{f"{style} names": lambda x, y, why, style=style: "".join(symbols(y, style=style)) for style in STYLES},
}


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("way", WRITTEN)
def test_a_label_of_ten_million_letters(huge, way):
    """A label of ten million letters is shortened wherever it is shown: no output is longer than a few pages."""
    assert len(WRITTEN[way](*huge)) < 60_000


@pytest.mark.parametrize("fails", ERRORS, ids=lambda f: f.__name__)
def test_messages_about_a_label_of_ten_million_letters(fails):
    """An error about a label of ten million letters has a message of a few lines."""
    with pytest.raises(ERRORS[fails]) as caught:
        fails(LONG)
    assert len(str(caught.value)) < 1500


def test_a_report_about_labels_of_ten_million_letters(tmp_path):
    """A report with such labels is a page as others are, and its files have names as others have."""

    def build(a, b):
        y = a * b
        y.label = f"{LONG}y"
        return y

    example = ScalarExample("n", "t", "s", "f", {LONG: 2.0, f"{LONG}b": 3.0}, build, "6", ("3", "2"))
    folder = Folder(tmp_path)
    scalar_report(ScalarStudy(example), folder)
    assert len(folder.written) == 5
    assert (tmp_path / "report.html").stat().st_size < 100_000
    assert (tmp_path / "index.html").stat().st_size < 150_000


def test_data_of_ten_million_letters(tmp_path):
    """Where a label is data it is whole, of whatever length: in the node, its pickle, and in a history and its file."""
    x = Value(0.5, LONG)
    y = x * 2.0
    y.backward()
    history = History()
    history.record(y, [])
    assert history[LONG] == [0.5]
    assert pickle.loads(pickle.dumps(x)).label == LONG
    csv.field_size_limit(20_000_000)
    with history.to_csv(tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file))[1] == LONG
