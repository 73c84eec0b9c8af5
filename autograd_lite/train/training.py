"""The training loop: forward, backward, record, update, until there is a reason to stop."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value, locked
from autograd_lite.history import History, Remark, Stopped
from autograd_lite.losses import LOSSES, Loss, as_loss, half_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent
from autograd_lite.program.program import Program
from autograd_lite.program.progress import tell
from autograd_lite.train.building import built_each_time
from autograd_lite.train.data import Sample, data_loss
from autograd_lite.train.remarks import Unit, fits, of_parameters, of_units, size_of, units_of_graph, units_of_network
from autograd_lite.train.replay import Replay, of_network, of_program, replayed
from autograd_lite.train.run import Run, Stopping

__all__ = ["train"]


def train(
    model: Network | Program | Callable[[], Value],
    data: Sequence[Sample] | Sequence[Value] | None = None,
    *,
    loss: Loss | str = half_squared_error,
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

    With one sample, and with few, the numbers are those of `backward()` in each epoch, to the bit: few are those whose
    graphs have at most 1,000 nodes in all. Of a larger data set one sample's graph is recorded, and run over all, if
    not "all" is to be kept; losses and gradients are added one after the other, so last digits may differ.

    Args:
        model: a network, a program, or a function without arguments.
        data: for a network the samples, pairs (inputs, targets); else the parameters.
        loss: of the network's outputs and the targets, a function or a name such as "mse" (`autograd_lite.losses`); the
            mean over samples is minimized.
        parameters: the leaves to train, such as `net.weights`; by default all of the network, biases too.
        lr: learning rate, of `GradientDescent`.
        epochs: the number of updates at most; the history has one row more, the state before the first.
        target_loss: stop once the loss is this or less.
        patience: stop after this many epochs without a loss lower than the best before by more than `min_delta`.
        min_delta: what counts as an improvement, >= 0.
        record: what the history keeps: "all" named quantities, the "parameters" with the loss and their gradients, or
            names; by default all where the graph has at most 1,000 nodes.
        every: keep each n-th epoch, and the last.
        progress: show how far it is; by default on a terminal, and after a second in a notebook.

    Where the loss stays high, the history's `remarks` say why at the end: all gradients 0, relu units that are 0 and
    sigmoid or tanh units that are flat in all samples, units that stay copies of one another, steps that leap over the
    minimum; and of any training that its parameters have become huge. They are told once, wherever progress is shown.

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
    if record is not None and not isinstance(record, str):
        if not isinstance(record, Iterable):
            raise TypeError(f"record is 'all', 'parameters', or a list of names; got {type(record).__name__}")
        record = list(record)
    task = _task(model, data, as_loss(loss), parameters)
    run = Run(
        build=task.build,
        optimizer=GradientDescent(task.parameters, lr),
        stopping=Stopping(epochs, target_loss, patience, min_delta),
        record=record,
        every=every,
        progress=progress,
    )
    before = [p.data for p in run.optimizer.parameters]
    replay = task.replay(run)
    if replay is None or not replayed(run, replay):
        built_each_time(run)
    if run.history.stopped in (Stopped.EPOCHS, Stopped.NO_IMPROVEMENT) and epochs:
        run.history.remarks = tuple(_remarks(run, task, before))
        tell([f"training: {remark}" for remark in run.history.remarks], shown=progress)
    return run.history


@locked
def _remarks(run: Run, task: "_Task", before: list[float]) -> Iterator[Remark]:
    """What is to be said of a training at its end."""
    losses = run.history[run.result] if run.result in run.history.columns else []
    fitted = task.fitted()
    yield from of_parameters(
        run.optimizer.parameters, before, run.optimizer.lr, losses, size=task.size(), leaps=task.same and not fitted
    )
    if losses:
        units = task.units() if run.root is None else units_of_graph(run.root)
        yield from of_units(units, losses, fitted=fitted)


@dataclass
class _Task:
    """What is to be trained."""

    parameters: Sequence[Value]
    build: Callable[[], Value] | None
    """Builds the graph of the loss; None if it is recorded already."""
    replay: Callable[[Run], Replay | None] = lambda _: None
    """Records the graph, if it is the same every time for sure."""
    units: Callable[[], list[Unit]] = list
    """The units of the network, if it is one."""
    size: Callable[[], float] = lambda: 1.0
    """How large parameters may have to be."""
    fitted: Callable[[], bool | None] = lambda: None
    """Whether the outputs are where the targets are, if that is known."""
    same: bool = True
    """Whether the loss is surely the same function in every epoch, and not one of samples drawn anew."""


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
        numeric = loss in LOSSES.values()  # one's own may have targets of any kind
        return _Task(
            trained,
            lambda: data_loss(model, samples, loss),
            lambda run: of_network(run, model, samples, loss),
            lambda: units_of_network(model, samples),
            lambda: size_of(samples) if numeric else 1.0,
            lambda: fits(model, samples) if numeric else None,
        )
    if data is not None and parameters is not None:
        raise TypeError("the parameters are given twice: after the loss, and as parameters=")
    given: Any = parameters if data is None else data
    if given is None:
        raise TypeError("training needs the parameters after the loss, such as net.weights")
    if isinstance(model, Program):
        return _Task(given, None, lambda run: of_program(run, model))
    if not callable(model):
        raise TypeError(
            "what is trained is a network, a program, or a function that builds the graph of the loss afresh, such as "
            f"lambda: data_loss(net, data); got {model!r:.60}"
        )
    return _Task(given, model, same=False)
