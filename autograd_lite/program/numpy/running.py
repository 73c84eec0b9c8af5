"""A program's loop over epochs and rows of data, or over lanes of inputs, on NumPy's arrays."""

import itertools
import operator
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.engine import ops
from autograd_lite.program.instructions import Guard, Instructions, needed
from autograd_lite.program.loops import AFTER, BEFORE, EPOCH, ROW, BrokenGuardError, Loop, stays, summed_of, where
from autograd_lite.program.numpy.operations import decay, function, shared
from autograd_lite.program.recording import Operand

__all__ = ["lanes_function", "loop_function"]

BLOCK = 4096
"""So many rows or lanes are computed at once: their arrays fit into a processor's cache."""
PLAIN = {ops.add, ops.sub, ops.mul, ops.div}
"""Operations whose constants are arrays of no dimension: a float would be made one at each call."""
Numbers = list[Any]
"""The result of each instruction, and behind them constants and what operations share."""
State = tuple[float, ...]
Step = tuple[int, Callable[..., Any], int, int]
"""Which number is computed, by which function, of which one or two numbers (the second is -1 where there is none)."""


class _Steps:
    """The instructions of a loop in the order in which they are computed, on floats or on arrays."""

    def __init__(self, code: Instructions, loop: Loop, lanes: Collection[int]) -> None:
        self.code, self.loop = code, loop
        self.places = where(code, loop)
        self.updates = [code.updates[k] for k in loop.state]
        wanted = [x for x in (*self.updates, *loop.recorded, *loop.watched) if isinstance(x, int)]
        self.summed = summed_of(self.places, code.operands, code.additive, wanted, code.label)
        guarded = [x for guard in code.guards for x in guard.args if isinstance(x, int)]
        used = needed(code.operands, len(code), [*wanted, *guarded, *self.summed])
        arrays = set(lanes)
        for k in range(len(code)):
            if self.places[k] == ROW and not lanes:
                arrays.add(k)
            elif (lanes or self.places[k] != AFTER) and not arrays.isdisjoint(code.operands(k)):
                arrays.add(k)  # without lanes, what comes after the rows is made of sums, which are numbers
        self.wide = arrays
        """What is an array."""
        self.numbers: Numbers = [
            code.args[k][0] if op is None and k >= code.inputs else 0.0 for k, op in enumerate(code.ops)
        ]
        self.floats: list[list[Step]] = [[], [], [], []]
        self.arrays: list[list[Step]] = [[], [], [], []]
        decays: dict[tuple[int, int], int] = {}
        for k in used:
            op, place = code.ops[k], self.places[k]
            if op is None:
                continue
            plain = k in arrays and op in PLAIN
            first, *second = (self._at(x, plain=plain) for x in code.args[k])
            if k not in arrays:
                self.floats[place].append((k, op.fn, first, second[0] if second else -1))
            elif made := shared(op):
                key = first, place  # after the rows, the same number is a sum
                if key not in decays:
                    decays[key] = self._at(0.0)
                    self.arrays[place].append((decays[key], decay, first, -1))
                self.arrays[place].append((k, made, first, decays[key]))
            else:
                self.arrays[place].append((k, function(op), first, second[0] if second else -1))
        self.guards: list[list[Guard]] = [[], [], [], []]
        for guard in code.guards:
            place = max((self.places[x] for x in guard.args if isinstance(x, int)), default=BEFORE)
            self.guards[place].append(guard)
        self.fixed = [k for k in range(code.inputs) if k not in loop.state and k not in loop.columns]

    def _at(self, x: Operand, *, plain: bool = False) -> int:
        """The place of an operand among the numbers."""
        if isinstance(x, int):
            return x
        self.numbers.append(np.array(x) if plain else x)
        return len(self.numbers) - 1

    def buffers(self, size: int) -> Numbers:
        """Room for the results in arrays, by their places."""
        room: Numbers = [None] * len(self.numbers)
        for steps in self.arrays:
            for k, _, _, _ in steps:
                room[k] = np.empty(size)
        return room

    def run(self, place: int, numbers: Numbers, room: Numbers) -> None:
        """Compute what belongs to a place, and look at its comparisons."""
        for k, f, i, j in self.floats[place]:
            numbers[k] = f(numbers[i]) if j < 0 else f(numbers[i], numbers[j])
        for k, f, i, j in self.arrays[place]:
            numbers[k] = f(numbers[i], room[k]) if j < 0 else f(numbers[i], numbers[j], room[k])
        for guard in self.guards[place]:
            a, b = (self.value(x, numbers) for x in guard.args)
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
        numbers, room = steps.numbers.copy(), [None] * len(steps.numbers)
        if loop.columns:
            sizes = {min(BLOCK, len(rows) - at) for at in range(0, len(rows), BLOCK)}
            rooms = {size: steps.buffers(size) for size in sizes}
        _put(numbers, steps.fixed, given)
        not_finite = 0.0
        with np.errstate(all="ignore"):
            steps.run(BEFORE, numbers, room)
            for _ in range(epochs):
                _put(numbers, loop.state, state)
                steps.run(EPOCH, numbers, room)
                if loop.columns:
                    totals = dict.fromkeys(steps.summed, 0.0)
                    for at in range(0, len(rows), BLOCK):
                        block = columns[:, at : at + BLOCK]
                        _put(numbers, loop.columns, block)
                        steps.run(ROW, numbers, rooms[block.shape[1]])
                        for x in steps.summed:
                            totals[x] += float(np.add.reduce(numbers[x]))
                    for x, total in totals.items():
                        numbers[x] = total / len(rows) if loop.mean else total
                steps.run(AFTER, numbers, room)
                if loop.recorded:
                    record(tuple(_recorded(steps, numbers)))
                state = tuple(float(steps.value(x, numbers)) for x in steps.updates)
                not_finite += sum(x - x for x in (*state, *(steps.value(x, numbers) for x in loop.watched)))
        return state, not_finite

    return iterate


