"""A program's loop over epochs and rows of data, or over lanes of inputs, on NumPy's arrays."""

import itertools
import operator
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.program.instructions import Guard, Instructions, needed
from autograd_lite.program.loops import AFTER, BEFORE, EPOCH, ROW, BrokenGuardError, Loop, summed_of, where
from autograd_lite.program.numpy.operations import function
from autograd_lite.program.recording import Operand

__all__ = ["lanes_function", "loop_function"]

BLOCK = 4096
"""So many rows or lanes are computed at once: their arrays fit into a processor's cache."""
Numbers = list[Any]
State = tuple[float, ...]
Step = tuple[int, Callable[..., Any], tuple[Operand, ...], bool]
"""Which number is computed, by which function, of what, and whether in arrays."""


class _Steps:
    """The instructions of a loop in the order in which they are computed, on floats or on arrays."""

    def __init__(self, code: Instructions, loop: Loop, lanes: Collection[int]) -> None:
        self.code, self.loop = code, loop
        self.places = where(code, loop)
        self.updates = [code.updates[k] for k in loop.state]
        wanted = [x for x in (*self.updates, *loop.recorded) if isinstance(x, int)]
        self.summed = summed_of(self.places, code.operands, code.additive, wanted, code.label)
        guarded = [x for guard in code.guards for x in guard.args if isinstance(x, int)]
        used = needed(code.operands, len(code), [*wanted, *guarded, *self.summed])
        arrays = set(lanes)
        self.steps: list[list[Step]] = [[], [], [], []]
        for k in range(len(code)):
            place = self.places[k]
            after_rows = place == AFTER and not lanes  # made of sums, which are numbers
            if (place == ROW and not lanes) or (not after_rows and not arrays.isdisjoint(code.operands(k))):
                arrays.add(k)
        for k in used:
            op = code.ops[k]
            if op is not None:
                wide = k in arrays
                self.steps[self.places[k]].append((k, function(op) if wide else op.fn, code.args[k], wide))
        self.guards: list[list[Guard]] = [[], [], [], []]
        for guard in code.guards:
            place = max((self.places[x] for x in guard.args if isinstance(x, int)), default=BEFORE)
            self.guards[place].append(guard)
        self.fixed = [k for k in range(code.inputs) if k not in loop.state and k not in loop.columns]

    def start(self) -> Numbers:
        """The numbers before anything is computed: constants."""
        return [
            self.code.args[k][0] if op is None and k >= self.code.inputs else 0.0 for k, op in enumerate(self.code.ops)
        ]

    def run(self, place: int, numbers: Numbers, buffers: dict[int, Any], size: int) -> None:
        """Compute what belongs to a place, and look at its comparisons."""
        for k, f, args, wide in self.steps[place]:
            operands = [numbers[x] if isinstance(x, int) else x for x in args]
            if wide:
                if k not in buffers:
                    buffers[k] = np.empty(size)
                numbers[k] = f(*operands, out=buffers[k][:size])
            else:
                numbers[k] = f(*operands)
        for guard in self.guards[place]:
            a, b = (numbers[x] if isinstance(x, int) else x for x in guard.args)
            outcome = getattr(operator, guard.operation.__name__)(a, b)
            if not np.all(outcome == guard.outcome):
                raise BrokenGuardError

    def value(self, x: Operand, numbers: Numbers) -> Any:
        """The number, or the array, of an operand."""
        return numbers[x] if isinstance(x, int) else x


