"""The training loop: forward, backward, record, update, until there is a reason to stop."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from autograd_lite.engine.chain import StaleGraphError
from autograd_lite.engine.graph import check_recorded, readable, topological
from autograd_lite.engine.ieee import number
from autograd_lite.engine.validation import is_list, whole
from autograd_lite.engine.value import Operand, Value, locked
from autograd_lite.history import History, Stopped
from autograd_lite.losses import Loss, half_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent, NonFiniteError

__all__ = ["Sample", "TrainingDivergedError", "data_loss", "train"]

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
    loss: Callable[[], Value],
    parameters: Sequence[Value],
    *,
    lr: float,
    epochs: int,
    target_loss: float | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    progress: bool | None = None,
) -> History:
    """Train by gradient descent, and return the history of all named quantities.

    Args:
        loss: builds the graph afresh and returns the loss, such as `lambda: data_loss(net, data)`.
        parameters: the leaves to train, such as `net.weights` or `net.parameters()`.
        lr: learning rate of `GradientDescent`.
        epochs: the number of updates at most; the history has one row more, the state before the first.
        target_loss: stop once the loss is this or less.
        patience: stop after this many epochs without a loss lower than the best before by more than `min_delta`.
        min_delta: what counts as an improvement, >= 0.
        progress: a progress bar on standard error; by default if that is a terminal.

    On ctrl-C, training stops (`history.stopped` is "interrupted") with the parameters of the last epoch in the history.

    Raises:
        ValueError: an unusable number of epochs, patience, learning rate, `target_loss` or `min_delta`.
        TypeError: a `loss` that is no function, or one of these last three that is no number.
        TrainingDivergedError: a quantity turned NaN or infinite; the parameters are the last finite ones.
    """
    epochs = whole(epochs, "epochs is a whole number, 0 or above", 0)
    if not callable(loss):
        raise TypeError(
            f"loss is a function that builds the graph afresh, such as lambda: data_loss(net, data); got {loss!r:.60}"
        )
    stopping = _Stopping(epochs, target_loss, patience, min_delta)
    optimizer = GradientDescent(parameters, lr)
    history = History()
    states = {0: [p.data for p in optimizer.parameters]}  # by how many rows the history has with them
    try:
        with _progress_bar(epochs, shown=progress) as advance:
            _loop(loss, optimizer, stopping, history, states, advance)
    except BaseException as error:
        for parameter, data in zip(optimizer.parameters, states[len(history)], strict=True):
            parameter.data = data
        if isinstance(error, KeyboardInterrupt):
            history.stopped = Stopped.INTERRUPTED
        elif isinstance(error, NonFiniteError):
            raise TrainingDivergedError(
                f"training turned non-finite in epoch {len(history)}: {error}. The parameters are those of the last "
                f"finite epoch. A smaller learning rate than {optimizer.lr:g} may help",
                error.quantity,
                len(history),
                history,
            ) from None
        else:
            raise
    return history


def _loop(
    loss: Callable[[], Value],
    optimizer: GradientDescent,
    stopping: "_Stopping",
    history: History,
    states: dict[int, list[float]],
    advance: Callable[[int, float], None],
) -> None:
    """Train. What stops it is caught by the caller: from 3.12 on ctrl-C may pass by a `try` around a loop."""
    while not history.stopped:
        if len(history):
            optimizer.step()
        optimizer.zero_grad()
        root = _built(loss)
        row = _measured(root, optimizer.parameters, history)
        if not all(map(math.isfinite, row.values())):
            raise _non_finite(root)
        # Noted first, and beside the state before, for ctrl-C may come when the row is not yet in the history.
        states[len(history) + 1] = [p.data for p in optimizer.parameters]
        history.append(row)
        states.pop(len(history) - 1, None)
        advance(len(history) - 1, root.data)
        history.stopped = stopping.reason(len(history) - 1, root.data)


@locked
def _measured(root: Value, parameters: Sequence[Value], history: History) -> dict[str, float]:
    root.backward()
    return history.measure(root, parameters)


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


@contextmanager
def _progress_bar(total: int, *, shown: bool | None) -> Iterator[Callable[[int, float], None]]:
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if not (terminal if shown is None else shown):
        yield lambda _epoch, _loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.3e}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, loss=math.nan)
        every = max(1, total // 200)

        def advance(epoch: int, loss: float) -> None:
            if epoch % every == 0 or epoch == total:
                bar.update(task, completed=epoch, loss=loss)

        yield advance