def lanes_function(code: Instructions, loop: Loop, lanes: Collection[int]) -> Callable[..., Any]:
    """Return a function with the arguments and results of that of `llvm.running.lanes_function`."""
    steps = _Steps(code, loop, lanes)
    plain = [k for k in steps.fixed if k not in lanes]
    wide = [k for k in steps.fixed if k in lanes]
    looked_at = [*(code.updates[k] for k in loop.state if not stays(code, k)), *loop.watched]

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
                numbers, room = steps.numbers.copy(), steps.buffers(size)
                _put(numbers, plain, given)
                _put(numbers, wide, (x[part] for x in laned))
                now, after = ([x[part].copy() for x in state] for _ in range(2))
                seen = odd[part]
                steps.run(BEFORE, numbers, room)
                for epoch in range(epochs):
                    _put(numbers, loop.state, now)
                    steps.run(EPOCH, numbers, room)
                    if loop.columns:
                        _rows(steps, numbers, room, rows, size)
                    steps.run(AFTER, numbers, room)
                    for k, x in enumerate(_recorded(steps, numbers)):
                        recorded[epoch, k, part] = x
                    for x, new in zip(steps.updates, after, strict=True):
                        np.copyto(new, steps.value(x, numbers))
                    now, after = after, now
                    for x in looked_at:
                        number = steps.value(x, numbers)
                        seen += number - number
                for k, x in enumerate(now):
                    last[k, part] = x
        return recorded.tolist(), last.tolist(), odd.tolist()

    return iterate


def _rows(steps: _Steps, numbers: Numbers, room: Numbers, rows: Sequence[State], size: int) -> None:
    """Compute the rows one after the other, and sum."""
    totals: dict[int, Any] = {x: np.zeros(size) if x in steps.wide else 0.0 for x in steps.summed}
    for row in rows:
        _put(numbers, steps.loop.columns, row)
        steps.run(ROW, numbers, room)
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
