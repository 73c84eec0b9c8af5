"""Training: the exact path of gradient descent, reasons to stop, ctrl-C at any moment, divergence, the progress bar."""

import contextlib
import math
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from interrupting import Interrupter

import autograd_lite
from autograd_lite import StaleGraphError, Value, exp, named, sqrt
from autograd_lite import history as history_module
from autograd_lite.engine import value as value_module
from autograd_lite.losses import binary_cross_entropy, half_squared_error, mean_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent, NonFiniteError
from autograd_lite.train import TrainingDivergedError, building, data_loss, train

PACKAGE = str(Path(autograd_lite.__file__).parent)
ROOT = Path(PACKAGE).parent
SAMPLE = ([0.05, 0.1], [0.01, 0.99])


@pytest.fixture(autouse=True)
def _lock_of_its_own(monkeypatch):
    """Give each test a lock of its own.

    The interrupts below come between any two instructions, also between the end of a `with` block and the release of
    its lock, where Python itself never delivers a signal; a lock lost that way must not stop the tests that follow.
    """
    monkeypatch.setattr(value_module, "_lock", threading.RLock())


def _mazur():
    return Network(
        [2, 2, 2],
        biases="layer",
        weights=[0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55],
        bias_values=[0.35, 0.6],
    )


def _line():
    """Two parameters w, b and the loss 1/2 (w * 2 + b - 5)², as a graph made afresh; both labelled."""
    w, b = Value(1.0, "w"), Value(0.5, "b")

    def loss():
        root = 0.5 * (w * 2.0 + b - 5.0) ** 2
        root.label = "E"
        return root

    return loss, [w, b]


def _state(parameters):
    return [p.data for p in parameters]


def _last(history, parameters):
    return [history[-1][p.label] for p in parameters]


# --- the path -----------------------------------------------------------------------------------------------------


def test_training_is_the_loop_that_one_writes_by_hand():
    """Row n of the history has the loss, parameters and gradients after n updates, to the bit those of a plain loop."""
    net = _mazur()
    history = train(lambda: data_loss(net, [SAMPLE]), net.weights, lr=0.5, epochs=5)
    assert len(history) == 6
    by_hand = _mazur()
    for n in range(6):
        loss = half_squared_error(by_hand(SAMPLE[0]), SAMPLE[1])
        for w in by_hand.weights:
            w.grad = 0.0
        loss.backward()
        row = history[n]
        assert row["epoch"] == n
        assert row["E_total"] == loss.data
        for w in by_hand.weights:
            assert (row[w.label], row[f"dE_total/d{w.label}"]) == (w.data, w.grad)
            w.data -= 0.5 * w.grad
    assert history.stopped == "epochs"
    assert _state(net.weights) == _last(history, net.weights)


def test_parameters_after_training_are_those_of_the_last_row():
    """There is no update after the last recorded epoch, so the loss of the network is the history's last loss."""
    net = _mazur()
    history = train(lambda: data_loss(net, [SAMPLE]), net.weights, lr=0.5, epochs=7)
    assert data_loss(net, [SAMPLE]).data == history[-1]["E_total"]


def test_a_second_training_goes_on_where_the_first_ended():
    """3 and then 4 epochs lead to the weights of 7, and gradients do not carry over."""
    one, two = _mazur(), _mazur()
    train(lambda: data_loss(one, [SAMPLE]), one.weights, lr=0.5, epochs=7)
    first = train(lambda: data_loss(two, [SAMPLE]), two.weights, lr=0.5, epochs=3)
    second = train(lambda: data_loss(two, [SAMPLE]), two.weights, lr=0.5, epochs=4)
    assert first[-1]["E_total"] == second[0]["E_total"]
    assert _state(one.weights) == _state(two.weights)


def test_gradients_from_before_training_do_not_count():
    """A gradient that an earlier backward left in a parameter does not change the first update."""
    (loss, parameters), (other_loss, others) = _line(), _line()
    for p in parameters:
        p.grad = 100.0
    assert train(loss, parameters, lr=0.1, epochs=2)["E"] == train(other_loss, others, lr=0.1, epochs=2)["E"]


