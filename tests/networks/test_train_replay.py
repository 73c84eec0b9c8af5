"""Training of a network on a program is the training on nodes, to the bit; what is recorded; what ends it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import StaleGraphError, Value, compile  # noqa: A004
from autograd_lite.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    half_squared_error,
    mean_squared_error,
)
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.program import FrozenBranchError
from autograd_lite.program.backends import Functions
from autograd_lite.train import TrainingDivergedError, data_loss, train
from autograd_lite.train import replay as replay_module

LOSSES = [half_squared_error, mean_squared_error, binary_cross_entropy, binary_cross_entropy_from_logits]
SAMPLE = ([1.0, 2.0], [1.0, 0.0])
NUMBERS = st.floats(-2.0, 2.0)


@st.composite
def trainings(draw):
    """A function that makes the network anew, samples, and a loss that suits its outputs."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    loss = draw(st.sampled_from(LOSSES))
    inner = draw(st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    last = "sigmoid" if loss is binary_cross_entropy else draw(st.sampled_from(["linear", "sigmoid", "tanh"]))
    biases = draw(st.sampled_from(["none", "layer", "neuron"]))
    seed = draw(st.integers(0, 99))
    targets = st.floats(0.0, 1.0)
    sample = st.tuples(
        st.lists(NUMBERS, min_size=sizes[0], max_size=sizes[0]),
        st.lists(targets, min_size=sizes[-1], max_size=sizes[-1]),
    )
    data = draw(st.lists(sample, min_size=1, max_size=3))
    return lambda: Network(sizes, activation=[*inner, last], biases=biases, seed=seed), data, loss


def _both(make, data, loss, chosen, **options):
    """What comes of a training on a program, and of the same on nodes: histories or errors, and the networks."""
    found = []
    for on_nodes in (False, True):
        net = make()
        parameters = chosen(net)
        try:
            if on_nodes:
                history = train(lambda net=net: data_loss(net, data, loss), parameters, **options)
            else:
                history = train(net, data, loss=loss, parameters=parameters, **options)
        except TrainingDivergedError as error:
            history = error
        found.append((history, net))
    return found


def _state(net):
    return [(p.data, p.grad) for p in net.parameters()]


def _data(net):
    return [p.data for p in net.parameters()]


@given(trainings(), st.floats(0.0, 2.0), st.integers(0, 9), st.booleans())
def test_training_on_a_program_is_that_on_nodes(training, lr, epochs, weights_alone):
    """Histories, parameters and the gradients that are left are the same floats, whatever network, loss and samples."""
    make, data, loss = training

    def chosen(net):
        return net.weights if weights_alone else net.parameters()

    (replayed, net), (built, other) = _both(make, data, loss, chosen, lr=lr, epochs=epochs)
    if isinstance(built, TrainingDivergedError):
        assert (replayed.epoch, replayed.history[:]) == (built.epoch, built.history[:])
        assert _data(net) == _data(other)
        return
    assert replayed.columns == built.columns
    assert replayed[:] == built[:]
    assert replayed.stopped == built.stopped == "epochs"
    assert [(p.data, p.grad) for p in chosen(net)] == [(p.data, p.grad) for p in chosen(other)]
    assert _data(net) == _data(other)


def test_the_program_is_used(monkeypatch):
    """Training of a network builds its graph a few times, however many epochs there are."""
    calls = []

    class Counting(Network):
        def forward(self, *args, **options):
            calls.append(1)
            return super().forward(*args, **options)

    monkeypatch.setattr(replay_module, "Network", Counting)  # so that its type is the one that is sure
    net = Counting([2, 2, 1])
    train(net, [([0.1, 0.2], [1.0])], lr=0.1, epochs=100)
    assert len(calls) < 5


def test_a_network_of_ones_own_is_built_each_time():
    """A class of the user's may compute otherwise in each epoch, so it does."""
    calls = []

    class Odd(Network):
        def forward(self, inputs, **options):
            calls.append(1)
            return super().forward([x * len(calls) for x in inputs], **options)

    train(Odd([2, 1]), [([0.1, 0.2], [1.0])], lr=0.1, epochs=5)
    assert len(calls) >= 6


def test_a_loss_of_ones_own_is_built_each_time():
    """What a user's loss reads past the nodes is read in each epoch."""
    seen = []

    def loss(outputs, targets, *, suffix=""):
        seen.append(outputs[0].data)
        return half_squared_error(outputs, targets, suffix=suffix)

    train(Network([1, 1]), [([1.0], [0.0])], loss=loss, lr=0.5, epochs=4)
    assert len(set(seen)) == 5


@pytest.mark.parametrize("options", [{"target_loss": 0.05}, {"patience": 2, "min_delta": 1e-3}, {"patience": 1}])
@pytest.mark.parametrize("lr", [0.5, 3.0, 20.0])
def test_it_stops_as_on_nodes(options, lr):
    """A target and patience end a training on a program at the same epoch, with the same parameters."""
    data = [([0.05, 0.1], [0.01, 0.99]), ([1.0, -1.0], [0.3, 0.6])]
    (replayed, net), (built, other) = _both(
        lambda: Network([2, 3, 2], seed=4), data, half_squared_error, Network.parameters, lr=lr, epochs=400, **options
    )
    assert replayed.stopped == built.stopped
    assert replayed[:] == built[:]
    assert _state(net) == _state(other)


@pytest.mark.parametrize("epochs", [1, 2, 3, 40])
@pytest.mark.parametrize("activation", ["linear", "relu", "softplus"])
def test_divergence_as_on_nodes(activation, epochs):
    """Where training turns non-finite: the same epoch, the same rows before it, the parameters of the last of them."""
    data = [([3.0, -1.0], [2.0]), ([0.5, 1.5], [-4.0])]
    (replayed, net), (built, other) = _both(
        lambda: Network([2, 2, 1], activation=[activation, "linear"], seed=1),
        data,
        half_squared_error,
        Network.parameters,
        lr=1e60,
        epochs=epochs,
    )
    if isinstance(built, TrainingDivergedError):
        assert isinstance(replayed, TrainingDivergedError)
        assert (replayed.epoch, replayed.history[:]) == (built.epoch, built.history[:])
        assert "A smaller learning rate than 1e+60 may help" in str(replayed)
    assert [p.data for p in net.parameters()] == [p.data for p in other.parameters()]


def test_a_branch_of_the_loss_that_changes_goes_on_with_nodes():
    """The cross-entropy refuses an output above 1, also when the training has led there, with its own words."""
    net = Network([1, 1], activation="linear", biases="none", weights=[0.9])
    other = Network([1, 1], activation="linear", biases="none", weights=[0.9])
    data = [([1.0], [1.0])]
    with pytest.raises(ValueError, match=r"output 1 is 1\.0\d+; the cross-entropy takes probabilities"):
        train(net, data, loss=binary_cross_entropy, lr=0.05, epochs=50)
    with pytest.raises(ValueError, match="output 1 is"):
        train(lambda: data_loss(other, data, binary_cross_entropy), other.parameters(), lr=0.05, epochs=50)
    assert net["w1"].data == other["w1"].data


def _moons(count=120):
    return [([math.sin(k), math.cos(2.0 * k)], [(k % 3) / 2.0]) for k in range(count)]


def test_many_samples_are_rows_of_one_graph():
    """Of a large data set the parameters, the loss and the gradients are kept, and agree with nodes to rounding."""
    (replayed, net), (built, other) = _both(
        lambda: Network([2, 3, 1], seed=2), _moons(), half_squared_error, Network.parameters, lr=0.5, epochs=20
    )
    names = [p.label for p in net.parameters()]
    assert replayed.columns == ("epoch", *names, "E_total", *(f"dE_total/d{name}" for name in names)) == built.columns
    for mine, theirs in zip(replayed, built, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-12, abs=1e-15)
    assert [p.data for p in net.parameters()] == pytest.approx([p.data for p in other.parameters()], rel=1e-12)


def test_all_quantities_of_many_samples_on_request():
    """With record="all" the whole graph is recorded: a column for each sample's nodes, and the bits of the nodes."""
    (replayed, _), (built, _) = _both(
        lambda: Network([2, 3, 1], seed=2),
        _moons(),
        half_squared_error,
        Network.parameters,
        lr=0.5,
        epochs=2,
        record="all",
    )
    assert "a_h1[120]" in replayed.columns
    assert replayed.columns == built.columns
    assert replayed[:] == built[:]


@pytest.mark.parametrize("record", ["all", "parameters", ["E_total", "dE_total/dw1"], "E_total"])
@pytest.mark.parametrize("every", [1, 3, 100])
def test_what_is_kept(record, every):
    """`record` says which quantities the history has, `every` which epochs, beside the last one; on nodes too."""
    data = [([0.05, 0.1], [0.01, 0.99])]
    options = {"lr": 0.5, "epochs": 8}
    (full, _), _ = _both(lambda: Network([2, 2, 2]), data, half_squared_error, Network.parameters, **options)
    for history, _ in _both(
        lambda: Network([2, 2, 2]), data, half_squared_error, Network.parameters, record=record, every=every, **options
    ):
        assert history["epoch"] == sorted({*range(0, 9, every), 8})
        assert [row["E_total"] for row in history] == [full["E_total"][int(n)] for n in history["epoch"]]
        assert (history.columns == full.columns) == (record == "all")
        if isinstance(record, list):
            assert list(history.columns) == ["epoch", *record]


def test_a_compiled_loss():
    """A program trains the inputs that are given as parameters; its other inputs have the data of their nodes."""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    e = (w * x - 3.0) ** 2
    e.label = "E"
    program = compile(e, inputs=[w, x])
    history = train(program, [w], lr=0.1, epochs=3)
    v = Value(0.5, "w")

    def loss():
        root = (v * 2.0 - 3.0) ** 2
        root.label = "E"
        return root

    built = train(loss, [v], lr=0.1, epochs=3)
    assert (w.data, x.data) == (v.data, 2.0)
    assert history["E"] == built["E"]
    assert history["dE/dw"] == built["dE/dw"]


def test_a_compiled_function():
    """A recorded function trains until a comparison in it comes out otherwise, which is an error here."""
    program = compile(lambda w: (w - 3.0) ** 2 if w < 2.0 else w * 0.0, at=1.0)
    (w,) = program.recorded.inputs
    with pytest.raises(FrozenBranchError, match=r"in epoch 2 .*test_train_replay") as caught:
        train(program, [w], lr=0.2, epochs=9)
    assert caught.value.epoch == 2
    assert w.data == caught.value.state["w"] == 1.8


@pytest.mark.parametrize("moment", range(8))
def test_ctrl_c_in_a_training_on_a_program(monkeypatch, moment):
    """Interrupted in any chunk of epochs, the history has whole epochs, and the parameters are those of an epoch."""
    calls = []
    honest = Functions.loop

    def interrupted(self, loop, passes=1, lanes=1):
        function = honest(self, loop, passes)

        def run(*args):
            calls.append(1)
            if len(calls) == moment + 1:
                raise KeyboardInterrupt
            return function(*args)

        return run

    monkeypatch.setattr(Functions, "loop", interrupted)
    monkeypatch.setattr("autograd_lite.program.loops.CHUNK", 0.0)
    net = Network([2, 2, 2])
    history = train(net, [([0.05, 0.1], [0.01, 0.99])], lr=0.5, epochs=100)
    assert [history[-1][p.label] for p in net.parameters()] == [p.data for p in net.parameters()]
    monkeypatch.undo()
    fresh = Network([2, 2, 2])
    train(fresh, [([0.05, 0.1], [0.01, 0.99])], lr=0.5, epochs=len(history) - 1)
    assert _state(fresh) == _state(net)
    assert history.stopped == "interrupted" or len(history) == 101


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net: train(net, lr=0.1, epochs=1), TypeError, r"takes the samples, pairs \(inputs, targets\)"),
        (lambda net: train(net, net.weights, lr=0.1, epochs=1), TypeError, "after a network come the samples"),
        (lambda net: train(5, [], lr=0.1, epochs=1), TypeError, "a network, a program, or a function .* got 5"),
        (lambda net: train(lambda: 1, lr=0.1, epochs=1), TypeError, "needs the parameters after the loss"),
        (
            lambda net: train(lambda: 1, net.weights, parameters=net.weights, lr=0.1, epochs=1),
            TypeError,
            "the parameters are given twice",
        ),
        (lambda net: train(net, [], lr=0.1, epochs=1), ValueError, "there are no samples"),
        (lambda net: train(net, [SAMPLE], lr="0.1", epochs=1), TypeError, "^lr, the learning rate: expected a real"),
        (lambda net: train(net, [SAMPLE], lr=0.1, epochs=1, loss="mae"), ValueError, "no loss 'mae'; there are half_"),
        (lambda net: train(net, [SAMPLE], lr=0.1, epochs=1, loss=0.5), TypeError, "loss is a function .* got 0.5"),
        (lambda net: train(net, [SAMPLE], lr=0.1, epochs=1, record=5), TypeError, "or a list of names; got int"),
        (lambda net: train(net, [([1.0], [1.0, 0.0])], lr=0.1, epochs=1), ValueError, "takes 2 inputs, got 1"),
        (
            lambda net: train(net, [([1.0, 2.0], [1.0, 0.0])], lr=0.1, epochs=1, record=["w99"]),
            ValueError,
            "no quantity 'w99'; ",
        ),
        (
            lambda net: train(
                lambda: data_loss(net, [([1.0, 2.0], [1.0, 0.0])]), net.weights, lr=0.1, epochs=1, record="h7"
            ),
            ValueError,
            "no quantity 'h7'; ",
        ),
        (lambda net: train(net, [([1.0, 2.0], [1.0, 0.0])], lr=0.1, epochs=1, every=0), ValueError, "every is a whole"),
    ],
)
def test_what_is_refused(call, error, message):
    """What cannot be trained is refused before anything changes, with what is valid."""
    net = Network([2, 2, 2])
    before = [p.data for p in net.parameters()]
    with pytest.raises(error, match=message):
        call(net)
    assert [p.data for p in net.parameters()] == before


