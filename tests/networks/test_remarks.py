"""What a training says at its end: why it stood still, that its weights ran away; and nothing where all is well."""

import copy
import math
import pickle
import random
import re

import pytest

from autograd_lite import Network, Value, examples, program, relu, step
from autograd_lite.history import RemarkKind
from autograd_lite.train import data_loss, train

XOR = [([0, 0], [0]), ([0, 1], [1]), ([1, 0], [1]), ([1, 1], [0])]
DEAD, FLAT, SAME = RemarkKind.DEAD, RemarkKind.SATURATED, RemarkKind.COPIES
STILL, LOST, HUGE, LEAPS = RemarkKind.NO_GRADIENT, RemarkKind.LOST, RemarkKind.HUGE, RemarkKind.LEAPS
RELU = ["relu", "linear"]


def said(history):
    return [(remark.kind, *remark.names) for remark in history.remarks]


CASES = {
    "all relu units dead": (
        lambda: Network([2, 3, 1], activation=RELU, bias_values=[-9, -9, -9, 0]), 0.1, 50,
        [(DEAD, "h1", "h2", "h3")], "h1, h2, h3 (all units of their layer): relu is 0 in every sample",
    ),
    "most relu units dead": (
        lambda: Network([2, 3, 1], activation=RELU, bias_values=[-9, 0.1, -9, 0.5], seed=2), 0.4, 900,
        [(DEAD, "h1", "h3")], "h1, h3 (2 of the 3 units of their layer): relu is 0",
    ),
    "a dead output": (
        lambda: Network([2, 2, 1], activation=["tanh", "relu"], bias_values=[0, 0, -9]), 0.1, 50,
        [(STILL,), (DEAD, "o1")], "all gradients are 0",
    ),
    "saturated": (
        lambda: Network([2, 2, 1], activation=["tanh", "linear"], bias_values=[90, -80, 0]), 0.1, 300,
        [(FLAT, "h1", "h2")], "h1, h2 (all units of their layer): tanh is flat in every sample",
    ),
    "equal weights": (
        lambda: Network([2, 3, 1], weights=[0.5] * 9), 0.5, 100,
        [(SAME, "h1", "h2", "h3")], "h1 = h2 = h3: equal weights get equal gradients and stay equal",
    ),
    "two pairs of equal units": (
        lambda: Network([2, 4, 1], weights=[0.5, 0.1] * 2 + [0.2, 0.3] * 2 + [1, 1, -1, -1]), 0.5, 100,
        [(SAME, "h1", "h2", "h3", "h4")], "h1 = h2, h3 = h4: equal weights",
    ),
    "weights of 0": (
        lambda: Network([2, 2, 1], weights=[0.0] * 6), 0.5, 100,
        [(STILL,), (SAME, "h1", "h2")], "all gradients are 0, so that no parameter has changed",
    ),
    "a huge rate": (
        lambda: Network([2, 2, 1]), 1e300, 20,
        [(HUGE, "b3"), (FLAT, "h1", "h2"), (FLAT, "o1")], "the learning rate 1e+300 is probably far too large",
    ),
    "a tiny rate": (
        lambda: Network([2, 2, 1]), 1e-30, 20, [(LOST, "b3")], "lost in rounding: the largest, that of b3, is",
    ),
}  # fmt: skip