def test_mazurs_biases_stay_unless_given():
    """Mazur's biases stay, and are data in the history; given as parameters, they move and have gradients."""
    net = _mazur()
    history = train(lambda: data_loss(net, [SAMPLE]), net.weights, lr=0.5, epochs=2)
    assert _state(net.biases) == [0.35, 0.6]
    assert history["b1"] == [0.35] * 3
    assert "dE_total/db1" not in history.columns
    net = _mazur()
    history = train(lambda: data_loss(net, [SAMPLE]), net.parameters(), lr=0.5, epochs=2)
    assert history["b1"][1] == 0.35 - 0.5 * history["dE_total/db1"][0] != 0.35
    net = _mazur()
    train(lambda: data_loss(net, [SAMPLE]), [net["w5"]], lr=0.5, epochs=2)
    assert [w.label for w, old in zip(net.weights, _mazur().weights, strict=True) if w.data != old.data] == ["w5"]


def test_training_without_progress_on_the_learning_rate_0():
    """With lr 0 nothing moves, and every row is the same but for its number."""
    loss, parameters = _line()
    rows = list(train(loss, parameters, lr=0, epochs=3).rows())
    assert [row.pop("epoch") for row in rows] == [0, 1, 2, 3]
    assert rows[0] == rows[1] == rows[2] == rows[3]


# --- data ---------------------------------------------------------------------------------------------------------


def test_the_loss_of_several_samples_is_their_mean():
    """E_total is the mean over samples; each sample's nodes carry its number, the parameters do not."""
    net = _mazur()
    data = [SAMPLE, ([0.3, 0.4], [0.9, 0.1]), ([1.0, 0.0], [0.5, 0.5])]
    root = data_loss(net, data)
    alone = [data_loss(net, [sample]).data for sample in data]
    assert root.data == pytest.approx(sum(alone) / 3, rel=1e-15)
    nodes = named(root)  # no two nodes share a label
    assert [nodes[f"E_total[{k}]"].data for k in (1, 2, 3)] == alone
    per_sample = "i1 i2 h1 a_h1 h2 a_h2 o1 a_o1 o2 a_o2 t1 t2 E1 E2 E_total"
    expected = {f"{name}[{k}]" for name in per_sample.split() for k in (1, 2, 3)}
    assert set(nodes) == expected | {p.label for p in net.parameters()} | {"E_total"}


def test_the_loss_of_one_sample_has_no_numbers_in_its_names():
    """With one sample the labels are the tutorials'."""
    assert {"i1", "a_o1", "E1", "E_total"} <= set(named(data_loss(_mazur(), [SAMPLE])))


def test_another_loss_may_be_given():
    """`data_loss` uses the loss that it is given, for one sample and for several."""
    net = _mazur()
    for data in ([SAMPLE], [SAMPLE, SAMPLE]):
        half, mean = (data_loss(net, data, loss).data for loss in (half_squared_error, mean_squared_error))
        assert mean == pytest.approx(half, rel=1e-15)  # two outputs: the mean of two is half their sum
    assert data_loss(net, [SAMPLE], mean_squared_error).op.name == "div"


def test_no_samples_are_refused():
    """An empty data set is an error that shows what data looks like."""
    with pytest.raises(ValueError, match=r"no samples: data is a list of pairs \(inputs, targets\)"):
        data_loss(_mazur(), [])


def test_a_sample_that_does_not_fit_is_refused():
    """Too many inputs or too few targets are refused by the network and by the loss."""
    with pytest.raises(ValueError, match="takes 2 inputs, got 3"):
        data_loss(_mazur(), [([1, 2, 3], [0, 1])])
    with pytest.raises(ValueError, match="got 1 for 2"):
        data_loss(_mazur(), [([1, 2], [0])])


# --- reasons to stop ----------------------------------------------------------------------------------------------


def test_it_stops_after_the_given_epochs():
    """`epochs` updates make epochs + 1 rows."""
    loss, parameters = _line()
    history = train(loss, parameters, lr=0.01, epochs=4)
    assert (len(history), history.stopped) == (5, "epochs")


def test_no_epochs_record_the_state_and_change_nothing():
    """With epochs=0 there is one row, with gradients, and the parameters stay."""
    loss, parameters = _line()
    history = train(loss, parameters, lr=0.1, epochs=0)
    assert (len(history), history.stopped) == (1, "epochs")
    assert _state(parameters) == [1.0, 0.5]
    assert history[0]["dE/dw"] == -5.0