def test_programs_with_updates_of_their_own_are_not_trained():
    """`train` makes the updates of gradient descent; a program that has updates runs by itself."""
    w = Value(0.5, "w")
    program = compile(w * w, inputs=[w], updates={w: w * 0.5})
    with pytest.raises(ValueError, match=r"updates of its own, which program\.iterate\(\) runs"):
        train(program, [w], lr=0.1, epochs=1)
    with pytest.raises(ValueError, match="parameters are inputs of the program, which are w; got"):
        train(compile(w * w, inputs=[w]), [Value(1.0, "v")], lr=0.1, epochs=1)


def test_a_parameter_of_minus_zero_is_trained_on_nodes():
    """A program may take 0.0 for the -0.0 that nodes keep; so such parameters are not given to it."""
    (replayed, net), (built, other) = _both(
        lambda: Network([1, 1], activation="relu", biases="none", weights=[-0.0]),
        [([1.0], [0.0])],
        half_squared_error,
        Network.parameters,
        lr=0.5,
        epochs=2,
    )
    assert math.copysign(1.0, net["w1"].data) == math.copysign(1.0, other["w1"].data) == -1.0
    assert replayed[:] == built[:]


def test_a_program_is_trained_again():
    """A program goes on from the data that its inputs have now, after a training or an edit."""
    w = Value(1.0, "w")
    e = (w - 3.0) ** 2
    e.label = "E"
    program = compile(e)
    train(program, [w], lr=0.1, epochs=3)
    first = w.data
    history = train(program, [w], lr=0.1, epochs=3)
    assert history[0]["w"] == first
    w.data = 2.0
    assert train(program, [w], lr=0.1, epochs=1)["E"][0] == 1.0


