"""The training loop: forward, backward, record, update, until there is a reason to stop."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.engine import comparisons
from autograd_lite.engine.chain import StaleGraphError
from autograd_lite.engine.graph import check_recorded, readable, topological
from autograd_lite.engine.ieee import number
from autograd_lite.engine.validation import is_list, whole
from autograd_lite.engine.value import Operand, Value, locked
from autograd_lite.history import History, Stopped
from autograd_lite.losses import (
    Loss,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    half_squared_error,
    mean_squared_error,
)
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent, NonFiniteError, descent
from autograd_lite.program.arguments import unknown
from autograd_lite.program.compiling import recorded_program
from autograd_lite.program.iteration import DivergedError, FrozenBranchError
from autograd_lite.program.program import Program, Recorded
from autograd_lite.program.progress import Advance, progress_bar

__all__ = ["Sample", "TrainingDivergedError", "data_loss", "train"]

SMALL = 1_000
"""Of graphs of so many nodes all named quantities are recorded."""
SURE = (half_squared_error, mean_squared_error, binary_cross_entropy, binary_cross_entropy_from_logits)
"""Losses whose graph depends on nothing but comparisons of nodes, which a recording sees."""

Sample = tuple[Sequence[Operand], Sequence[Operand]]
"""The inputs and the targets of one example."""


class TrainingDivergedError(NonFiniteError):
    """Training met a NaN or an infinity: `quantity` went wrong first, in `epoch`; `history` has the epochs before."""

    def __init__(self, message: str, quantity: str, epoch: int, history: History) -> None:
        super().__init__(message, quantity)
        self.epoch = epoch
        self.history = history


def data_loss(net: Network, data: Sequence[Sample], loss: Loss = half_squared_error) -> Value:
    """Return the loss of the network on all samples, as one graph: the mean over samples, labelled E_total.

    With more than one sample, the labels of sample k carry the suffix [k]: i1[2], a_o1[2], E_total[2].

    Raises `ValueError` if there are no samples, or one does not fit the network; `TypeError` for what is no list of
    pairs of lists, such as a set or a dict.
    """
    if not _is_data(data):
        raise TypeError("data is a list of pairs (inputs, targets), such as [([0.05, 0.1], [0.01, 0.99])]")
    if len(data) == 0:  # of an array, there is no truth to ask for
        raise ValueError("there are no samples: data is a list of pairs (inputs, targets)")
    if len(data) == 1:
        return loss(net(data[0][0]), data[0][1])
    total: Value | None = None
    for k, (inputs, targets) in enumerate(data, 1):
        one = loss(net(inputs, suffix=f"[{k}]"), targets, suffix=f"[{k}]")
        total = one if total is None else total + one
    assert total is not None
    mean = total / len(data)
    mean.label = "E_total"
    return mean


def _is_data(data: object) -> bool:
    if not is_list(data) or not isinstance(data, Iterable):
        return False
    return all(is_list(sample) and len(sample) == 2 and all(map(is_list, sample)) for sample in data)


def train(
    model: Network | Program | Callable[[], Value],
    data: Sequence[Sample] | Sequence[Value] | None = None,
    *,
    loss: Loss = half_squared_error,
    parameters: Sequence[Value] | None = None,
    lr: float,
    epochs: int,
    target_loss: float | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    record: str | Iterable[str] | None = None,
    every: int = 1,
    progress: bool | None = None,
) -> History:
    """Train by gradient descent, and return the history of named quantities.

    There are three ways to say what is trained:

    - `train(net, data, lr=0.5, epochs=100)`: a network, on samples. The graph is the same every time, so it is recorded
      once, as a program, and run; with a loss of one's own it is built in each epoch.
    - `train(program, parameters, ...)`: what `compile` has recorded, whose (first) result is the loss.
    - `train(lambda: ..., parameters, ...)`: a function that returns the loss. It builds the graph in each epoch.

    With one sample, and with few, the numbers are those of `backward()` in each epoch, to the bit. Of a larger data set
    one sample's graph is recorded, and run over all; losses and gradients are added one after the other.

    Args:
        model: a network, a program, or a function without arguments.
        data: for a network the samples, pairs (inputs, targets); else the parameters.
        loss: of the network's outputs and the targets; the mean over samples is minimized.
        parameters: the leaves to train, such as `net.weights`; by default all parameters of the network.
        lr: learning rate, of `GradientDescent`.
        epochs: the number of updates at most; the history has one row more, the state before the first.
        target_loss: stop once the loss is this or less.
        patience: stop after this many epochs without a loss lower than the best before by more than `min_delta`.
        min_delta: what counts as an improvement, >= 0.
        record: what the history keeps: "all" named quantities, the "parameters" with the loss and their gradients, or
            names; by default all where the graph has at most 1,000 nodes.
        every: keep each n-th epoch, and the last.
        progress: show how far it is; by default on a terminal or in a notebook.

    On ctrl-C, training stops (`history.stopped` is "interrupted") with the parameters of the last epoch in the history.

    Raises:
        ValueError: an unusable number of epochs, patience, learning rate, `target_loss` or `min_delta`; names to record
            that no quantity has; a sample that does not fit the network.
        TypeError: what is no network, program or function, or one of the numbers that is none.
        TrainingDivergedError: a recorded quantity or a parameter turned NaN or infinite; the parameters are the last
            finite ones.
    """
    epochs = whole(epochs, "epochs is a whole number, 0 or above", 0)
    every = whole(every, "every is a whole number of epochs, 1 or above")
    task = _task(model, data, loss, parameters)
    run = _Run(
        build=task.build,
        optimizer=GradientDescent(task.parameters, lr),
        stopping=_Stopping(epochs, target_loss, patience, min_delta),
        record=record,
        every=every,
        progress=progress,
    )
    replay = task.replay(run) if task.replay else None
    if replay is None or not _replayed(run, replay):
        _built_each_time(run)
    return run.history


@dataclass
class _Task:
    """What is to be trained."""

    build: Callable[[], Value]
    """Builds the graph of the loss."""
    parameters: Sequence[Value]
    replay: "Callable[[_Run], _Replay | None] | None" = None
    """Records the graph, if it is the same every time for sure."""


@dataclass
class _Run:
    """A training, and how far it has come."""

    build: Callable[[], Value]
    optimizer: GradientDescent
    stopping: "_Stopping"
    record: str | Iterable[str] | None
    every: int
    progress: bool | None
    history: History = field(default_factory=History)
    epoch: int = 0
    """The epoch that is measured next."""


@dataclass
class _Replay:
    """A program that trains, and what it is given."""

    program: Program
    record: str | Iterable[str]
    inputs: Mapping[Value, float] = field(default_factory=dict)
    rows: Sequence[Sequence[float]] | None = None


def _task(model: object, data: Sequence[Any] | None, loss: Loss, parameters: Sequence[Value] | None) -> _Task:
    """What was meant."""
    if isinstance(model, Network):
        if data is None:
            raise TypeError(
                "train(net, data, lr=..., epochs=...) takes the samples, pairs (inputs, targets), after the network"
            )
        if any(isinstance(x, Value) for x in data):
            raise TypeError(
                "after a network come the samples, as in train(net, data, parameters=net.weights, ...); or give a "
                "function and the parameters, such as lambda: data_loss(net, data), net.weights"
            )
        samples: Sequence[Any] = data
        trained = model.parameters() if parameters is None else parameters
        return _Task(
            lambda: data_loss(model, samples, loss), trained, lambda run: _of_network(run, model, samples, loss)
        )
    if data is not None and parameters is not None:
        raise TypeError("the parameters are given twice: after the loss, and as parameters=")
    given: Any = parameters if data is None else data
    if given is None:
        raise TypeError("training needs the parameters after the loss, such as net.weights")
    if isinstance(model, Program):
        return _Task(_no_graph, given, lambda run: _of_program(run, model))
    if not callable(model):
        raise TypeError(
            "what is trained is a network, a program, or a function that builds the graph of the loss afresh, such as "
            f"lambda: data_loss(net, data); got {model!r:.60}"
        )
    return _Task(model, given)


def _no_graph() -> Value:
    raise AssertionError("a program is not built")


# --- the same graph every time: replayed -----------------------------------------------------------------------------


def _of_network(run: _Run, net: Network, data: Sequence[Sample], loss: Loss) -> _Replay | None:
    """Record the loss; None where it may be another graph in the next epoch, or a program would not give its bits."""
    with comparisons.recorded() as decided:
        root = data_loss(net, data, loss)
    order = topological(root)
    parameters = run.optimizer.parameters
    columns = list(History().measure(root, parameters))[1:]
    if type(net) is not Network or loss not in SURE or not _replayable(parameters, set(order)):
        return None
    small = len(order) <= SMALL
    if len(data) == 1 or small or run.record == "all":
        computed = [node for node in order if node.label and node.op is not None and node is not root]
        along, given, rows = (*parameters, *computed), tuple(parameters), None
    elif any(isinstance(x, Value) for sample in data for part in sample for x in part):
        return None
    else:
        inputs, targets = (
            [Value(x, f"{name}{k}") for k, x in enumerate(part, 1)] for name, part in zip("it", data[0], strict=True)
        )
        with comparisons.recorded() as decided:
            root = loss(net(inputs), targets)
        along, given = tuple(parameters), (*parameters, *inputs, *targets)
        rows = [[number(x) for part in sample for x in part] for sample in data]
    updates = tuple(descent(root, parameters, run.optimizer.lr).items())
    program = recorded_program(Recorded((root,), True, along, given, updates, tuple(decided)))
    record = run.record or ("all" if small else "parameters")
    return _Replay(program, _names(record, columns, parameters, root), rows=rows)


def _of_program(run: _Run, model: Program) -> _Replay:
    """The program with the updates of gradient descent."""
    recorded, parameters = model.recorded, run.optimizer.parameters
    if recorded.updates:
        raise ValueError(
            "this program has updates of its own, which program.iterate() runs; train() makes those of lr="
        )
    if strange := [p for p in parameters if p not in recorded.inputs]:
        raise ValueError(
            f"parameters are inputs of the program, which are {', '.join(model.inputs)}; got {strange[0]!r}"
        )
    updates = tuple(descent(recorded.outputs[0], parameters, run.optimizer.lr).items())
    program = recorded_program(replace(recorded, updates=updates))
    others = {node: node.data for node in recorded.inputs if node not in parameters}
    return _Replay(program, run.record or ("all" if len(program) <= SMALL else "parameters"), others)


def _replayable(parameters: Sequence[Value], nodes: Collection[Value]) -> bool:
    """Whether parameters can be the inputs of a program that gives the floats of `backward()`, to the bit.

    A program's sums do not start with 0.0, so that it might take -0.0 from -0.0 where that takes 0.0.
    """
    return all(p in nodes and p.label and (p.data != 0.0 or math.copysign(1.0, p.data) > 0.0) for p in parameters)


def _names(record: str | Iterable[str], columns: list[str], parameters: Sequence[Value], root: Value) -> list[str]:
    """The names of what is to be recorded."""
    if record == "all":
        return columns
    if record != "parameters":
        return [record] if isinstance(record, str) else list(record)
    names = [p.label or f"p{k}" for k, p in enumerate(parameters, 1)]
    result = root.label or "loss"
    return [*names, result, *(f"d{result}/d{name}" for name in names)]


def _replayed(run: _Run, replay: _Replay) -> bool:
    """Train by a program. False if a comparison came out otherwise on the way: then the rest is up to the graph."""
    parameters, program = run.optimizer.parameters, replay.program
    names = [program.name_of(p) for p in parameters]
    state = {name: p.data for name, p in zip(names, parameters, strict=True)}
    try:
        done = program.iterate(
            state,
            run.stopping.epochs,
            inputs=replay.inputs,
            data=replay.rows,
            record=replay.record,
            every=run.every,
            until=run.stopping.reason,
            progress=run.progress,
        )
        state, run.history = done.state, done.history
        run.optimizer.zero_grad()
    except DivergedError as error:
        state = error.state
        raise _diverged(error.what, error.quantity, error.epoch, error.history, run.optimizer.lr) from None
    except FrozenBranchError as error:
        if run.build is _no_graph or error.state is None or error.history is None:
            raise
        state, run.history, run.epoch = error.state, error.history, error.epoch or 0
        return False
    finally:
        for name, parameter in zip(names, parameters, strict=True):
            parameter.data = state[name]
    if run.build is not _no_graph:
        run.build().backward()  # the gradients of the last epoch, as the other way leaves them
    return True


def _put(parameters: Iterable[Value], state: Iterable[float]) -> None:
    for parameter, data in zip(parameters, state, strict=True):
        parameter.data = data


# --- another graph in each epoch -------------------------------------------------------------------------------------


def _built_each_time(run: _Run) -> None:
    """Train with a graph built afresh in each epoch."""
    parameters, history = run.optimizer.parameters, run.history
    states = {len(history): [p.data for p in parameters]}  # by how many rows the history has with them
    try:
        with progress_bar(run.stopping.epochs, shown=run.progress) as advance:
            _loop(run, states, advance)
    except BaseException as error:
        _put(parameters, states[len(history)])
        if isinstance(error, KeyboardInterrupt):
            history.stopped = Stopped.INTERRUPTED
        elif isinstance(error, NonFiniteError):
            raise _diverged(str(error), error.quantity, run.epoch, history, run.optimizer.lr) from None
        else:
            raise


def _diverged(what: str, quantity: str, epoch: int, history: History, lr: float) -> TrainingDivergedError:
    return TrainingDivergedError(
        f"training turned non-finite in epoch {epoch}: {what}. The parameters are those of the last finite epoch. "
        f"A smaller learning rate than {lr:g} may help",
        quantity,
        epoch,
        history,
    )


def _loop(run: _Run, states: dict[int, list[float]], advance: Advance) -> None:
    """Train. What stops it is caught by the caller: from 3.12 on ctrl-C may pass by a `try` around a loop."""
    optimizer, history = run.optimizer, run.history
    if run.epoch:  # the epoch before has been recorded already
        optimizer.zero_grad()
        _built(run.build).backward()
    while not history.stopped:
        if run.epoch:
            optimizer.step()
        optimizer.zero_grad()
        root = _built(run.build)
        row = _measured(root, run)
        if not all(map(math.isfinite, row.values())):
            raise _non_finite(root)
        reason = run.stopping.reason(run.epoch, root.data)
        state = [p.data for p in optimizer.parameters]
        if reason or run.epoch % run.every == 0:
            # Noted first, and beside the state before, for ctrl-C may come when the row is not yet in the history.
            states[len(history) + 1] = state
            history.append(row)
            states.pop(len(history) - 1, None)
        else:
            states[len(history)] = state
        advance(run.epoch, root.data)
        run.epoch += 1
        history.stopped = reason


@locked
def _measured(root: Value, run: _Run) -> dict[str, float]:
    """The gradients, and of them and all else what is to be recorded."""
    root.backward()
    parameters = run.optimizer.parameters
    if run.record is None:
        run.record = "all" if len(topological(root)) <= SMALL else "parameters"
    row = run.history.measure(root, parameters)
    names = ["epoch", *_names(run.record, list(row)[1:], parameters, root)]
    if missing := [name for name in names if name not in row]:
        raise ValueError(f"no quantity {unknown(missing[0], list(row)[1:])}")
    return {name: row[name] for name in names} | {"epoch": float(run.epoch)}


def _built(loss: Callable[[], Value]) -> Value:
    if isinstance(loss, Network):
        raise TypeError("loss is a function without arguments, such as lambda: data_loss(net, data); got a Network")
    root: object = loss()
    if not isinstance(root, Value):
        raise TypeError(f"the loss function returns {type(root).__name__}; it has to return a Value, the loss")
    try:
        check_recorded(topological(root))
    except StaleGraphError as error:
        raise StaleGraphError(f"the loss function returned an old graph; it has to build it afresh ({error})") from None
    return root


def _number(name: str, x: object) -> float:
    try:
        return number(x)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


class _Stopping:
    """When to stop, and why."""

    def __init__(self, epochs: int, target_loss: float | None, patience: int | None, min_delta: float) -> None:
        due = "patience is a whole number of epochs, 1 or above"
        self.epochs, self.patience = epochs, None if patience is None else whole(patience, due)
        self.target_loss = -math.inf if target_loss is None else _number("target_loss", target_loss)
        if math.isnan(self.target_loss):
            raise ValueError("target_loss is a number, got nan")
        self.min_delta = _number("min_delta", min_delta)
        if not self.min_delta >= 0.0:
            raise ValueError(f"min_delta is a number, 0 or above, got {self.min_delta!r}")
        self.best, self.waited = math.inf, 0

    def reason(self, epoch: int, loss: float) -> Stopped:
        self.waited = 0 if loss < self.best - self.min_delta else self.waited + 1
        self.best = min(self.best, loss)
        if loss <= self.target_loss:
            return Stopped.TARGET_LOSS
        if self.patience is not None and self.waited >= self.patience:
            return Stopped.NO_IMPROVEMENT
        return Stopped.EPOCHS if epoch >= self.epochs else Stopped.NOT_YET


def _non_finite(root: Value) -> NonFiniteError:
    """Name the first quantity of the pass, forward then backward, that is NaN or infinite."""
    order = topological(root)
    result = root.label or "loss"
    for k, node in enumerate(order):
        if not math.isfinite(node.data):
            name = node.label or _unlabelled(node, order[k + 1 :])
            return NonFiniteError(f"{_called(node, name)} is {node.data}", name)
    for k, node in enumerate(reversed(order)):
        if not math.isfinite(node.grad):
            along = node.label or _unlabelled(node, order[len(order) - k :])
            derivative = f"d{readable(result)}/d{_called(node, along)}"
            return NonFiniteError(f"{derivative} is {node.grad}", f"d{result}/d{along}")
    return NonFiniteError("a parameter outside the graph is not finite", "a parameter")


def _called(node: Value, name: str) -> str:
    return readable(name) if node.label else name


def _unlabelled(node: Value, after: list[Value]) -> str:
    what = "leaf" if node.op is None else f"{node.op.name} node"
    made_from = {node}
    for other in after:
        if not made_from.isdisjoint(other.parents):
            made_from.add(other)
            if other.label:
                return f"(an unlabelled {what} on the way to {readable(other.label)})"
    return f"(an unlabelled {what})"