def test_it_stops_at_the_target_loss():
    """Training ends with the first row whose loss is at or below the target."""
    loss, parameters = _line()
    full = train(loss, parameters, lr=0.05, epochs=30)["E"]
    for target in (full[7], math.nextafter(full[7], 1.0)):
        loss, parameters = _line()
        history = train(loss, parameters, lr=0.05, epochs=30, target_loss=target)
        assert (len(history), history.stopped) == (8, "target loss")
    loss, parameters = _line()
    assert len(train(loss, parameters, lr=0.05, epochs=30, target_loss=math.nextafter(full[7], 0.0))) == 9
    loss, parameters = _line()
    history = train(loss, parameters, lr=0.05, epochs=30, target_loss=1e9)
    assert (len(history), history.stopped, _state(parameters)) == (1, "target loss", [1.0, 0.5])


def _scripted(losses):
    """A loss whose values are given in advance, whatever the parameter does."""
    w = Value(0.0, "w")
    values = iter(losses)

    def loss():
        root = w * 0.0 + next(values)
        root.label = "E"
        return root

    return loss, [w]


@pytest.mark.parametrize(
    ("losses", "patience", "min_delta", "rows"),
    [
        ([5, 4, 4, 4, 4, 4], 1, 0.0, 3),  # equal is no improvement
        ([5, 4, 4, 4, 4, 4], 3, 0.0, 5),
        ([5, 6, 4, 5, 4.5, 3.9, 1], 3, 0.0, 7),  # the wait starts anew at each improvement; ends by epochs
        ([5, 6, 4, 5, 4.5, 4.1, 1], 3, 0.0, 6),  # better than the row before, not than the best
        ([5, 4.9, 4.8, 4.7], 2, 0.15, 3),  # each better by less than min_delta than the best row before
        ([5, 4.8, 4.6, 4.4], 2, 0.15, 4),  # each better by more
        ([5, 4, 4, 4], None, 0.0, 4),  # no patience given: never for this reason
    ],
)
def test_it_stops_when_the_loss_no_longer_improves(losses, patience, min_delta, rows):
    """It stops after `patience` epochs in a row without a loss lower than the best before by more than min_delta."""
    loss, parameters = _scripted(losses)
    history = train(loss, parameters, lr=0.1, epochs=len(losses) - 1, patience=patience, min_delta=min_delta)
    assert len(history) == rows
    assert history.stopped == ("epochs" if rows == len(losses) else "no improvement")


def test_the_target_comes_before_the_other_reasons():
    """When the last epoch reaches the target, the reason is the target."""
    loss, parameters = _scripted([5, 1])
    assert train(loss, parameters, lr=0.1, epochs=1, target_loss=2.0, patience=1).stopped == "target loss"


@pytest.mark.parametrize("epochs", [-1, 2.0, "3", None, True])
def test_epochs_are_a_whole_number(epochs):
    """Anything but a whole number, 0 or above, is refused, and shown."""
    loss, parameters = _line()
    with pytest.raises(ValueError, match=f"whole number, 0 or above, got {epochs!r}"):
        train(loss, parameters, lr=0.1, epochs=epochs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, r"patience is .* 1 or above, got 0"),
        ({"patience": -3}, r"patience is .* 1 or above, got -3"),
        ({"min_delta": -0.1}, r"min_delta is .* 0 or above, got -0\.1"),
        ({"patience": 1.5}, r"patience is .* 1 or above, got 1\.5"),
        ({"patience": True}, r"patience is .* 1 or above, got True"),
        ({"patience": "a"}, r"patience is .* 1 or above, got 'a'"),
        ({"min_delta": math.nan}, r"min_delta is .* got nan"),
        ({"target_loss": math.nan}, r"target_loss is .* got nan"),
        ({"lr": -1.0}, r"learning rate is .* got -1\.0"),
        ({"lr": math.nan}, r"learning rate is .* got nan"),
    ],
)
def test_unusable_settings_are_refused_before_anything_is_computed(options, message):
    """A bad patience, min_delta, target or learning rate is a ValueError, and the loss is not called."""

    def loss():
        raise AssertionError

    with pytest.raises(ValueError, match=message):
        train(loss, [Value(1.0)], epochs=1, **{"lr": 0.1, **options})


