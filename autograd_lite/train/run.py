"""A training: what is trained, when to stop, what is recorded, and how far it has come."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from autograd_lite.engine.ieee import number
from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value
from autograd_lite.history import History, Stopped
from autograd_lite.optim import GradientDescent, NonFiniteError

__all__ = ["ALL_RECORDED", "Run", "Stopping", "TrainingDivergedError", "diverged", "recorded_names"]

ALL_RECORDED = 1_000
"""Of graphs of so many nodes all named quantities are recorded."""


class TrainingDivergedError(NonFiniteError):
    """Training met a NaN or an infinity: `quantity` went wrong first, in `epoch`; `history` has the epochs before."""

    def __init__(self, message: str, quantity: str, epoch: int, history: History) -> None:
        super().__init__(message, quantity)
        self.epoch = epoch
        self.history = history


def diverged(what: str, quantity: str, epoch: int, history: History, lr: float) -> TrainingDivergedError:
    """Return the error for what was not finite."""
    advice = f"The parameters are those of the last finite epoch. A smaller learning rate than {lr:g} may help"
    if epoch == 0:
        advice = "Nothing was updated yet: look at the data and at the parameters that it began with"
    return TrainingDivergedError(
        f"training turned non-finite in epoch {epoch}: {what}. {advice}",
        quantity,
        epoch,
        history,
    )


class Stopping:
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
        """Return why to stop after an epoch with this loss; to be asked once for each epoch."""
        self.waited = 0 if loss < self.best - self.min_delta else self.waited + 1
        self.best = min(self.best, loss)
        if loss <= self.target_loss:
            return Stopped.TARGET_LOSS
        if self.patience is not None and self.waited >= self.patience:
            return Stopped.NO_IMPROVEMENT
        return Stopped.EPOCHS if epoch >= self.epochs else Stopped.NOT_YET


def _number(name: str, x: object) -> float:
    try:
        return number(x)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


@dataclass
class Run:
    """A training, and how far it has come."""

    build: Callable[[], Value] | None
    """Builds the graph of the loss; None if it is recorded already."""
    optimizer: GradientDescent
    stopping: Stopping
    record: str | Iterable[str] | None
    every: int
    progress: bool | None
    history: History = field(default_factory=History)
    epoch: int = 0
    """The epoch that is measured next."""
    result: str = ""
    """The history's name of the loss."""
    root: Value | None = None
    """The last graph of the loss, if it is built in each epoch."""


def recorded_names(
    record: str | Iterable[str], columns: list[str], parameters: Sequence[Value], root: Value
) -> list[str]:
    """The names of what is to be recorded."""
    if record == "all":
        return columns
    if record != "parameters":
        return [record] if isinstance(record, str) else list(record)
    names = [p.label or f"p{k}" for k, p in enumerate(parameters, 1)]
    result = root.label or "loss"
    return [*names, result, *(f"d{result}/d{name}" for name in names)]
