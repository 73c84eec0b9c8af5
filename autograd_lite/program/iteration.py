"""A program's outputs put in place of its inputs, again and again: the loop over epochs, and what may end it."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from autograd_lite.engine.graph import readable
from autograd_lite.engine.showing import Shown
from autograd_lite.history import History, Stopped
from autograd_lite.program.errors import DivergedError, frozen_branch
from autograd_lite.program.instructions import Guard, Instructions
from autograd_lite.program.loops import BrokenGuardError, Loop, growth
from autograd_lite.program.progress import Advance
from autograd_lite.program.python.interpreter import Interpreter

__all__ = ["Iteration", "Plan", "run"]


State = tuple[float, ...]
Function = Callable[..., tuple[State, float]]


@dataclass(frozen=True)
class Iteration(Shown):
    """What came of an iteration."""

    state: dict[str, float]
    """The inputs that updates replace, after the last epoch, by name."""
    history: History
    """What was recorded; `history.stopped` says why it ended."""

    def __repr__(self) -> str:
        return f"<Iteration: state of {len(self.state)} numbers, history of {len(self.history)} rows>"


@dataclass
class Plan:
    """What is to be done, and in `done` how far it has come."""

    code: Instructions
    interpreter: Callable[[], Interpreter]
    function: Callable[[Loop], Function]
    """Gives the function that runs a loop."""
    loop: Loop
    names: tuple[str, ...]
    """Of what is recorded."""
    rows: Sequence[State]
    given: State
    epochs: int
    every: int
    history: History
    advance: Advance
    watched: int | None
    """Which of what is recorded is the result; None if it is not."""
    until: Callable[[int, float], Stopped]
    """Gives a reason to stop before the update of an epoch, from the result."""
    done: tuple[int, State, int]
    """The updates made, the state after them, and the rows of the history: set at once, for ctrl-C."""
    before: tuple[int, State] = (0, ())
    """The same of some time before, the rows aside."""


def run(plan: Plan) -> None:
    """Carry out a plan; whenever it ends, `plan.done` and `plan.history` fit together.

    Raises `DivergedError` and `FrozenBranchError`. `KeyboardInterrupt` ends it, and is not raised.
    """
    try:
        _run(plan)
    except BaseException as error:
        plan.history.truncate(plan.done[2])
        if not isinstance(error, KeyboardInterrupt):
            raise
        plan.history.stopped = Stopped.INTERRUPTED
        with suppress(KeyboardInterrupt, BrokenGuardError):
            _finish(plan, *plan.done[:2])


def _run(plan: Plan) -> None:
    """Run in chunks. What ends it is caught by the caller, for ctrl-C may pass by a `try` around a loop."""
    size = 1
    while not plan.history.stopped:
        left = plan.epochs - plan.done[0]
        began = time.perf_counter()
        if left:
            _chunk(plan, min(size, left))
        else:
            _last(plan)
        size *= growth(time.perf_counter() - began)


def _chunk(plan: Plan, count: int) -> None:
    """Make some updates, fewer if there is a reason to stop before one of them."""
    epoch = plan.done[0]
    kept, state, fault = _called(plan, count)
    for k, row in enumerate(kept):
        if reason := plan.until(epoch + k, _result(plan, row)):
            _keep(plan, kept[: k + 1], k, _state_at(plan, epoch + k))
            plan.history.stopped = reason
            return
    if fault:
        raise _error(plan, kept, fault)
    _keep(plan, kept, count, state)


def _last(plan: Plan) -> None:
    """Record the epoch after the last update."""
    epoch, state, _ = plan.done
    kept: list[State] = []
    if plan.loop.recorded:
        kept, _, fault = _called(plan, 1, update=False)
        if fault:
            raise _error(plan, kept, fault)
    _keep(plan, kept, 0, state)
    plan.history.stopped = (plan.until(epoch, _result(plan, kept[0])) if kept else Stopped.NOT_YET) or Stopped.EPOCHS


def _called(plan: Plan, count: int, *, update: bool = True) -> tuple[list[State], State, "_Fault | None"]:
    """Run some epochs, and return what is recorded of them, the state after them, and what went wrong first.

    If something did, what is recorded ends with the epoch before that.
    """
    kept: list[State] = []
    try:
        state, not_finite = plan.function(plan.loop)(count, kept.append, plan.rows, plan.given, plan.done[1])
        if _right(plan, kept, state, update=update) and (not update or not_finite == 0.0):
            return kept, state, None
    except BrokenGuardError:
        pass
    kept, fault = _first_fault(plan, count, update=update)
    return kept[: fault.epoch - plan.done[0]], plan.done[1], fault


def _right(plan: Plan, kept: list[State], state: State, *, update: bool) -> bool:
    """Whether what is recorded, and the state if it is updated, are finite."""
    return all(_finite(row[: len(plan.names)]) for row in kept) and (not update or _finite(state))


def _finish(plan: Plan, epoch: int, state: State) -> None:
    """End with the state of an epoch, whose row is the last of the history."""
    plan.done = epoch, state, len(plan.history)
    if not plan.names or (len(plan.history) and plan.history[-1]["epoch"] == epoch):
        return
    kept: list[State] = []
    plan.function(plan.loop)(1, kept.append, plan.rows, plan.given, state)
    row = kept[0][: len(plan.names)]
    if _finite(row):
        plan.history.extend(("epoch", *plan.names), [(float(epoch), *row)])
        plan.done = epoch, state, len(plan.history)


def _finite(row: State) -> bool:
    return math.isfinite(sum(row)) or all(map(math.isfinite, row))


def _keep(plan: Plan, kept: list[State], updates: int, state: State) -> None:
    """Add rows to the history, each n-th epoch's and the last one's, and note how far it has come."""
    epoch = plan.done[0]
    rows = list(enumerate(kept, epoch))
    width = len(plan.names)
    asked_for = [(float(n), *row[:width]) for n, row in rows if n % plan.every == 0 or n == epoch + updates]
    if asked_for and width:
        plan.history.extend(("epoch", *plan.names), asked_for)
    plan.before = plan.done[:2]
    plan.done = epoch + updates, state, len(plan.history)
    plan.advance(epoch + updates, _result(plan, kept[-1]) if kept else math.nan)


def _result(plan: Plan, row: State) -> float:
    return math.nan if plan.watched is None else row[plan.watched]


def _state_at(plan: Plan, epoch: int) -> State:
    """The state after so many updates, computed again from the last known one before."""
    known, state = plan.done[:2] if epoch >= plan.done[0] else plan.before
    if epoch == known:
        return state
    return plan.function(plan.loop)(epoch - known, lambda _: None, plan.rows, plan.given, state)[0]


# --- what went wrong -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fault:
    """What went wrong: a quantity that is not finite, or a guard that does not hold."""

    epoch: int
    what: str
    quantity: str = ""
    guard: Guard | None = None
    row: int | None = None


def _first_fault(plan: Plan, count: int, *, update: bool) -> tuple[list[State], _Fault]:
    """Run the epochs again one by one; return what is recorded before the first that goes wrong, and what does.

    They run in the same language, for the last digits of sums decide when a number overflows or a comparison turns.
    """
    function = plan.function(plan.loop)
    rows: list[State] = []
    first, state, _ = plan.done
    for epoch in range(first, first + count):
        kept: list[State] = []
        try:
            after, _ = function(1, kept.append, plan.rows, plan.given, state)
        except BrokenGuardError:
            return rows, _broken(plan, epoch, state)
        if not _right(plan, kept, after, update=update):
            recorded = kept[0][: len(plan.names)] if kept else ()
            return [*rows, *kept], _not_finite(plan, epoch, state, recorded, after)
        rows += kept
        state = after
    raise AssertionError  # the same floats as before have a fault


def _broken(plan: Plan, epoch: int, state: State) -> _Fault:
    """The guard that does not hold; where only the last digits of its numbers say so, the one that they are nearest."""
    guards = [fault for fault in _looked(plan, epoch, state) if fault.guard]
    if guards:
        return guards[0]
    interpreter, near = plan.interpreter(), []
    interpreter.epoch(plan.loop, lambda row, numbers: near.append((*interpreter.nearest(numbers), row)))(
        plan.rows, plan.given, state
    )
    _, k, row = min(near)
    where = f" in row {row} of the data" if plan.loop.columns else ""
    return _Fault(epoch, where, guard=plan.code.guards[k], row=row if plan.loop.columns else None)


def _not_finite(plan: Plan, epoch: int, state: State, recorded: State, after: State) -> _Fault:
    """The first number that is not finite in an epoch."""
    names = [plan.code.label(k) for k in plan.loop.state]
    updated = _odd(epoch + 1, "the update would make {} {}", names, after)
    return [*_looked(plan, epoch, state), *_odd(epoch, "{} is {}", plan.names, recorded), *updated][0]


def _looked(plan: Plan, epoch: int, state: State) -> list[_Fault]:
    """What is wrong with the numbers of an epoch as the nodes compute them."""
    interpreter = plan.interpreter()
    faults: list[_Fault] = []

    def look(row: int, numbers: list[float]) -> None:
        faults.extend(_faults(plan, interpreter, numbers, epoch, row if plan.loop.columns else None))

    interpreter.epoch(plan.loop, look)(plan.rows, plan.given, state)
    return faults


def _odd(epoch: int, text: str, names: Iterable[str], numbers: Iterable[float]) -> list[_Fault]:
    """Those of some numbers that are not finite."""
    pairs = zip(names, numbers, strict=False)
    return [_Fault(epoch, text.format(readable(name), x), name) for name, x in pairs if not math.isfinite(x)]


def _faults(plan: Plan, interpreter: Interpreter, numbers: list[float], epoch: int, row: int | None) -> list[_Fault]:
    """What is wrong with the numbers of a pass: a guard, and the first quantity that is not finite."""
    where = "" if row is None else f" in row {row} of the data"
    k = interpreter.broken(numbers)
    broken = [] if k is None else [_Fault(epoch, where, guard=plan.code.guards[k], row=row)]
    made = (k for k in range(len(plan.code)) if plan.code.ops[k] or k < plan.code.inputs)
    odd = next((k for k in made if not math.isfinite(numbers[k])), None)
    if odd is None:
        return broken
    label = plan.code.label(odd)
    name = readable(label) if label else _unlabelled(plan.code, odd)
    return [*broken, _Fault(epoch, f"{name} is {numbers[odd]}{where}", label or name)]


def _unlabelled(code: Instructions, at: int) -> str:
    """Say where an instruction without a name is: on the way to the next one that has one."""
    op = code.ops[at]
    made_from = {at}
    for k in range(at + 1, len(code)):
        if not made_from.isdisjoint(code.args[k]):
            made_from.add(k)
            if code.label(k):
                return f"(an unlabelled {op.name if op else 'constant'} node on the way to {readable(code.label(k))})"
    return f"(an unlabelled {op.name if op else 'constant'} node)"


def _error(plan: Plan, kept: list[State], fault: _Fault) -> Exception:
    """The error, with state and history as they were in the epoch before."""
    last = max(fault.epoch - 1, 0)
    state = _state_at(plan, last)
    epoch, width = plan.done[0], len(plan.names)
    rows = [(float(n), *row[:width]) for n, row in enumerate(kept, epoch) if n % plan.every == 0]
    if rows and width:
        plan.history.extend(("epoch", *plan.names), rows)
    if fault.epoch:
        _finish(plan, last, state)
    by_name = dict(zip(map(plan.code.label, plan.loop.state), state, strict=True))
    if fault.guard is None:
        return DivergedError(fault.what, fault.quantity, fault.epoch, by_name, plan.history)
    error = frozen_branch(fault.guard, f"in epoch {fault.epoch}{fault.what}", fault.epoch, fault.row)
    error.state, error.history = by_name, plan.history
    return error