@pytest.mark.parametrize("name", ["target_loss", "min_delta"])
def test_settings_that_are_no_numbers(name):
    """Text for a number is a TypeError that says for which, before anything is computed."""
    with pytest.raises(TypeError, match=f"^{name}: expected a real number .* got str 'x'$"):
        train(lambda: pytest.fail("called"), [Value(1.0)], lr=0.1, epochs=1, **{name: "x"})


def test_training_needs_parameters():
    """Training needs parameters."""
    loss, _ = _line()
    with pytest.raises(ValueError, match="nothing to train"):
        train(loss, [], lr=0.1, epochs=1)


# --- ctrl-C -------------------------------------------------------------------------------------------------------


def _interrupting(loss, calls, error=KeyboardInterrupt):
    """The loss function, but raising at that call, counted from 1."""
    count = Counter()

    def interrupted():
        count["calls"] += 1
        if count["calls"] == calls:
            raise error
        return loss()

    return interrupted


def _train_to_ctrl_c(*args, **options):
    """Train; if the interrupt comes out, that is a failed test and not the end of them all."""
    try:
        return train(*args, **options)
    except KeyboardInterrupt:
        pytest.fail("ctrl-C came out of train()")


@pytest.mark.parametrize("call", range(1, 7))
def test_ctrl_c_in_the_loss_keeps_the_last_epoch(call):
    """Interrupted while epoch n is computed: the history ends with epoch n - 1, and the parameters are those of it."""
    loss, parameters = _line()
    full = train(loss, parameters, lr=0.05, epochs=5)
    loss, parameters = _line()
    history = _train_to_ctrl_c(_interrupting(loss, call), parameters, lr=0.05, epochs=5)
    assert history.stopped == "interrupted"
    assert list(history.rows()) == full[: call - 1]
    assert _state(parameters) == ([1.0, 0.5] if call == 1 else _last(history, parameters))


def _interrupted(interrupter, *args, **options):
    """Train with ctrl-C at some step."""
    before = sys.gettrace()
    sys.settrace(interrupter)
    try:
        return train(*args, **options)
    finally:
        sys.settrace(before)


TRAIN = [f"train/{path.stem}" for path in Path(PACKAGE, "train").glob("*.py")]
ALL_MODULES = [*(path.stem for path in Path(PACKAGE).glob("*.py")), *TRAIN, "program/progress"]


@pytest.mark.parametrize(
    ("event", "modules"), [("line", ALL_MODULES), ("opcode", [*TRAIN, "optim", "history", "program/progress"])]
)
def test_ctrl_c_at_any_moment_keeps_the_last_epoch(event, modules):
    """Ctrl-C at each line of the package, and at each instruction of the loop, the update and the recording, is safe.

    Wherever it comes, also between the assignments of two parameters or within one, `train` returns the history of
    the finished epochs, with the parameters of the last of them. Only before the loop has started, and on the very
    way out of it, is there nothing to catch it: it is then raised, with the parameters of a finished epoch.
    """
    files = {str(Path(PACKAGE, f"{name}.py")) for name in modules}
    loss, parameters = _line()
    counter = Interrupter(0, event, files.__contains__)
    full = _interrupted(counter, loss, parameters, lr=0.05, epochs=2)
    states = [[row["w"], row["b"]] for row in full.rows()]
    started = counter.places.index("progress_bar")
    ended = counter.count - counter.places[::-1].index("progress_bar")
    assert {"train", "GradientDescent.step"} <= set(counter.places)
    assert counter.count > 150
    outcomes = Counter()
    for moment in range(1, counter.count + 1):
        loss, parameters = _line()
        interrupter = Interrupter(moment, event, files.__contains__)
        try:
            history = _interrupted(interrupter, loss, parameters, lr=0.05, epochs=2)
        except KeyboardInterrupt:
            outcomes["raised"] += 1
            leaving = moment > ended
            assert moment <= started or leaving, interrupter.places[-1]
            assert _state(parameters) == states[-1 if leaving else 0]
            continue
        outcomes[len(history)] += 1
        assert history.stopped == "interrupted"
        assert list(history.rows()) == full[: len(history)]
        assert _state(parameters) == states[max(len(history) - 1, 0)]
        # and the parameters can be trained on, to where the uninterrupted training got
        done = len(history)
        train(loss, parameters, lr=0.05, epochs=3 - done if done else 2)
        assert _state(parameters) == states[2]
    assert set(outcomes) == {"raised", 0, 1, 2, 3}