def test_what_is_recorded_of_a_program():
    """Of a program too, "parameters" are these, the loss and the gradients; an empty list records nothing."""
    w, x = Value(1.0, "w"), Value(2.0, "x")
    e = (w * x - 3.0) ** 2
    e.label = "E"
    program = compile(e)
    assert train(program, [w], lr=0.1, epochs=1, record="parameters").columns == ("epoch", "w", "E", "dE/dw")
    assert len(train(program, [w], lr=0.1, epochs=1, record=[])) == 0
    kept = train(Network([1, 1]), [([1.0], [0.0])], lr=0.1, epochs=2, record=(name for name in ["E_total"]))
    assert kept.columns == ("epoch", "E_total")


def test_data_made_of_what_is_trained():
    """Data that were computed from a parameter are of an old point after an update, which nodes say."""
    net = Network([2, 2, 1])
    with pytest.raises(StaleGraphError):
        train(net, [([net["w2"] * 2.0, 0.2], [1.0])], lr=0.5, epochs=2)


def test_labels_that_are_there_twice():
    """Two quantities with one name are refused, also where only parameters are recorded."""
    net = Network([2, 2, 2], seed=2)
    net["w1"].label = "h1"
    data = [(inputs, [*targets, 0.5]) for inputs, targets in _moons()]
    with pytest.raises(ValueError, match="label 'h1'"):
        train(net, data, lr=0.1, epochs=1, record="parameters")


@pytest.mark.parametrize("every", [1, 2])
def test_very_long_labels(every):
    """A label longer than a program's names is a column in full, and training is that of a short one."""
    long, short = Network([2, 2, 2]), Network([2, 2, 2])
    long["w1"].label = "w" * 5_000
    histories = [train(net, [SAMPLE], lr=0.1, epochs=2, every=every) for net in (long, short)]
    for name, column in [("w" * 5_000, "w1"), ("dE_total/d" + "w" * 5_000, "dE_total/dw1"), ("E_total", "E_total")]:
        assert histories[0][name] == histories[1][column]


@pytest.mark.parametrize("on_nodes", [False, True])
def test_data_that_are_no_numbers(on_nodes):
    """NaN in the data is not blamed on the learning rate: nothing was updated yet."""
    net, data = Network([2, 2, 2]), [([math.nan, 1.0], [0.0, 1.0])]
    model = (lambda: data_loss(net, data), net.parameters()) if on_nodes else (net, data)
    with pytest.raises(TrainingDivergedError, match="Nothing was updated yet: look at the data") as caught:
        train(*model, lr=0.1, epochs=3)
    assert "learning rate" not in str(caught.value)