@pytest.mark.parametrize("on_nodes", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said(case, on_nodes):
    """Each reason why training stands still is named, with its units, whether a program or a function is trained."""
    make, lr, epochs, expected, words = CASES[case]
    net = make()
    model = (lambda: data_loss(net, XOR), net.parameters()) if on_nodes else (net, XOR)
    history = train(*model, lr=lr, epochs=epochs)
    assert said(history) == expected
    assert words in " | ".join(map(str, history.remarks))
    assert ", ".join(remark.kind for remark in history.remarks) in repr(history)


def test_the_words_are_true():
    """Units that are called dead, flat or equal are so: seen on the nodes of a pass."""
    for make, lr, epochs, *_ in CASES.values():
        net = make()
        history = train(net, XOR, lr=lr, epochs=epochs)
        root = data_loss(net, XOR)
        root.backward()
        passes = [net.forward(x) for x, _ in XOR]
        for remark in history.remarks:
            for name in remark.names if remark.kind in {DEAD, FLAT} else ():
                active = [node for one in passes for layer in one.activations for node in layer]
                nodes = [node for node in active if node.label == f"a_{name}"]
                slopes = [abs(node.op.partials(node.data, node.parents[0].data)) for node in nodes]
                assert len(slopes) == len(XOR)
                assert max(slopes) < (1e-300 if remark.kind == DEAD else 1e-3)
            if remark.kind == STILL:
                assert not any(p.grad for p in net.parameters())
            if remark.kind == HUGE:
                assert max(abs(p.data) for p in net.parameters()) > 1e6


def _tasks(rng):
    """Data that small networks learn."""
    blobs = [([rng.gauss(c, 0.5), rng.gauss(-c, 0.5)], [float(c > 0)]) for c in (-1, 1) * 10]
    line = [([x, 1 - x], [0.3 + 0.4 * x]) for x in [rng.random() for _ in range(12)]]
    wave = [([x, x * x], [0.5 + 0.5 * math.sin(3 * x)]) for x in [rng.uniform(-1, 1) for _ in range(15)]]
    noise = [([rng.random(), rng.random()], [rng.random()]) for _ in range(15)]
    return [XOR, blobs, line, wave, noise]


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_said_of_fine_trainings(seed):
    """Of trainings from random weights with ordinary rates nothing is said, whether they have come far or not."""
    rng = random.Random(seed)
    for data in _tasks(rng):
        kinds = rng.choice(["sigmoid", "tanh", ["softplus", "sigmoid"], ["tanh", "linear"], ["sin", "linear"]])
        net = Network([2, rng.choice([2, 3, 5]), 1], activation=kinds, seed=rng.randrange(10**6))
        history = train(net, data, lr=rng.choice([0.01, 0.1, 0.3]), epochs=rng.choice([1, 20, 100]))
        assert not history.remarks
        assert "remarks" not in repr(history)


@pytest.mark.parametrize("example", [examples.mazur, examples.era_s6])
def test_nothing_is_said_of_the_published_trainings(example):
    """The published trainings are fine."""
    example = example()
    assert not example.train(example.network(), progress=False).remarks


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"lr": 0.0}, "nothing was to change"),
        ({"epochs": 0}, "nothing was to change"),
        ({"target_loss": 1.0}, "it came where it should"),
    ],
)
def test_what_was_asked_for_is_not_remarked(options, why):
    """No remark where nothing was to change, and where the target was reached."""
    net = Network([2, 2, 1], weights=[0.0] * 6, bias_values=[0, 0, 0.1])
    history = train(net, XOR, **{"lr": 0.5, "epochs": 9, **options})
    assert STILL not in {remark.kind for remark in history.remarks}, why


def test_what_does_not_keep_training_from_its_aim():
    """Nothing is said of flat units while the loss falls, of equal ones where it has fallen, nor where they differ."""
    flat = Network([2, 2, 1], activation=["tanh", "linear"], bias_values=[90, -80, 3])
    assert not train(flat, XOR, lr=0.01, epochs=20).remarks
    equal = Network([2, 3, 1], weights=[0.5] * 9)
    history = train(equal, [(x, [0.2]) for x, _ in XOR], lr=1.0, epochs=500)
    assert history["E_total"][-1] < 0.1 * history["E_total"][0]
    assert not history.remarks
    used_otherwise = Network([2, 2, 1], weights=[0.5, 0.1, 0.5, 0.1, 1.0, -1.0])
    assert not train(used_otherwise, XOR, parameters=used_otherwise.weights[4:], lr=0.1, epochs=9).remarks


LINE = [([x / 10], [2 * x / 10 + 1]) for x in range(10)]


@pytest.mark.parametrize(
    ("sizes", "options", "data", "lr", "expected"),
    [
        ([1, 1], {"activation": "linear", "biases": "none"}, [([1.0], [5e7])], 0.5, []),
        ([1, 1], {"activation": "linear", "biases": "none"}, [([1e-8], [1.0])], 5e15, []),
        ([1, 1], {"weights": [5.0]}, [([10.0], [1.0]), ([-10.0], [0.0])], 5.0, []),
        ([1, 2, 1], {"activation": RELU, "weights": [-1, -1, 1, 1], "bias_values": [-5, -5, -5]}, LINE, 0.1,
         [(DEAD, "h1", "h2")]),
        ([1, 1], {"activation": "linear", "biases": "none"}, [([1.0], [1.0])], 2.0, [(LEAPS,)]),
        ([1, 1], {"activation": "linear", "biases": "none"}, [([1.0], [1.0])], 1.9, []),
        ([2, 4, 1], {"activation": ["tanh", "sigmoid"], "seed": 2}, XOR, 50.0, [(LEAPS,)]),
    ],
    ids=["large targets", "tiny inputs", "solved before", "dead units", "to and fro", "nearer", "rate 50"],
)  # fmt: skip
def test_what_the_data_ask_for(sizes, options, data, lr, expected):
    """Large weights that the data need, and outputs that are right already, are fine; steps that leap are told."""
    assert said(train(Network(sizes, **options), data, lr=lr, epochs=300)) == expected