def test_ctrl_c_in_the_progress_bar_keeps_the_last_epoch(monkeypatch):
    """An interrupt while the bar is drawn, after a row is recorded, keeps that row and its parameters."""
    calls = Counter()

    @contextlib.contextmanager
    def bar(total, *, shown):
        def advance(epoch, loss):
            calls["advance"] += 1
            if calls["advance"] == 3:
                raise KeyboardInterrupt

        yield advance

    monkeypatch.setattr(building, "progress_bar", bar)
    loss, parameters = _line()
    history = _train_to_ctrl_c(loss, parameters, lr=0.05, epochs=9)
    assert (len(history), history.stopped) == (3, "interrupted")
    assert _state(parameters) == _last(history, parameters)


def test_ctrl_c_between_two_assignments_of_an_update(monkeypatch):
    """Interrupted when the first of two parameters has its new value and the second not yet: both are as before."""
    loss, parameters = _line()
    step = GradientDescent.step
    calls = Counter()

    def half_a_step(self):
        calls["step"] += 1
        if calls["step"] == 3:
            self.parameters[0].data = 99.0
            raise KeyboardInterrupt
        step(self)

    monkeypatch.setattr(GradientDescent, "step", half_a_step)
    history = _train_to_ctrl_c(loss, parameters, lr=0.05, epochs=9)
    assert len(history) == 3
    assert _state(parameters) == _last(history, parameters)
    assert 99.0 not in _state(parameters)


def test_ctrl_c_restores_parameters_without_a_label():
    """Unlabelled parameters are p1, p2 in the history and are restored from there."""
    v, w = Value(1.0), Value(0.5)
    history = _train_to_ctrl_c(_interrupting(lambda: (v * 2.0 + w - 5.0) ** 2, 4), [v, w], lr=0.01, epochs=9)
    assert history.columns == ("epoch", "p1", "p2", "loss", "dloss/dp1", "dloss/dp2")
    assert [v.data, w.data] == [history[-1]["p1"], history[-1]["p2"]]
    assert v.data != 1.0


def test_ctrl_c_restores_a_parameter_that_the_loss_does_not_use():
    """A parameter outside the graph has a column with gradient 0 and keeps its value."""
    loss, parameters = _line()
    spare = Value(7.0, "spare")
    history = _train_to_ctrl_c(_interrupting(loss, 3), [*parameters, spare], lr=0.05, epochs=9)
    assert (spare.data, history["spare"], history["dE/dspare"]) == (7.0, [7.0, 7.0], [0.0, 0.0])


def test_parameters_that_share_a_label_are_refused_or_kept_apart():
    """Two parameters of one name, one of them outside the graph, never get each other's numbers."""
    used, spare = Value(1.0, "w"), Value(5.0, "w")
    with contextlib.suppress(ValueError):
        _train_to_ctrl_c(_interrupting(lambda: (used - 3.0) ** 2, 3), [used, spare], lr=0.0, epochs=9)
    assert (used.data, spare.data) == (1.0, 5.0)


# --- divergence and other errors ----------------------------------------------------------------------------------


def _check_diverged(error, parameters):
    """The history holds the epochs before, all finite; the parameters are those of its last row."""
    assert error.epoch == len(error.history)
    assert f"in epoch {error.epoch}" in str(error)
    assert error.quantity in str(error)
    assert all(math.isfinite(x) for row in error.history.rows() for x in row.values())
    assert all(math.isfinite(p.data) for p in parameters)
    if error.epoch:
        assert _state(parameters) == _last(error.history, parameters)


