"""What can go wrong when a program runs."""

from typing import Any

from autograd_lite.engine.origin import Origin
from autograd_lite.optim import NonFiniteError
from autograd_lite.program.instructions import Guard

__all__ = ["DivergedError", "FrozenBranchError", "frozen_branch"]


class FrozenBranchError(RuntimeError):
    """A comparison came out otherwise than when the program was recorded, which has the other branch alone.

    `origin` is the source line of the comparison. `epoch` and `row` say where, counted from 0; None outside of an
    iteration, or without rows.
    """

    state: dict[str, float] | None = None
    """Of an iteration, the state after the epoch before."""
    history: Any = None

    def __init__(self, message: str, origin: Origin, epoch: int | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.origin, self.epoch, self.row = origin, epoch, row

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            type(self),
            (str(self), self.origin, self.epoch, self.row),
            {"state": self.state, "history": self.history},
        )


class DivergedError(NonFiniteError):
    """A number became NaN or infinite in `epoch`: `quantity` says which first.

    `state` is that of the epoch before, and `history` has the rows up to it.
    """

    def __init__(self, what: str, quantity: str, epoch: int, state: dict[str, float], history: Any) -> None:
        super().__init__(f"not finite in epoch {epoch}: {what}", quantity)
        self.what, self.epoch, self.state, self.history = what, epoch, state, history

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.what, self.quantity, self.epoch, self.state, self.history)


def frozen_branch(guard: Guard, where: str = "", epoch: int | None = None, row: int | None = None) -> FrozenBranchError:
    """Return the error for a guard that does not hold."""
    return FrozenBranchError(
        f"a comparison that was {guard.outcome} when the program was recorded is {not guard.outcome}"
        f"{f' {where}' if where else ' for these inputs'} ({guard.origin}): the program has the other branch only. "
        "Write the choice as an operation (maximum, minimum, relu, step), or record one program for each branch",
        guard.origin,
        epoch,
        row,
    )