def test_inputs_that_are_all_zero():
    """Inputs of 0 say nothing of the size that weights may have."""
    assert said(train(Network([1, 1], seed=1), [([0.0], [0.0])], lr=0.1, epochs=20)) == []


def test_losses_of_ones_own_have_targets_of_any_kind():
    """With a loss of one's own, whose targets need not be numbers for each output, remarks are made from the units."""

    def named(outputs, targets, suffix=""):
        return (outputs[{"left": 0, "right": 1}[targets[0]]] - 1.0) ** 2

    net = Network([1, 2, 2], activation=RELU, bias_values=[-9, -9, 0, 0])
    history = train(net, [([0.5], ["left"])], loss=named, lr=1e-9, epochs=5)
    assert said(history) == [(DEAD, "h1", "h2")]


def test_samples_drawn_anew_do_not_leap():
    """A loss that is of other samples in each epoch stands still with steep slopes: that is no fault of the rate."""
    w, rng = Value(0.5, "w"), random.Random(3)
    assert not train(lambda: (w - rng.choice([0.0, 1.0])) ** 2, [w], lr=0.05, epochs=300).remarks


def test_a_loss_of_0_is_no_standstill():
    """Where the loss is 0 already, gradients of 0 are as they should be."""
    w = Value(2.0, "w")
    assert not train(lambda: (w - 2.0) ** 2, [w], lr=0.1, epochs=5).remarks


def test_a_network_that_is_already_trained():
    """Training on from a minimum says nothing, though hardly anything moves."""
    w, b = Value(0.0, "w"), Value(0.0, "b")
    data = [(x, 0.1 + 0.7 * x + 0.01 * (-1) ** x) for x in range(4)]

    def loss():
        return sum((w * x + b - y) ** 2 for x, y in data)

    for _ in range(3):
        assert not train(loss, [w, b], lr=0.05, epochs=2000).remarks


def test_programs_and_functions_of_ones_own():
    """Of a program, and of a function without a network, what the parameters tell is said."""
    w, x = Value(-1.0, "w"), Value(1.0, "x")
    recorded = program.compile((relu(w * x) - 1.0) ** 2, inputs=[w, x])
    assert said(train(recorded, [w], lr=0.1, epochs=5)) == [(STILL,)]
    u = Value(0.5)
    assert said(train(lambda: 1.0 - step(u), [u], lr=0.1, epochs=5)) == []  # the loss is 0
    assert said(train(lambda: 2.0 - step(u), [u], lr=0.1, epochs=5)) == [(STILL,)]
    assert said(train(lambda: (u * 1e-9 - 1.0) ** 2, [u], lr=1e17, epochs=5)) == [(HUGE, "parameter 1")]


def test_where_the_loss_is_not_recorded():
    """Without the loss in the history, what the parameters alone tell is said."""
    net = Network([2, 2, 1], weights=[0.0] * 6)
    assert said(train(net, XOR, lr=0.5, epochs=9, record=["w1"])) == [(STILL,)]


def test_remarks_are_told_once_where_progress_is_shown(capfd):
    """With progress shown, remarks are lines on standard error; without, nothing is printed."""
    for progress, lines in ((True, 2), (False, 0), (None, 0)):
        train(Network([2, 2, 1], weights=[0.0] * 6), XOR, lr=0.5, epochs=5, progress=progress)
        out, err = capfd.readouterr()
        assert out == ""
        assert len(re.findall(r"^training: (?:all|h1 = h2)", err, re.MULTILINE)) == lines


def test_remarks_are_kept_in_copies():
    """Copies and pickles of a history have its remarks; a kind is equal to its text."""
    history = train(Network([2, 3, 1], weights=[0.5] * 9), XOR, lr=0.5, epochs=10)
    for other in (copy.deepcopy(history), pickle.loads(pickle.dumps(history))):
        assert other.remarks == history.remarks
    assert history.remarks[0].kind == "equal units"


def test_many_units_are_shortened():
    """Of many units the first and the last are named in the words, and all in the list."""
    net = Network([2, 20, 1], activation=RELU, bias_values=[-9] * 20 + [0])
    (remark,) = train(net, XOR, lr=0.1, epochs=5).remarks
    assert "h1, h2, h3, h4, h5, h6, h7, ..., h20 (all units" in remark.words
    assert len(remark.names) == 20