def test_divergence_of_a_linear_network_stops_at_the_right_epoch():
    """A linear neuron at lr 10 runs away from its target: the epoch is that in which the square overflows.

    1/2 (t - a)² with a = w x + b and x = 1: each update multiplies t - a by 1 - 2 lr = -19.
    """
    net = Network([1, 1], activation="linear", weights=[0.5], bias_values=[0.25])
    with pytest.raises(TrainingDivergedError, match="smaller learning rate than 10 may help") as caught:
        train(lambda: data_loss(net, [([1.0], [3.0])]), net.parameters(), lr=10, epochs=1000)
    w, b, epoch = 0.5, 0.25, 0
    while math.isfinite((3.0 - (w * 1.0 + b)) * (3.0 - (w * 1.0 + b))):
        slope = w * 1.0 + b - 3.0
        w, b, epoch = w - 10 * slope, b - 10 * slope, epoch + 1
    error = caught.value
    assert 100 < error.epoch == epoch
    assert (
        error.quantity == "(an unlabelled pow node on the way to E_total)"
    )  # (t - a)**2, before the half and the label E_total
    _check_diverged(error, net.parameters())
    assert error.history[-1]["E_total"] > 1e300
    assert isinstance(error, NonFiniteError)
    assert isinstance(error, ArithmeticError)
    assert error.__cause__ is None


def test_divergence_of_a_deep_linear_network_leaves_finite_weights():
    """A 2-2-2 linear network at lr 10 diverges; weights, biases and history are the last finite ones."""
    net = Network([2, 2, 2], activation="linear", seed=1)
    with pytest.raises(TrainingDivergedError) as caught:
        train(lambda: data_loss(net, [([1.0, 2.0], [3.0, -1.0])]), net.parameters(), lr=10.0, epochs=1000)
    assert caught.value.epoch > 1
    _check_diverged(caught.value, net.parameters())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("where", "name"), [(0, "i1"), (1, "t1")])
@pytest.mark.parametrize("on_nodes", [False, True])
def test_data_that_is_not_finite_is_named(bad, where, name, on_nodes):
    """A NaN or infinite input or target stops training in epoch 0, under its own name, with nothing changed."""
    net = _mazur()
    before = _state(net.parameters())
    sample = [[0.05, 0.1], [0.01, 0.99]]
    sample[where][0] = bad
    model = (lambda: data_loss(net, [tuple(sample)]), net.parameters()) if on_nodes else (net, [tuple(sample)])
    with pytest.raises(TrainingDivergedError, match=rf"in epoch 0: {name} is {bad}\.") as caught:
        train(*model, lr=0.5, epochs=10)
    assert (caught.value.quantity, caught.value.epoch, len(caught.value.history)) == (name, 0, 0)
    assert _state(net.parameters()) == before


def test_an_output_that_is_certain_and_right_does_not_stop_training():
    """A sigmoid at exactly 0 with target 0 costs 0; the infinite slope along the target concerns no parameter."""
    net = Network([1, 1], weights=[-800.0], bias_values=[0.0])
    loss = data_loss(net, [([1.0], [0.0])], binary_cross_entropy)
    loss.backward()
    assert named(loss)["t1"].grad == math.inf
    history = train(lambda: data_loss(net, [([1.0], [0.0])], binary_cross_entropy), net.parameters(), lr=1.0, epochs=3)
    assert (history["E_total"], history["dE_total/dw1"]) == ([0.0] * 4, [0.0] * 4)


def test_an_update_beyond_the_largest_float_is_named_by_the_parameter():
    """At lr 1e308 the first update leaves the floats: epoch 1, quantity w, nothing updated."""
    loss, parameters = _line()
    with pytest.raises(TrainingDivergedError, match="in epoch 1: the update would make w inf") as caught:
        train(loss, parameters, lr=1e308, epochs=10)
    assert caught.value.quantity == "w"
    assert _state(parameters) == [1.0, 0.5]
    _check_diverged(caught.value, parameters)


def test_a_gradient_that_is_not_finite_is_named():
    """A finite loss with an infinite slope stops in that epoch: the first bad slope, from the loss back, is named."""
    w = Value(4.0, "w")

    def loss():
        shifted = w - 3.0 - (epochs["done"] >= 2) * (w.data - 3.0)  # 0 from the third call on
        shifted.label = "shifted"
        root = sqrt(shifted)
        root.label = "E"
        epochs["done"] += 1
        return root

    epochs = Counter()
    with pytest.raises(TrainingDivergedError, match="in epoch 2: dE/dshifted is inf") as caught:
        train(loss, [w], lr=0.1, epochs=10)
    assert caught.value.quantity == "dE/dshifted"
    _check_diverged(caught.value, [w])