def loop_function(code: Instructions, loop: Loop) -> Callable[..., tuple[State, float]]:
    """Return a function with the arguments and results of that of `source.loop_source`; rows of data are lanes."""
    steps = _Steps(code, loop, ())
    held: tuple[Any, Any] = None, None

    def iterate(
        epochs: int, record: Callable[[State], object], rows: Sequence[State], given: State, state: State
    ) -> tuple[State, float]:
        nonlocal held
        known, columns = held
        if known is not rows:
            columns = np.array(rows, dtype=float).reshape(len(rows), len(loop.columns)).T.copy()
            held = rows, columns
        numbers, buffers = steps.start(), dict[int, Any]()
        _put(numbers, steps.fixed, given)
        not_finite = 0.0
        with np.errstate(all="ignore"):
            steps.run(BEFORE, numbers, buffers, 0)
            for _ in range(epochs):
                _put(numbers, loop.state, state)
                steps.run(EPOCH, numbers, buffers, 0)
                if loop.columns:
                    totals = dict.fromkeys(steps.summed, 0.0)
                    for at in range(0, len(rows), BLOCK):
                        block = columns[:, at : at + BLOCK]
                        _put(numbers, loop.columns, block)
                        steps.run(ROW, numbers, buffers, block.shape[1])
                        for x in steps.summed:
                            totals[x] += float(np.add.reduce(numbers[x]))
                    for x, total in totals.items():
                        numbers[x] = total / len(rows) if loop.mean else total
                steps.run(AFTER, numbers, buffers, 0)
                if loop.recorded:
                    record(tuple(_recorded(steps, numbers)))
                state = tuple(float(steps.value(x, numbers)) for x in steps.updates)
                not_finite += sum(x - x for x in state)
        return state, not_finite

    return iterate


def lanes_function(code: Instructions, loop: Loop, lanes: Collection[int]) -> Callable[..., Any]:
    """Return a function with the arguments and results of that of `llvm.running.lanes_function`."""
    steps = _Steps(code, loop, lanes)
    plain = [k for k in steps.fixed if k not in lanes]
    wide = [k for k in steps.fixed if k in lanes]

    def iterate(
        epochs: int, rows: Sequence[State], given: State, laned: Sequence[Any], state: Sequence[Any], count: int
    ) -> tuple[list[list[list[float]]], list[list[float]], list[float]]:
        laned, state = ([np.array(x, dtype=float) for x in some] for some in (laned, state))
        recorded = np.empty((epochs, len(loop.recorded), count))
        last = np.empty((len(loop.state), count))
        odd = np.zeros(count)
        with np.errstate(all="ignore"):
            for at in range(0, count, BLOCK):
                part = slice(at, min(at + BLOCK, count))
                size = part.stop - at
                numbers, buffers = steps.start(), dict[int, Any]()
                _put(numbers, plain, given)
                _put(numbers, wide, (x[part] for x in laned))
                now = [x[part] for x in state]
                steps.run(BEFORE, numbers, buffers, size)
                for epoch in range(epochs):
                    _put(numbers, loop.state, now)
                    steps.run(EPOCH, numbers, buffers, size)
                    if loop.columns:
                        _rows(steps, numbers, buffers, rows, size)
                    steps.run(AFTER, numbers, buffers, size)
                    for k, x in enumerate(_recorded(steps, numbers)):
                        recorded[epoch, k, part] = x
                    now = [np.array(np.broadcast_to(steps.value(x, numbers), size)) for x in steps.updates]
                    for x in now:
                        odd[part] += x - x
                for k, x in enumerate(now):
                    last[k, part] = x
        return recorded.tolist(), last.tolist(), odd.tolist()

    return iterate


def _rows(steps: _Steps, numbers: Numbers, buffers: dict[int, Any], rows: Sequence[State], size: int) -> None:
    """Compute the rows one after the other, and sum."""
    totals: dict[int, Any] = {x: np.zeros(size) for x in steps.summed}
    for row in rows:
        _put(numbers, steps.loop.columns, row)
        steps.run(ROW, numbers, buffers, size)
        for x in totals:
            totals[x] += numbers[x]
    for x, total in totals.items():
        numbers[x] = total / len(rows) if steps.loop.mean else total


def _recorded(steps: _Steps, numbers: Numbers) -> Iterable[Any]:
    """What is recorded; gradients that are zero are +0.0."""
    for k, x in enumerate(steps.loop.recorded):
        result = steps.value(x, numbers)
        yield result + 0.0 if k in steps.loop.gradients else result


def _put(numbers: Numbers, places: Iterable[int], given: Iterable[Any]) -> None:
    for k, x in itertools.zip_longest(places, given):
        numbers[k] = x