def test_the_first_quantity_is_the_first_of_the_forward_pass():
    """Of a chain of wrong numbers the one named is where it began, not the loss at its end."""
    w = Value(800.0, "w")

    def loss():
        grown = exp(w)
        grown.label = "grown"
        after = grown * 2.0
        after.label = "after"
        return (after - 1.0) ** 2

    with pytest.raises(TrainingDivergedError, match="epoch 0: grown is inf"):
        train(loss, [w], lr=0.1, epochs=10)


@pytest.mark.parametrize("error", [ZeroDivisionError("mine"), SystemExit(3), MemoryError(), OSError(5, "disk")])
def test_other_errors_go_on_with_the_parameters_of_the_last_epoch(error):
    """An exception of the user's loss comes out unchanged, and the parameters are those of the last recorded epoch."""
    loss, parameters = _line()
    full = train(loss, parameters, lr=0.05, epochs=3)
    loss, parameters = _line()
    with pytest.raises(type(error)) as caught:
        train(_interrupting(loss, 4, error), parameters, lr=0.05, epochs=9)
    assert caught.value is error
    assert _state(parameters) == [full[2]["w"], full[2]["b"]]


def test_a_loss_that_does_not_build_its_graph_afresh_is_an_error():
    """Returning the same graph each time is a StaleGraphError in epoch 1, not a training on old numbers."""
    loss, parameters = _line()
    once = loss()
    with pytest.raises(StaleGraphError, match=r"'[wb]' was changed"):
        train(lambda: once, parameters, lr=0.1, epochs=3)
    assert _state(parameters) == [1.0, 0.5]


def test_labels_that_change_on_the_way_are_an_error():
    """A graph whose labels differ from the epoch before cannot be a row; the parameters are the last epoch's."""
    loss, parameters = _line()
    calls = Counter()

    def changing():
        calls["n"] += 1
        root = loss()
        root.label = "E" if calls["n"] < 3 else "F"
        return root

    with pytest.raises(ValueError, match=r"labels changed between epochs: .*\bE\b.*\bF\b"):
        train(changing, parameters, lr=0.05, epochs=9)
    loss, others = _line()
    train(loss, others, lr=0.05, epochs=1)
    assert _state(parameters) == _state(others)


@pytest.mark.parametrize("names", [("v", "b"), ("b", "w"), ("b", "c"), ("", "w")])
def test_parameters_that_change_their_labels_are_restored_by_their_place(names):
    """When the loss function renames parameters or swaps their labels, each gets back its own number."""
    loss, parameters = _line()
    calls = Counter()

    def renaming():
        calls["n"] += 1
        if calls["n"] == 3:
            for parameter, name in zip(parameters, names, strict=True):
                parameter.label = name
        return loss()

    with pytest.raises(ValueError, match="labels changed between epochs"):
        train(renaming, parameters, lr=0.05, epochs=9)
    loss, others = _line()
    train(loss, others, lr=0.05, epochs=1)
    assert _state(parameters) == _state(others)


def test_an_error_in_recording_restores_too(monkeypatch):
    """If a row cannot be recorded, the parameters go back to the row before."""

    def append(self, row, real=history_module.History.append):
        if len(self) == 2:
            raise RuntimeError
        real(self, row)

    monkeypatch.setattr(history_module.History, "append", append)
    loss, parameters = _line()
    with pytest.raises(RuntimeError):
        train(loss, parameters, lr=0.05, epochs=9)
    monkeypatch.undo()
    loss, others = _line()
    train(loss, others, lr=0.05, epochs=1)
    assert _state(parameters) == _state(others)


# --- the progress bar ---------------------------------------------------------------------------------------------


def test_nothing_is_printed_when_there_is_no_terminal(capfd):
    """With standard error not a terminal, training prints nothing at all; switched off neither."""
    for progress in (None, False):
        loss, parameters = _line()
        train(loss, parameters, lr=0.05, epochs=20, progress=progress)
    assert capfd.readouterr() == ("", "")


SCRIPT = """
import sys
from autograd_lite import Value
from autograd_lite.train import train
w = Value(1.0, "w")
history = train(lambda: (w - 3.0) ** 2, [w], lr=0.01, epochs=400, progress={progress})
print(len(history), "rich" in sys.modules)
"""


def _on_a_terminal(progress):
    """Run a training with standard error on a terminal; return what went to standard output and to the terminal."""
    pty = pytest.importorskip("pty", reason="needs a terminal to open, which only POSIX has")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(progress=progress)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=60,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        )  # fmt: skip
    finally:
        os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says end of file so
        while chunk := os.read(ours, 65536):
            shown += chunk
    os.close(ours)
    return done.stdout.decode(), shown.decode()


@pytest.mark.parametrize("progress", [None, True])
def test_a_terminal_shows_a_bar_on_standard_error(progress):
    """On a terminal there is a bar with the epochs and the loss, on standard error; standard output has none of it."""
    printed, shown = _on_a_terminal(progress)
    assert printed == "401 True\n"
    assert "training" in shown
    assert "/400" in shown
    assert "loss" in shown


def test_a_bar_can_be_switched_off_on_a_terminal():
    """With progress=False a terminal shows nothing, and rich is not imported."""
    assert _on_a_terminal(progress=False) == ("401 False\n", "")


def test_a_forced_bar_leaves_standard_output_alone(capfd):
    """With progress=True and no terminal, the result is the same, and nothing goes to standard output."""
    (loss, parameters), (other_loss, others) = _line(), _line()
    history = train(loss, parameters, lr=0.05, epochs=20, progress=True)
    assert list(history.rows()) == list(train(other_loss, others, lr=0.05, epochs=20).rows())
    assert capfd.readouterr().out == ""


def test_a_bar_is_taken_away_after_an_interrupt_and_after_a_divergence(capfd):
    """With the bar on, ctrl-C and divergence end as without it, and standard output stays empty."""
    loss, parameters = _line()
    history = _train_to_ctrl_c(_interrupting(loss, 4), parameters, lr=0.05, epochs=20, progress=True)
    assert (len(history), history.stopped) == (3, "interrupted")
    with pytest.raises(TrainingDivergedError):
        train(loss, parameters, lr=1e308, epochs=20, progress=True)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda net, data: train(data_loss(net, data), net.weights, lr=0.5, epochs=1), "such as lambda: data_loss"),
        (lambda net, data: train(net, net.weights, lr=0.5, epochs=1), "such as lambda: data_loss"),
        (
            lambda net, data: train(lambda: 3.0, net.weights, lr=0.5, epochs=1),
            "returns float; it has to return a Value",
        ),
        (lambda net, data: train(lambda: data_loss(net, data), net.parameters, lr=0.5, epochs=1), r"without \(\)"),
        (lambda net, data: train(lambda: data_loss(net, data), net, lr=0.5, epochs=1), "got of type Network"),
        (lambda net, data: data_loss(net, data[0]), "list of pairs"),
        (lambda net, data: data_loss(net, [0.05, 0.1]), "list of pairs"),
        (lambda net, data: data_loss(net, 3.0), "list of pairs"),
        (lambda net, data: half_squared_error(net(data[0][0]), 0.5), "targets are a list"),
        (lambda net, data: net(0.5), "list of 2 inputs"),
        (lambda net, data: Network([2, 2], weights=3.0), "list of 4 weights"),
    ],
)
def test_what_newcomers_get_wrong(call, says):
    """The natural mistakes are TypeErrors that say what to pass instead."""
    with pytest.raises(TypeError, match=says):
        call(Network([2, 2, 2]), [([0.05, 0.1], [0.01, 0.99])])


def test_a_loss_that_is_not_built_afresh():
    """A function that returns the same graph again after an update is told so."""
    net = Network([2, 2, 2])
    fixed = data_loss(net, [([0.05, 0.1], [0.01, 0.99])])
    with pytest.raises(StaleGraphError, match=r"returned an old graph; it has to build it afresh"):
        train(lambda: fixed, net.weights, lr=0.5, epochs=3)


def test_the_room_is_called_as_its_function():
    """`autograd_lite.train(...)` trains, and the room is still a module with its functions."""
    rows = [list(f(_mazur(), [SAMPLE], lr=0.5, epochs=3).rows()) for f in (autograd_lite.train, train)]
    assert rows[0] == rows[1]
    assert autograd_lite.train.train is train
    assert isinstance(autograd_lite.train, ModuleType)
